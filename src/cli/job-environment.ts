/** What the commands that run a job have in common: state, memory, the log, the way to the workers. */
import { resolve } from "node:path";
import type { RunEnvironment } from "../ingest/run-job.js";
import type { Emit } from "../engine/events.js";
import type { Jobs } from "../jobs/contracts.js";
import type { CommandContext } from "./command.js";
import { workerScript, type HeadStart } from "./head-start.js";
import { stateOptions, storeOptions, type MachineSettings } from "./settings.js";

/** Bytes that one worker of this run may use. @throws CirrusError `E_MEMORY_BUDGET` */
export async function workerBytesOf({ processes, memoryBytes }: MachineSettings): Promise<number> {
  const { workerShare } = await import("../ingest/memory.js");
  return workerShare(processes, memoryBytes, process.availableMemory());
}

/** Opens the state; it takes half a second, so begin it before what comes first. */
export async function openJobState(
  settings: MachineSettings,
): Promise<{ readonly jobs: Jobs; close(): Promise<void> }> {
  const [{ openDatabase }, { openJobs }] = await Promise.all([
    import("../state/open-database.js"),
    import("../jobs/open-jobs.js"),
  ]);
  const db = await openDatabase(stateOptions(settings));
  try {
    const jobs = await openJobs(db);
    return {
      jobs,
      async close() {
        await jobs.close();
        await db.close();
      },
    };
  } catch (error) {
    await db.close();
    throw error;
  }
}

export interface EnvironmentInput {
  readonly context: CommandContext;
  readonly settings: MachineSettings;
  readonly jobs: Jobs;
  readonly workerBytes: number;
  readonly maxFailures: number | undefined;
  /** A second log, beside the one in the state folder. */
  readonly logFile?: string | undefined;
  readonly rampSeconds?: number | undefined;
  readonly headStart?: HeadStart;
}

/** Everything that `launch` and `continueJob` need; what the run tells goes to the screen and to the job's log. */
export async function runEnvironment(input: EnvironmentInput): Promise<RunEnvironment & { close(): Promise<void> }> {
  const { context, settings, jobs, workerBytes, maxFailures, headStart } = input;
  const [{ openJobLog, openLog, logFile }, { ownAgent }, { capture }] = await Promise.all([
    import("../engine/log-file.js"),
    import("../provenance/agent.js"),
    import("../provenance/capture/capture.js"),
  ]);
  const agent = await ownAgent();
  let jobId = "";
  const stopping = context.signals(() => (jobId ? `cirrus join --job-id ${jobId}` : "the same command"));
  const render = context.progress();
  let log: ReturnType<typeof openJobLog> | undefined;
  const ownLog = input.logFile === undefined ? undefined : await openLog(resolve(context.io.cwd, input.logFile));
  const emit: Emit = (event) => {
    if (event.type === "job") {
      jobId = event.jobId;
      log ??= openJobLog(settings.folders.state, jobId);
    }
    void log?.then((opened) => opened.emit(event));
    ownLog?.emit(event);
    render(event);
  };
  return {
    jobs,
    store: storeOptions(settings),
    workers: settings.processes,
    workerBytes,
    workerScript,
    earlyWorkers: headStart?.workers,
    capture: (folder) =>
      folder === headStart?.codeFolder ? headStart.captured : capture({ folder, env: process.env }),
    owner: settings.owner,
    tool: `${agent.name} ${agent.version}`,
    emit,
    stopping,
    ...(maxFailures === undefined ? {} : { maxFailures }),
    logFile: (id) => logFile(settings.folders.state, id),
    ...(input.rampSeconds === undefined ? {} : { rampMs: input.rampSeconds * 1000 }),
    close: async () => {
      ownLog?.close();
      (await log)?.close();
    },
  };
}
