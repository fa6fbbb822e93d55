/** The command tree: global options, help with examples first, groups, and the commands of a table. */
import { Command, Help, Option, type CommandUnknownOpts } from "@commander-js/extra-typings";
import { exitCodes } from "../core/error-codes.js";
import { CirrusError } from "../core/errors.js";
import { didYouMean } from "../core/suggest.js";
import type { CommandEntry, Example, Invocation } from "./command.js";
import type { Io } from "./io.js";
import { packageVersion } from "./package-version.js";
import { homeVariable, settingNames, type SettingKey } from "./setting-names.js";
import { styleFor, usesColour, type Style } from "./style.js";

/** All but the last word of commands that have several. */
const groups: Readonly<Record<string, string>> = {
  config: "job configs of other programs",
  provenance: "where a volume came from",
  "provenance note": "why a volume is made, what came out, anything else",
  "provenance process": "what was done to a volume",
  store: "the embedded store process that keeps jobs and their queue",
};

/** Each group's help opens with these. */
const groupExamples: Readonly<Record<string, readonly Example[]>> = {
  config: [["cirrus config convert boss.json > job.json", "a config of the Boss ingest client as one of ours"]],
  provenance: [
    ["cirrus provenance show ./volume", "sources, motivation, process, code, notes, jobs"],
    ["cirrus provenance check ./volume", "is everything still what was recorded?"],
  ],
  "provenance note": [
    ["cirrus provenance note add ./volume --result '12 merges; 3 mended'", ""],
    ["cirrus provenance note list ./volume", ""],
  ],
  "provenance process": [
    ["cirrus provenance process add ./seg --task agglomerate --git ../segmenter --source ./image", ""],
  ],
  store: [
    ["cirrus store status", ""],
    ["cirrus store stop", ""],
  ],
};

const exitMeanings: Readonly<Record<keyof typeof exitCodes, string>> = {
  ok: "ok",
  failure: "failure not listed below",
  usage: "usage or config",
  provenance: "provenance missing or invalid",
  source: "source missing, unreadable or not as stated",
  destination: "destination or permission",
  incomplete: "finished, with missing or failed tasks",
  mismatch: "verify found a mismatch",
  temporary: "temporary: try again",
  interrupted: "interrupted (SIGINT)",
  terminated: "terminated (SIGTERM)",
};

const programExamples: readonly Example[] = [
  ["cirrus init ./stack --out job.json", "look at the files and write a job config"],
  ["cirrus ingest job.json --dry-run", "what would be written, and how long it takes"],
  ["cirrus ingest job.json", "do it; Ctrl-C pauses, the same line continues"],
  ["cirrus view ./volume", "look at it in the browser"],
  ["cirrus verify ./volume", "compare every chunk with its digest"],
];

export interface ProgramHost {
  readonly io: Io;
  readonly argv: readonly string[];
  /** Called with the command that was chosen. */
  readonly act: (invocation: Invocation) => Promise<void>;
}

/** Never exits and never writes but through `io`: the frame renders errors. */
export function buildProgram(table: readonly CommandEntry[], { io, argv, act }: ProgramHost): Command {
  const style = styleFor(usesColour(io.stdout, io.env, argv));
  const examples = new Map<CommandUnknownOpts, readonly Example[]>();
  const program = new Command("cirrus");
  const settle = (command: CommandUnknownOpts, its: readonly Example[]): void => {
    examples.set(command, its);
    command
      .exitOverride()
      .configureOutput({
        writeOut: (text) => void io.stdout.write(text),
        writeErr: (text) => void io.stderr.write(text),
        outputError: () => {},
        getOutHelpWidth: () => Math.min(io.stdout.columns ?? 100, 120),
        getErrHelpWidth: () => Math.min(io.stderr.columns ?? 100, 120),
        // The help styles itself, by our rules.
        getOutHasColors: () => true,
        getErrHasColors: () => true,
      })
      .configureHelp({
        showGlobalOptions: true,
        styleTitle: (text) => style.bold(text),
        formatHelp: (of, helper) =>
          examplesText(examples.get(of) ?? [], style) + Help.prototype.formatHelp.call(helper, of, helper),
      });
  };

  settle(program, programExamples);
  addGlobalOptions(program);
  program.helpCommand(false);
  for (const entry of table) {
    const words = entry.name.split(" ");
    const parent = groupOf(words.slice(0, -1), program, settle);
    const command = entry.build(act);
    settle(command, entry.examples);
    parent.addCommand(command);
  }
  program.addCommand(helpCommand(program, settle));
  program.addHelpText(
    "after",
    () => `\n${style.bold("Environment:")}\n${environmentLines()}\n\n${style.bold("Exit codes:")}\n${exitCodeLines()}`,
  );
  return program;
}

