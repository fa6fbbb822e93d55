/** Ends a settled round of a job: index, the caller's records, then the job's state. Under one lease, and safe to do again. */
import { isCirrusError } from "../core/errors.js";
import type { Job, Jobs, RangeOutcome, RangeQueue } from "../jobs/contracts.js";
import type { WritableStore } from "../storage/store.js";
import { writeIndex, type IndexDigest } from "./manifest-index.js";
import { taskTotal } from "./ranges.js";
import { newestOfJob, totalsOf, type Totals } from "./settle.js";

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

/** What stands in the row of the closing lease, and is `job.result` together with "records". */
export interface Closed extends Omit<Extract<Settled, { kind: "job" }>, "kind"> {
  readonly outcome: RangeOutcome;
}

/** Resolves to undefined when the job was cancelled (or closed by another supervisor) meanwhile. */
export async function closeJob(options: ClosingOptions): Promise<Closed | undefined> {
  const { job, jobs, queue, store, tool } = options;
  await recordDead(options);
  const totals = await totalsOf(newestOfJob(queue, job));
  // A dead range has no row of its own round; in round 0 it has none at all, and its tasks are those that are missing in the sum.
  const tasksFailed = totals.failedTasks + (taskTotal(job) - totals.tasks);
  const state = tasksFailed > 0 ? "failed" : "done";
  const index = await writeIndex(store, { job: job.id, round: job.round, tool }, newestOfJob(queue, job));
  const settled = {
    state,
    round: job.round,
    tasksDone: taskTotal(job) - tasksFailed,
    tasksFailed,
    totals,
    index,
  } as const;
  const records = await options.onSettled?.({ kind: "job", ...settled });
  const { round, tasksDone } = settled;
  const won = await jobs.setState(job.id, ["running"], state, {
    result: { round, tasksDone, tasksFailed, totals, index, records },
  });
  if (!won) return undefined;
  const { filledTiles, chunks, bytes, cost } = totals;
  const outcome = {
    manifestKey: index.key,
    manifestSha256: index.sha256,
    failedTasks: 0,
    filledTiles,
    chunks,
    bytes,
    cost,
  };
  return { ...settled, outcome };
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
