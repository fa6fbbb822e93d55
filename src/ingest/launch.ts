/**
 * The start of a job, in the order that makes a crash harmless: look, job row, record, info, run. Whatever was interrupted, the same
 * command goes on from there.
 */
import { createHash, randomBytes } from "node:crypto";
import { CirrusError, isCirrusError } from "../core/errors.js";
import { stringifyLossless } from "../core/json/stringify.js";
import { jobIdAt } from "../core/job-id.js";
import type { RunSummary } from "../engine/events.js";
import { usefulWorkers } from "../engine/ranges.js";
import type { Job, Jobs, NewJob } from "../jobs/contracts.js";
import { toRecordable } from "../provenance/model/recordable.js";
import { readmit } from "../provenance/admit.js";
import { probeWritable } from "../storage/open.js";
import { refuseExistingChunks, refuseOtherGeometry } from "./check-destination.js";
import { fingerprint } from "./fingerprint.js";
import { admitJob } from "./admit-job.js";
import { continueJob } from "./continue-job.js";
import { startText, type JobDocument, type PlannedDocument, type StartDocument } from "./job-document.js";
import { documentOf, runJob, type RunEnvironment } from "./run-job.js";
import { rangeSizeFor } from "./range-size.js";
import { volumeInfoOf } from "./volume-info.js";

export interface LaunchRequest extends StartDocument {
  readonly document: Omit<JobDocument, "jobId" | "recordKey">;
  /** What makes two starts the same job. */
  readonly identity: unknown;
}

/**
 * Makes the job and runs it, or goes on with the unfinished job that this same request made.
 *
 * @throws CirrusError `E_DESTINATION_*` when the destination holds chunks of this part (unless they are to stay or to be replaced), has another geometry or cannot
 * be written; `E_CLAIM_LOST`; whatever stops a run
 */
export async function launch(request: LaunchRequest, environment: RunEnvironment): Promise<RunSummary> {
  const { jobs } = environment;
  const { destination } = request.document;
  const configDigest = digestOf(request.identity);
  const unfinished = await findOwn(jobs, { url: destination.url, configDigest, environment });
  if (unfinished && unfinished.state !== "planned") return continueJob(unfinished, environment);
  try {
    await checkDestination(request, environment);
  } catch (error) {
    throw await tellingWhoMadeIt(error, { jobs, url: destination.url, configDigest });
  }
  const job = unfinished ?? (await jobs.create(await newJob(request, configDigest, environment)));
  environment.emit({
    type: "job",
    jobId: job.id,
    continued: unfinished !== undefined,
    logFile: environment.logFile(job.id),
  });
  // They load their code while the sources are looked at.
  if (!environment.rampMs) environment.earlyWorkers?.grow(usefulWorkers(environment.workers, job));
  return runJob(await admitJob(job, environment), environment);
}

interface Made {
  readonly jobs: Jobs;
  readonly url: string;
  readonly configDigest: string;
}

/** The same command once more after its job was done: not a clash, but nothing to do. */
async function tellingWhoMadeIt(error: unknown, { jobs, url, configDigest }: Made): Promise<unknown> {
  if (!isCirrusError(error, "E_DESTINATION_EXISTS")) return error;
  const made = (await jobs.list()).find(
    (job) => job.destination === url && job.configDigest === configDigest && job.state === "done",
  );
  if (!made) return error;
  const when = made.finishedAt ? ` on ${made.finishedAt.toISOString().slice(0, 16).replace("T", " at ")} UTC` : "";
  return new CirrusError(error.code, `${error.message}: job ${made.id} made them from this very config${when}`, {
    context: { ...error.context, jobId: made.id },
    hint: "nothing is left to do: `cirrus verify` checks them, --overwrite makes them again",
  });
}

interface OwnJob {
  readonly url: string;
  readonly configDigest: string;
  readonly environment: RunEnvironment;
}

/** The unfinished job of the same request. One whose volume was deleted since is given up. */
async function findOwn(jobs: Jobs, { url, configDigest, environment }: OwnJob): Promise<Job | undefined> {
  const job = await jobs.findUnfinished(url, configDigest);
  if (!job || job.state === "planned") return job;
  try {
    await readmit(url, documentOf(job).recordKey, environment.store);
    return job;
  } catch (error) {
    if (!isCirrusError(error, "E_PROVENANCE_MISSING")) throw error;
    const text = `the volume of unfinished job ${job.id} is gone: that job is given up, and a new one begins`;
    environment.emit({ type: "warning", code: "W_VOLUME_GONE", text });
    await jobs.setState(job.id, [job.state], "cancelled");
    return undefined;
  }
}

/** Everything that can be refused before anything is written. */
async function checkDestination({ document }: LaunchRequest, { store }: RunEnvironment): Promise<void> {
  const { destination, plan } = document;
  const options = { ...store, fsync: destination.fsync };
  const info = volumeInfoOf(plan, destination);
  await refuseOtherGeometry(destination.url, info, options);
  if (document.existing === "none") await refuseExistingChunks(destination.url, plan, options);
  await probeWritable(destination.url, options);
}

async function newJob(request: LaunchRequest, configDigest: string, environment: RunEnvironment): Promise<NewJob> {
  const id = jobIdAt(Date.now(), randomBytes(4));
  const { document } = request;
  const planned: PlannedDocument = { ...document, jobId: id, start: startText(request) };
  return {
    id,
    kind: "ingest",
    destination: document.destination.url,
    configDigest,
    document: planned,
    stages: document.plan.stages.map((stage) => stage.count),
    rangeSize: rangeSizeFor(document.plan, environment.workers),
    encoderFingerprint: await fingerprint(document),
    owner: environment.owner,
  };
}

/** Keys in one order, so that the order in a config file does not matter. */
const digestOf = (value: unknown): string =>
  createHash("sha256")
    .update(stringifyLossless(toRecordable(value, "config"), "canonical"))
    .digest("hex");