function addGlobalOptions(program: Command): void {
  program
    .description(
      "Turns microscopy image stacks into chunked, multi-resolution volumes that can always say where they came from.",
    )
    .version(packageVersion(), "-V, --version", "print the version")
    .option("--json", "print data, and errors, as one JSON object")
    .option("-q, --quiet", "print only data, warnings and errors")
    .option("-v, --verbose", "print details")
    .option("--debug", "print stacks of errors")
    .option("--no-color", "print no colours (NO_COLOR does the same)")
    .addOption(settingOption("state", "<url>"))
    .addOption(settingOption("gcsEndpoint", "<url>").hideHelp())
    .addOption(settingOption("gcsKeyFile", "<file>").hideHelp())
    .addOption(settingOption("s3Endpoint", "<url>").hideHelp())
    .addOption(settingOption("signKey", "<file>").hideHelp())
    .addOption(settingOption("owner", "<name>").hideHelp());
}

function settingOption(key: SettingKey, value: string): Option {
  const { flag, variable, meaning } = settingNames[key];
  return new Option(`${flag} ${value}`, `${meaning} (${variable})`);
}

type Settle = (command: CommandUnknownOpts, examples: readonly Example[]) => void;

function groupOf(words: readonly string[], program: Command, settle: Settle): CommandUnknownOpts {
  const name = words.at(-1);
  if (name === undefined) return program;
  const above = groupOf(words.slice(0, -1), program, settle);
  const known = above.commands.find((command) => command.name() === name);
  if (known) return known;
  const summary = groups[words.join(" ")];
  if (summary === undefined) throw new Error(`no summary for the command group "${words.join(" ")}"`);
  const group = new Command(name).summary(summary).description(summary);
  group.helpCommand(false);
  settle(group, groupExamples[words.join(" ")] ?? []);
  above.addCommand(group);
  return group;
}

function helpCommand(program: Command, settle: Settle): Command<[string[]]> {
  const summary = "print the help of a command";
  const help = new Command("help")
    .summary(summary)
    .description(summary)
    .argument("[command...]", "the command's words");
  settle(help, [["cirrus help provenance show", ""]]);
  return help.action((words) => {
    let at: CommandUnknownOpts = program;
    for (const word of words) {
      const next = at.commands.find((command) => command.name() === word);
      if (!next) {
        const names = at.commands.map((command) => command.name());
        throw new CirrusError("E_USAGE", `unknown command "${words.join(" ")}"${didYouMean(word, names)}`, {
          hint: "`cirrus help` lists the commands",
        });
      }
      at = next;
    }
    at.outputHelp();
  });
}

function examplesText(examples: readonly Example[], style: Style): string {
  if (!examples.length) return "";
  const width = Math.max(...examples.map(([line]) => line.length));
  const lines = examples.map(([line, meaning]) =>
    meaning ? `  ${line.padEnd(width)}  ${style.dim(`# ${meaning}`)}` : `  ${line}`,
  );
  return `${style.bold("Examples:")}\n${lines.join("\n")}\n\n`;
}

/** Each can be in `.cirrusrc` or `cirrus.config.json` too, without the prefix and in camel case. */
const environmentLines = (): string =>
  [homeVariable, ...Object.values(settingNames)]
    .map(({ variable, meaning }) => `  ${variable.padEnd(21)}${meaning}`)
    .join("\n");

const exitCodeLines = (): string =>
  Object.entries(exitCodes)
    .map(([name, code]) => `  ${String(code).padEnd(5)}${exitMeanings[name as keyof typeof exitCodes]}`)
    .join("\n");
