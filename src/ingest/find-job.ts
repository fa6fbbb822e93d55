/** Jobs of this state by their id. */
import { CirrusError } from "../core/errors.js";
import { isJobId } from "../core/job-id.js";
import type { RunSummary } from "../engine/events.js";
import type { Job, Jobs } from "../jobs/contracts.js";

/** @throws CirrusError `E_JOB_UNKNOWN` */
export async function requireJob(jobs: Jobs, id: string): Promise<Job> {
  const job = isJobId(id) ? await jobs.find(id) : undefined;
  if (job) return job;
  throw new CirrusError("E_JOB_UNKNOWN", `there is no job ${JSON.stringify(id)} in this state`);
}

/** What a finished job's row keeps, as a run's summary. */
export function summaryOfDone(job: Job): RunSummary {
  const result = job.result as {
    readonly tasksDone: number;
    readonly tasksFailed: number;
    readonly totals: {
      readonly filledTiles: number;
      readonly chunks: number;
      readonly backgroundChunks?: number;
      readonly bytes: number;
    };
  }; // as engine/closing.ts keeps it
  const { filledTiles, chunks, backgroundChunks = 0, bytes } = result.totals;
  const seconds = job.startedAt && job.finishedAt ? (job.finishedAt.getTime() - job.startedAt.getTime()) / 1000 : 0;
  const { tasksDone, tasksFailed } = result;
  return {
    jobId: job.id,
    destination: job.destination,
    state: "done",
    tasksDone,
    tasksFailed,
    filledTiles,
    chunks,
    backgroundChunks,
    bytes,
    seconds,
  };
}
