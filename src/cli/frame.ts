/** Runs one command line: parses, calls the command, prints its data or its error, and tells the exit code. */
import { CommanderError, type CommandUnknownOpts } from "@commander-js/extra-typings";
import { errorKinds, exitCodes, type ExitCode } from "../core/error-codes.js";
import { CirrusError, isCirrusError } from "../core/errors.js";
import type { CommandContext, CommandEntry, Invocation } from "./command.js";
import { treeOf } from "./command-tree.js";
import { openContext } from "./context.js";
import type { Io } from "./io.js";
import { toJson, toJsonLine } from "./json.js";
import { withOwnSpellings } from "./peer/peer-flags.js";
import { buildProgram } from "./program.js";
import { exitCodeOf, renderError } from "./render-error.js";
import { isLive, styleFor, usesColour } from "./style.js";

/**
 * @param typed - without node and script
 * @param setExitCode - called as soon as the exit code is known, before the data is printed
 */
export async function runCli(
  typed: readonly string[],
  table: readonly CommandEntry[],
  io: Io,
  setExitCode: (code: ExitCode) => void,
): Promise<ExitCode> {
  const argv = withOwnSpellings(typed);
  const settle = (code: ExitCode): ExitCode => {
    setExitCode(code);
    return code;
  };
  let exitCode: ExitCode = exitCodes.ok;
  const program = buildProgram(table, {
    io,
    argv,
    act: async (invocation) => {
      exitCode = await act(invocation);
    },
  });

  async function act(invocation: Invocation): Promise<ExitCode> {
    const style = styleFor(usesColour(io.stdout, io.env, argv));
    let shown = false;
    const show: CommandContext["show"] = (data, text) => {
      shown = true;
      if (context.json) io.stdout.write(`${toJsonLine(data)}\n`);
      // Home and clear to the end: a terminal's picture is replaced, a file gets one after the other.
      else if (isLive(io.stdout, io.env)) io.stdout.write(`\u001b[H\u001b[2J${ended(text(style))}`);
      else io.stdout.write(`${ended(text(style))}\n`);
    };
    const context = openContext(invocation.flags, io, { show, tree: () => treeOf(program) });
    try {
      const outcome = await invocation.perform(context);
      const code = settle(outcome.exitCode(context.interruption()));
      await context.close();
      if (shown) show(outcome.data, outcome.text);
      else io.stdout.write(ended(context.json ? toJson(outcome.data) : outcome.text(style)));
      return code;
    } catch (thrown) {
      const interruption = context.interruption();
      // The second Ctrl-C aborts what is under way: that it broke off is what was asked for.
      if (interruption === undefined || !isAbort(thrown)) throw thrown;
      return interruption;
    } finally {
      await context.close();
    }
  }

  try {
    await program.parseAsync(argv, { from: "user" });
    return settle(exitCode);
  } catch (thrown) {
    if (thrown instanceof CommanderError && thrown.exitCode === 0) return settle(exitCodes.ok);
    // No command, or a group without its second word: commander has printed the help.
    if (thrown instanceof CommanderError && thrown.code === "commander.help") return settle(exitCodes.usage);
    const error =
      thrown instanceof CommanderError ? usageError(thrown, argv, program) : withOwnHint(thrown, argv, program);
    const before = flagsBeforeEnd(argv);
    const style = styleFor(usesColour(io.stderr, io.env, argv));
    const code = settle(exitCodeOf(error));
    io.stderr.write(renderError(error, { json: wantsJson(before), debug: before.includes("--debug"), style }));
    return code;
  }
}

/** `error: unknown option '--jsno'\n(Did you mean --json?)` -> our form. */
function usageError({ message }: CommanderError, argv: readonly string[], program: CommandUnknownOpts): CirrusError {
  const [first = "", second] = message.replace(/^error: /, "").split("\n", 2);
  const meant = second?.match(/^\(Did you mean (.*)\?\)$/)?.[1];
  return new CirrusError("E_USAGE", first, {
    hint: meant ? `did you mean ${meant}?` : `see \`cirrus help${typedCommand(argv, program)}\``,
  });
}

/** The table's hint of `E_USAGE` has a placeholder: here the command is known. */
function withOwnHint(thrown: unknown, argv: readonly string[], program: CommandUnknownOpts): unknown {
  if (!isCirrusError(thrown) || thrown.code !== "E_USAGE" || thrown.hint !== errorKinds.E_USAGE.hint) return thrown;
  const { code, message, context, cause } = thrown;
  return new CirrusError(code, message, { context, cause, hint: `see \`cirrus help${typedCommand(argv, program)}\`` });
}

/** The words of the command that was meant, each after a space. */
function typedCommand(argv: readonly string[], program: CommandUnknownOpts): string {
  let at = program;
  let words = "";
  for (const word of argv) {
    const next = at.commands.find((command) => command.name() === word);
    if (next) [at, words] = [next, `${words} ${word}`];
  }
  return words;
}

/** The command line may not have been parsed when an error is to be printed. */
function flagsBeforeEnd(argv: readonly string[]): readonly string[] {
  const end = argv.indexOf("--");
  return end === -1 ? argv : argv.slice(0, end);
}

/** `--progress json` promises one JSON object per line on stderr, to the last line. */
const wantsJson = (flags: readonly string[]): boolean =>
  flags.includes("--json") ||
  flags.includes("--progress=json") ||
  flags.some((flag, i) => flag === "json" && flags[i - 1] === "--progress");

const isAbort = (thrown: unknown): boolean =>
  typeof thrown === "object" && thrown !== null && "name" in thrown && thrown.name === "AbortError";

const ended = (text: string): string => (text === "" || text.endsWith("\n") ? text : `${text}\n`);
