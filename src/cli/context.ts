/** What a handler gets from the frame, and the frame's hold on what it opened. */
import { exitCodes, type ExitCode } from "../core/error-codes.js";
import type { CommandContext } from "./command.js";
import { answersYes, confirm } from "./confirm.js";
import type { Io } from "./io.js";
import { progressModes, progressRenderer, type ProgressMode, type ProgressRenderer } from "./progress-renderer.js";
import type { MachineSettings } from "./settings.js";
import { watchSignals, type StopSignals } from "./signals.js";
import { styleFor, usesColour } from "./style.js";

export interface OpenContext extends CommandContext {
  /** The exit code of a run that a signal ended; undefined without one. */
  interruption(): ExitCode | undefined;
  /** Ends the progress line and gives the signals back. May be called twice. */
  close(): Promise<void>;
}

/** @param flags - options of command and program, as typed */
export function openContext(
  flags: Readonly<Record<string, unknown>>,
  io: Io,
  frame: Pick<CommandContext, "show" | "tree">,
): OpenContext {
  const quiet = flags["quiet"] === true;
  const verbose = flags["verbose"] === true || flags["debug"] === true;
  const coloured = flags["color"] !== false && usesColour(io.stderr, io.env);
  const style = styleFor(coloured);
  let settings: Promise<MachineSettings> | undefined;
  let signals: StopSignals | undefined;
  const mode = progressMode(flags["progress"], quiet);
  const openRenderer = (): ProgressRenderer => progressRenderer({ mode, output: io.stderr, env: io.env, style });
  // Every line on stderr is then JSON, from the first one on.
  let renderer: ProgressRenderer | undefined = mode === "json" ? openRenderer() : undefined;

  const line = (text: string): void => {
    if (renderer) renderer.write(text);
    else io.stderr.write(`${text}\n`);
  };
  return {
    io,
    verbose,
    debug: flags["debug"] === true,
    json: flags["json"] === true,
    ...frame,
    settings: () =>
      (settings ??= import("./settings.js").then(({ loadSettings }) =>
        loadSettings({ flags, env: io.env, cwd: io.cwd }),
      )),
    tell: (text) => {
      if (!quiet) line(text);
    },
    detail: (text) => {
      if (verbose && !quiet) line(style.dim(text));
    },
    warn: (text) => line(`${style.yellow("warning:")} ${text}`),
    confirm: (confirmation) => confirm(confirmation, io),
    answersYes: async (question) => flags["json"] === true || (await answersYes(question, io)),
    signals: (continueWith) =>
      (signals ??= watchSignals((stage) => {
        if (stage === "stop") line("stopping now");
        else line(`finishing the tasks in work, then leaving; again to stop now. To go on later: ${continueWith()}`);
      })),
    isStopping: () => signals?.received !== undefined,
    progress: () => (renderer ??= openRenderer()).emit,
    interruption: () => {
      if (signals?.received === undefined) return undefined;
      return signals.received === "SIGTERM" ? exitCodes.terminated : exitCodes.interrupted;
    },
    close: async () => {
      renderer?.close();
      signals?.dispose();
    },
  };
}

const progressMode = (flag: unknown, quiet: boolean): ProgressMode =>
  progressModes.find((mode) => mode === flag) ?? (quiet ? "quiet" : "auto");
