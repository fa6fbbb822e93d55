/** Ends a settled round of a job: index, the caller's records, then the job's state. Under one lease, and safe to do again. */
import { isCirrusError } from "../core/errors.js";
import type { CompletedRange, Job, Jobs, RangeOutcome, RangeQueue } from "../jobs/contracts.js";
import type { WritableStore } from "../storage/store.js";
import { writeIndex, type IndexDigest } from "./manifest-index.js";
import { taskTotal } from "./ranges.js";
import { addTotals, newestOfJob, noTotals, totalsOfRange, type Totals } from "./settle.js";

/** What is told to the caller, whose records must be durable before the job is said to be over. */
export type Settled =
  | { readonly kind: "stage"; readonly stage: number }
  | {
      readonly kind: "job";
      readonly state: "done" | "failed";
      readonly round: number;
      readonly tasksDone: number;
      readonly tasksFailed: number;
      readonly totals: Totals;
      readonly index: IndexDigest;
    };

/**
 * Called for a settled stage by every supervisor that goes on to the next one, and for a settled job by one; again after a kill, so it
 * must be idempotent. What it resolves to is kept in the job's `result` under "records".
 */
export type OnSettled = (settled: Settled) => Promise<unknown>;

export interface ClosingOptions {
  readonly job: Job;
  readonly jobs: Jobs;
  readonly queue: RangeQueue;
  readonly store: WritableStore;
  readonly tool: string;
  readonly onSettled?: OnSettled;
}

/** `result` of a job that is done or failed. */
export interface JobResult {
  readonly round: number;
  readonly tasksDone: number;
  readonly tasksFailed: number;
  readonly totals: Totals;
  readonly index: IndexDigest;
  /** What the caller's `onSettled` resolved to. */
  readonly records?: unknown;
}

/** undefined while a job has not been settled. */
export const resultOf = ({ state, result }: Pick<Job, "state" | "result">): JobResult | undefined =>
  state === "done" || state === "failed" ? (result as JobResult) : undefined; // as closeJob wrote it

/** Resolves to undefined when the job was cancelled (or closed by another supervisor) meanwhile. */
export async function closeJob(options: ClosingOptions): Promise<RangeOutcome | undefined> {
  const { job, jobs, queue, store, tool, onSettled } = options;
  await recordDead(options);
  let totals = noTotals;
  async function* summed(): AsyncGenerator<CompletedRange> {
    for await (const range of newestOfJob(queue, job)) {
      totals = addTotals(totals, totalsOfRange(range, range.outcome));
      yield range;
    }
  }
  const { round } = job;
  const index = await writeIndex(store, { job: job.id, round, tool }, summed());
  // A dead range has no row of its own round; in round 0 it has none at all, and its tasks are those that are missing in the sum.
  const tasksFailed = totals.failedTasks + (taskTotal(job) - totals.tasks);
  const facts = { round, tasksDone: taskTotal(job) - tasksFailed, tasksFailed, totals, index };
  const state = tasksFailed > 0 ? "failed" : "done";
  const result: JobResult = { ...facts, records: await onSettled?.({ kind: "job", state, ...facts }) };
  if (!(await jobs.setState(job.id, ["running"], state, { result }))) return undefined;
  const { filledTiles, chunks, backgroundChunks, bytes, cost } = totals;
  return {
    manifestKey: index.key,
    manifestSha256: index.sha256,
    failedTasks: 0,
    filledTiles,
    chunks,
    backgroundChunks,
    bytes,
    cost,
  };
}

/** The tasks of ranges whose tries are used up have no failure of their own: whoever held them was killed each time. */
async function recordDead({ job, jobs, queue }: ClosingOptions): Promise<void> {
  for (let stage = 0; stage < job.stages.length; stage++)
    for (const range of await queue.dead({ round: job.round, stage })) {
      const message = `tasks ${range.from} to ${range.to - 1} were begun again and again, and never finished`;
      const tasks = Array.from({ length: range.to - range.from }, (_, i) => range.from + i);
      await jobs.recordFailures(
        job.id,
        range,
        tasks.map((task) => ({ task, code: "E_WORKER_DIED", message, names: [] })),
      );
    }
}

/** True for an error that may be gone when the same is tried again. */
export const isTemporary = (error: unknown): boolean => isCirrusError(error) && error.exitCode === 75;
