/**
 * One supervisor's run of a job: leases ranges, has its workers run their tasks, completes them, and closes the job when the counts
 * say that all is settled. Any number of supervisors work on one job, on any machines; each may be killed at any moment.
 *
 *   planned -> running (the first supervisor) -> done | failed (the one that closes it); failed -> running (a join: the next round)
 *
 * The order is always chunks, then manifest, then completion, each durable before the next.
 */
import { CirrusError } from "../core/errors.js";
import type { Job } from "../jobs/contracts.js";
import type { RunSummary } from "./events.js";
import { usefulWorkers } from "./ranges.js";
import { Run } from "./run.js";
import type { SuperviseOptions } from "./supervise-options.js";

export type { Stopping, SuperviseOptions } from "./supervise-options.js";

/**
 * Works on a job until it is settled, cancelled, or this supervisor is to stop.
 *
 * A planned job is made running; a failed one begins its next round. Nothing of this run is alive when the promise settles.
 *
 * @returns `left` when this supervisor stopped before the job was settled
 * @throws CirrusError `E_TOO_MANY_FAILURES`; `E_ENCODER_CHANGED` or another code of a worker that cannot work here; codes of the
 *   destination (`E_STORE_FULL`, `E_STORE_DENIED`, ...), `E_STORE_TEMPORARY` when it refused for too long, `E_STATE_UNAVAILABLE`:
 *   after each the job is as resumable as after a kill. `E_JOB_CANCELLED` for a job that was cancelled before
 */
export async function superviseJob(options: SuperviseOptions): Promise<RunSummary> {
  const job = await begin(options);
  if (job.state === "done") throw new Error(`job ${job.id} is done: there is nothing to supervise`);
  return new Run({ ...options, workers: usefulWorkers(options.workers, job) }, job).complete();
}

async function begin({ job, jobs }: SuperviseOptions): Promise<Job> {
  await jobs.setState(job.id, ["planned"], "running");
  let now = await jobs.find(job.id);
  if (now?.state === "failed") now = await jobs.nextRound(job.id);
  if (!now) throw new CirrusError("E_JOB_UNKNOWN", `there is no job ${job.id}`);
  if (now.state === "cancelled") throw new CirrusError("E_JOB_CANCELLED", `job ${job.id} was cancelled`);
  return now;
}
