/**
 * The start of a job, in the order that makes a crash harmless: look, job row, record, info, run. Whatever was interrupted, the same
 * command goes on from there.
 */
import { createHash, randomBytes } from "node:crypto";
import { isCirrusError } from "../core/errors.js";
import { jobIdAt } from "../core/job-id.js";
import type { RunSummary } from "../engine/events.js";
import type { Job, Jobs, NewJob } from "../jobs/contracts.js";
import { admit, readmit } from "../provenance/admit.js";
import { capture } from "../provenance/capture/capture.js";
import { overlappingRuns } from "../provenance/claims.js";
import type { Declaration } from "../provenance/model/declaration.js";
import { probeWritable } from "../storage/open.js";
import { createVolume } from "../volume/create.js";
import { refuseExistingChunks, refuseOtherGeometry } from "./check-destination.js";
import { claimOf } from "./claim-of.js";
import { costOfTasks } from "./cost.js";
import { requireJob } from "./find-job.js";
import { fingerprint } from "./fingerprint.js";
import type { JobDocument } from "./job-document.js";
import { continueJob, documentOf, runJob, type RunEnvironment } from "./run-job.js";
import type { Plan } from "./plan.js";
import { volumeInfoOf } from "./volume-info.js";

export interface LaunchRequest {
  readonly document: Omit<JobDocument, "jobId" | "recordKey">;
  readonly declaration: Declaration;
  /** Facts of the job for its record: the config, as plain data. */
  readonly parameters: Readonly<Record<string, unknown>>;
  /** What makes two starts the same job. */
  readonly identity: unknown;
  /** Folder whose git repository is recorded: the config's. */
  readonly codeFolder: string;
  readonly argv: readonly string[];
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
  await checkDestination(request, environment);
  const job = unfinished ?? (await jobs.create(await newJob(request, configDigest, environment)));
  environment.emit({
    type: "job",
    jobId: job.id,
    continued: unfinished !== undefined,
    logFile: environment.logFile(job.id),
  });
  const admitted = await admitJob(job, request, environment);
  return runJob(admitted, environment);
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

async function newJob({ document }: LaunchRequest, configDigest: string, environment: RunEnvironment): Promise<NewJob> {
  const id = jobIdAt(Date.now(), randomBytes(4));
  return {
    id,
    kind: "ingest",
    destination: document.destination.url,
    configDigest,
    document: { ...document, jobId: id },
    stages: document.plan.stages.map((stage) => stage.count),
    rangeSize: rangeSizeFor(document.plan, environment.workers),
    encoderFingerprint: await fingerprint(document),
    owner: environment.owner,
  };
}

/** Record, claim and info are durable when this resolves; then the job counts as running. */
async function admitJob(job: Job, request: LaunchRequest, { jobs, store }: RunEnvironment): Promise<Job> {
  const { destination, plan } = request.document;
  const options = { ...store, fsync: destination.fsync, jobId: job.id };
  const captured = await capture({ folder: request.codeFolder, env: process.env });
  const claim = claimOf(plan);
  const replaces = request.document.existing === "replace";
  const superseded = replaces ? await overlappingRuns(destination.url, claim, options) : [];
  const { ticket, recordKey } = await admit({
    destination: destination.url,
    options,
    declaration: request.declaration,
    jobId: job.id,
    argv: request.argv,
    claim,
    parameters: request.parameters,
    supersedes: superseded.map((run) => run.run),
    ...captured,
  });
  await createVolume(destination.url, volumeInfoOf(plan, destination), { ticket, options });
  const document: JobDocument = { ...request.document, jobId: job.id, recordKey };
  await jobs.setState(job.id, ["planned"], "running", { document });
  return requireJob(jobs, job.id);
}

/** A range is about half a minute of work, and at most an eighth of what one worker will do. */
const rangeBytes = 30 * 60e6;

function rangeSizeFor(plan: Plan, workers: number): number {
  const [first] = plan.stages;
  const perTask = costOfTasks(plan)({ from: 0, to: first!.count }) / first!.count;
  const byTime = Math.floor(rangeBytes / perTask);
  const byShare = Math.floor(first!.count / (8 * workers));
  return Math.max(1, Math.min(byTime, byShare));
}

const digestOf = (value: unknown): string =>
  createHash("sha256")
    .update(JSON.stringify(sorted(value)))
    .digest("hex");

/** Keys in one order, so that the order in a config file does not matter. */
function sorted(value: unknown): unknown {
  if (Array.isArray(value)) return value.map(sorted);
  if (typeof value !== "object" || value === null) return value;
  return Object.fromEntries(
    Object.entries(value)
      .sort(([a], [b]) => (a < b ? -1 : 1))
      .map(([key, one]) => [key, sorted(one)]),
  );
}
