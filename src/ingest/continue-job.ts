/** Goes on with a job that was begun elsewhere or was interrupted, wherever it stopped. */
import { CirrusError } from "../core/errors.js";
import type { RunSummary } from "../engine/events.js";
import type { Job } from "../jobs/contracts.js";
import { resume } from "../provenance/admit.js";
import { admitJob, withdrawOthers } from "./admit-job.js";
import { documentOf, optionsOf, runJob, type RunEnvironment } from "./run-job.js";

/**
 * Unfinished tasks, and those that failed.
 *
 * @throws CirrusError `E_JOB_CANCELLED`, `E_CLAIM_LOST`
 */
export async function continueJob(job: Job, environment: RunEnvironment): Promise<RunSummary> {
  if (job.state === "cancelled") throw new CirrusError("E_JOB_CANCELLED", `job ${job.id} was cancelled`);
  environment.emit({ type: "job", jobId: job.id, continued: true, logFile: environment.logFile(job.id) });
  if (job.state === "planned") return runJob(await admitJob(job, environment), environment);
  const document = documentOf(job);
  const { destination, recordKey } = document;
  const options = optionsOf(document, environment);
  const node = { ...(await environment.capture(process.cwd())), argv: process.argv.slice(1) };
  await resume({ destination: destination.url, recordKey, options, node });
  await withdrawOthers(job.id, { url: destination.url, recordKey, options });
  return runJob(job, environment);
}
