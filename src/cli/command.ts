/**
 * What a command is: data, a handler that returns data, and how that data reads for people. The frame prints.
 * One file per command in commands/, one line in commands/index.ts. A command's file imports only what is light; what it
 * works with it imports inside `run`, so that `cirrus --version` and `cirrus help` load nothing of it.
 */
import { Command, type OptionValues } from "@commander-js/extra-typings";
import type { ExitCode } from "../core/error-codes.js";
import type { Emit } from "../engine/events.js";
import type { TreeNode } from "./command-tree.js";
import type { Confirmation } from "./confirm.js";
import type { Io } from "./io.js";
import type { MachineSettings } from "./settings.js";
import type { StopSignals } from "./signals.js";
import type { Style } from "./style.js";

/** What the frame gives to a handler; everything that it opened here the frame closes. */
export interface CommandContext {
  readonly io: Io;
  /** `-v`: details are told too. */
  readonly verbose: boolean;
  readonly debug: boolean;
  /** `--json`: no question may be asked, no text printed on stdout. */
  readonly json: boolean;
  /** Flags, then environment, then config file. @throws CirrusError `E_USAGE`, `E_CONFIG_INVALID`, `E_STATE_SECRET` */
  settings(): Promise<MachineSettings>;
  /** A line on stderr, unless `-q`. */
  tell(text: string): void;
  /** A line on stderr with `-v`. */
  detail(text: string): void;
  /** A line on stderr, with `-q` too. */
  warn(text: string): void;
  /** @throws CirrusError `E_CONFIRMATION_NEEDED` */
  confirm(confirmation: Confirmation): Promise<void>;
  /** A yes or no, for commands in the Boss ingest client's form; true with `--json` and where no terminal is. */
  answersYes(question: string): Promise<boolean>;
  /** From now on Ctrl-C and SIGTERM drain, then stop; `continueWith` is the command that finishes the work later. */
  signals(continueWith: () => string): StopSignals;
  /** True once Ctrl-C or SIGTERM asked a run to stop. */
  isStopping(): boolean;
  /** Renders the events of a run on stderr, as `--progress` says where the command has `progressOption`. */
  progress(): Emit;
  /** Prints data before the end: a watch redraws. With `--json` each is one line, the last one too. */
  show(data: object, text: (style: Style) => string): void;
  /** All commands and flags, for completion. */
  tree(): TreeNode;
}

export interface CommandSpec<Args extends unknown[], Options extends OptionValues, Data extends object> {
  /** Words as they are typed: "ingest", "store status". The file is named the same, with `-` between. */
  readonly name: string;
  /** One line, no full stop. */
  readonly summary: string;
  /** More than the summary says, for the command's help. */
  readonly description?: string;
  /** Come first in the help. */
  readonly examples: readonly Example[];
  /** Adds arguments and options; global options and `--json` are there already. */
  declare?(command: Command): Command<Args, Options>;
  run(input: Input<Args, Options>, context: CommandContext): Promise<Data>;
  /** For people; the frame ends it with a newline, and prints nothing for "". */
  render(data: Data, style: Style): string;
  /** `interrupted` is 130 or 143 after a signal that `signals` caught, else undefined. Default: that, or 0. */
  exitCode?(data: Data, interrupted: ExitCode | undefined): ExitCode;
}

export type Example = readonly [line: string, meaning: string];

export interface Input<Args, Options> {
  readonly args: Args;
  readonly options: Options;
}

/** What came out, ready to print. */
export interface Outcome {
  readonly data: object;
  readonly text: (style: Style) => string;
  readonly exitCode: (interrupted: ExitCode | undefined) => ExitCode;
}

/** A command whose types are settled: what the table holds. */
export interface CommandEntry {
  readonly name: string;
  readonly summary: string;
  readonly examples: readonly Example[];
  /** The commander command, named by the last word; `act` is called when it was chosen and its arguments fit. */
  build(act: (invocation: Invocation) => Promise<void>): Command<unknown[], OptionValues>;
}

export interface Invocation {
  /** Options of the command and of the program, as typed. */
  readonly flags: Readonly<OptionValues>;
  perform(context: CommandContext): Promise<Outcome>;
}

export function defineCommand<Args extends unknown[], Options extends OptionValues, Data extends object>(
  spec: CommandSpec<Args, Options, Data>,
): CommandEntry {
  return {
    name: spec.name,
    summary: spec.summary,
    examples: spec.examples,
    build(act) {
      const bare = new Command(spec.name.split(" ").at(-1)!)
        .summary(spec.summary)
        .description((spec.description ?? spec.summary).replace(/([^\n])\n(?!\n)/g, "$1 "));
      // Without `declare` nothing was inferred for Args and Options, and the bare command is what they say.
      const command = spec.declare?.(bare) ?? (bare as unknown as Command<Args, Options>);
      command.action(() =>
        act({
          flags: command.optsWithGlobals(),
          perform: async (context) => {
            const data = await spec.run({ args: command.processedArgs, options: command.opts() }, context);
            return {
              data,
              text: (style) => spec.render(data, style),
              exitCode: (interrupted) => (spec.exitCode ? spec.exitCode(data, interrupted) : (interrupted ?? 0)),
            };
          },
        }),
      );
      // Only `build`'s caller knows less about the types than we do here.
      return command as unknown as Command<unknown[], OptionValues>;
    },
  };
}
