/** From a stored job to one that may write: its record, its claim and the volume's info, each durable before the next. */
import { CirrusError, isCirrusError } from "../core/errors.js";
import type { Job } from "../jobs/contracts.js";
import { admit } from "../provenance/admit.js";
import { overlappingRuns } from "../provenance/claims.js";
import { complete, listEvents } from "../provenance/log.js";
import type { KnownDigests } from "../provenance/inputs/list-objects.js";
import type { RecordOptions } from "../provenance/signing.js";
import { createVolume } from "../volume/create.js";
import { claimOf } from "./claim-of.js";
import { requireJob } from "./find-job.js";
import { startOf, type JobDocument, type PlannedDocument } from "./job-document.js";
import type { RunEnvironment } from "./run-job.js";
import { sourceInputs } from "./source-inputs.js";
import { volumeInfoOf } from "./volume-info.js";

/**
 * Done again after a kill, or by two processes at once, it leaves one record that counts; the others are marked withdrawn.
 *
 * @param job - planned
 * @throws CirrusError as `admit` and `createVolume`
 */
export async function admitJob(job: Job, { jobs, store, capture }: RunEnvironment): Promise<Job> {
  const { start: text, ...document } = plannedOf(job);
  const start = startOf({ start: text });
  const { url, fsync } = document.destination;
  const options = { ...store, fsync, jobId: job.id };
  const claim = claimOf(document.plan);
  const superseded = document.existing === "replace" ? await overlappingRuns(url, claim, options) : [];
  const known: KnownDigests = new Map();
  const [captured, inputs] = await Promise.all([
    capture(start.codeFolder),
    sourceInputs(document, { stores: store, known }),
  ]);
  const { ticket, recordKey } = await admit({
    destination: url,
    options,
    declaration: start.declaration,
    jobId: job.id,
    argv: start.argv,
    claim,
    parameters: start.parameters,
    supersedes: superseded.map(({ run }) => run),
    inputs,
    known,
    ...captured,
  }).catch(async (error: unknown) => {
    // Refused for good: nothing of it was written, and nobody shall take it for a job that is still to run.
    if (isCirrusError(error, "E_CLAIM_LOST")) await jobs.setState(job.id, ["planned"], "cancelled");
    throw error;
  });
  await createVolume(url, volumeInfoOf(document.plan, document.destination), { ticket, options });
  const admitted: JobDocument = { ...document, recordKey };
  const isOurs = await jobs.setState(job.id, ["planned"], "running", { document: admitted });
  if (isOurs) await withdrawOthers(job.id, { url, recordKey, options });
  else await complete({ destination: url, options, recordKey, status: "withdrawn" });
  const now = await requireJob(jobs, job.id);
  if (now.state === "cancelled") throw new CirrusError("E_JOB_CANCELLED", `job ${job.id} was cancelled meanwhile`);
  return now;
}

function plannedOf(job: Job): PlannedDocument {
  const document = job.document as PlannedDocument; // as launch.ts stores it
  if (job.state === "planned" && document.start) return document;
  throw new CirrusError("E_INTERNAL", `job ${job.id} is ${job.state}: it was admitted before`);
}

interface Records {
  readonly url: string;
  /** The one that counts; undefined: none does. */
  readonly recordKey?: string;
  readonly options: RecordOptions;
}

/**
 * A try that was killed between its record and the job's row left a record that nobody would ever end, and whose claim would stand in
 * the way for ever. Only for who knows which record counts: before that, the other one may be of a process that lives.
 */
export async function withdrawOthers(jobId: string, { url, recordKey, options }: Records): Promise<void> {
  const { events } = await listEvents(url, options);
  for (const { event, key } of events) {
    const isOpen = !events.some(({ event: other }) => other.run === event.run && other.kind === "end");
    if (event.kind === "start" && event.jobId === jobId && key !== recordKey && isOpen)
      await complete({ destination: url, options, recordKey: key, status: "withdrawn" });
  }
}
