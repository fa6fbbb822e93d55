/**
 * The worker's side: a child process that gets a Task, sends back a Receipt or a Failure, and knows nothing else.
 * It leaves at once when its supervisor is gone, so that a killed supervisor leaves nobody behind.
 */
import { errorKinds } from "../core/error-codes.js";
import { CirrusError, isCirrusError, messageOf } from "../core/errors.js";
import { redact } from "../core/redact.js";
import { watchStrayErrors, type TaskWatch } from "./stray-errors.js";
import type { Failure, FromWorker, Receipt, ToWorker, WorkerSetup } from "./messages.js";

export interface WorkerEnvironment {
  /** This worker's share of the run's budget. */
  readonly memoryBytes: number;
  /** To be called while a task makes progress: a silent worker is taken for hung and killed. Cheap: sends at most once a second. */
  alive(): void;
  /**
   * To be called right before each write: ends this process when its supervisor is gone. A task that computes has not heard of it yet,
   * and its chunks may be deleted, or another's, by now. Cheap.
   */
  beforeWrite(): void;
}

export interface WorkerTasks {
  /** Digest of what this machine's encoder makes of a fixed fixture. */
  readonly fingerprint: string;
  /** Called for one task at a time. Chunks are durable when it resolves. @throws CirrusError for a task that failed */
  runTask(task: number): Promise<Receipt>;
  close(): Promise<void>;
}

/** A kind of task; loads what it needs itself, so that only the kind in use is loaded. `job` is the document that the kind made. */
export type WorkerKind = (job: unknown, environment: WorkerEnvironment) => Promise<WorkerTasks>;

const aliveEveryMs = 1000;

/** Serves the supervisor that forked this process, until it says "end" or is gone. */
export function hostWorker(kinds: Readonly<Record<string, WorkerKind>>): void {
  if (!process.send) throw new Error("a worker must be forked by a supervisor");
  const supervisor = process.ppid;
  const beforeWrite = (): void => {
    if (process.ppid !== supervisor) process.exit(0); // an orphan is given another parent at once (not on Windows)
  };
  // The terminal sends Ctrl-C and hang-up to the whole group; what becomes of the workers is the supervisor's decision.
  process.on("SIGINT", ignore).on("SIGHUP", ignore);
  process.on("SIGTERM", () => process.exit(143));
  process.on("disconnect", () => process.exit(0));
  const watch = watchStrayErrors();
  let tasks: WorkerTasks | undefined;
  let turn: Promise<void> = Promise.resolve();
  process.on("message", (message: ToWorker) => {
    turn = turn.then(async () => {
      if (message.type === "setup") tasks = await begin(kinds, message, beforeWrite);
      else if (message.type === "task") {
        await send(await attempt(tasks, message.task, watch));
        if (watch.isSpoiled) process.exit(1);
      } else await end(tasks);
    });
  });
}

function ignore(): void {}

async function begin(
  kinds: Readonly<Record<string, WorkerKind>>,
  setup: WorkerSetup,
  beforeWrite: () => void,
): Promise<WorkerTasks | undefined> {
  try {
    const kind = kinds[setup.kind];
    if (!kind) throw new CirrusError("E_INTERNAL", `this worker knows no tasks of kind ${JSON.stringify(setup.kind)}`);
    const tasks = await kind(setup.job, { memoryBytes: setup.memoryBytes, alive: throttledAlive(), beforeWrite });
    await send({ type: "ready", fingerprint: tasks.fingerprint });
    return tasks;
  } catch (error) {
    const known = isCirrusError(error);
    const code = known ? error.code : "E_INTERNAL";
    const hint = known ? error.hint : errorKinds.E_INTERNAL.hint;
    await send({ type: "unusable", code, message: redact(messageOf(error)), hint });
    return undefined;
  }
}

function throttledAlive(): () => void {
  let lastMs = -aliveEveryMs;
  return () => {
    const nowMs = performance.now();
    if (nowMs - lastMs < aliveEveryMs) return;
    lastMs = nowMs;
    void send({ type: "alive" });
  };
}

async function attempt(tasks: WorkerTasks | undefined, task: number, watch: TaskWatch): Promise<FromWorker> {
  try {
    if (!tasks) throw new CirrusError("E_INTERNAL", "a task came before this worker was ready");
    return { type: "receipt", receipt: await watch.run(() => tasks.runTask(task)) };
  } catch (error) {
    return { type: "failure", failure: failureOf(task, error) };
  }
}

/** What is told of an error; its text goes into the manifest, the database and the log, so secrets are taken out. */
export function failureOf(task: number, error: unknown): Failure {
  if (!isCirrusError(error))
    return { task, code: "E_INTERNAL", message: redact(messageOf(error)), names: [], temporary: false };
  const names = Array.isArray(error.context.names) ? error.context.names.map((name) => redact(String(name))) : [];
  return { task, code: error.code, message: redact(error.message), names, temporary: error.exitCode === 75 };
}

async function end(tasks: WorkerTasks | undefined): Promise<void> {
  await tasks?.close();
  process.exit(0);
}

/** Resolves when the message left this process; a supervisor that is gone makes this process leave. */
const send = (message: FromWorker): Promise<void> =>
  new Promise((resolve) => {
    process.send?.(message, undefined, {}, (error) => (error ? process.exit(0) : resolve()));
  });
