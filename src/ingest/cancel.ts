/**
 * Cancels a job: nobody takes up its tasks any more, what finished stays with its manifests, and the chunks of what did not are
 * deleted once nobody can write them.
 */
import { setTimeout as sleep } from "node:timers/promises";
import pLimit from "p-limit";
import { listManifests, readManifest, sha256Of } from "../engine/manifest.js";
import { leaseSeconds, type Job, type Jobs, type RangeQueue, type SupervisorRow } from "../jobs/contracts.js";
import { isGone } from "../jobs/process-identity.js";
import { isEmpty, intersect, type BoundingBox } from "../core/bounding-box.js";
import { isCirrusError } from "../core/errors.js";
import { footprint } from "../geometry/pyramid.js";
import { readmit, resume } from "../provenance/admit.js";
import { overlappingRuns, type EarlierRun } from "../provenance/claims.js";
import { complete } from "../provenance/log.js";
import { openWritable } from "../storage/open.js";
import type { RecordOptions } from "../provenance/signing.js";
import type { KeyValueStore, WritableStore } from "../storage/store.js";
import { claimOf } from "./claim-of.js";
import { withdrawOthers } from "./admit-job.js";
import type { JobDocument, PlannedDocument } from "./job-document.js";
import { requireJob } from "./find-job.js";
import { JobSeries } from "./job-series.js";
import { ownedChunks } from "./owned-chunks.js";

export interface CancelSummary {
  readonly jobId: string;
  /** already: it was cancelled before; over: it was done, and stays. */
  readonly outcome: "cancelled" | "already" | "over";
  readonly finishedTasks: number;
  readonly deletedChunks: number;
}

export interface CancelInput {
  readonly job: Job;
  readonly jobs: Jobs;
  readonly store: RecordOptions;
  /** What is being waited for, for people. */
  readonly tell: (text: string) => void;
}

/** Idempotent: an interrupted cancel is finished by the next one. */
export async function cancelJob({ job, jobs, store: machine, tell }: CancelInput): Promise<CancelSummary> {
  if (job.state === "done") return { jobId: job.id, outcome: "over", finishedTasks: 0, deletedChunks: 0 };
  const result = job.result as { readonly cancelled?: CancelSummary } | null; // as stored below
  if (job.state === "cancelled" && result?.cancelled) return { ...result.cancelled, outcome: "already" };
  await jobs.setState(job.id, ["planned", "running", "failed"], "cancelled");
  // It may have been admitted, or finished, since it was looked up.
  const now = await requireJob(jobs, job.id);
  if (now.state === "done") return { jobId: job.id, outcome: "over", finishedTasks: 0, deletedChunks: 0 };
  const queue = await jobs.queueOf(job);
  await queue.purge();
  const document = now.document as JobDocument | PlannedDocument; // as launch.ts and admit-job.ts store it
  const summary =
    "recordKey" in document
      ? await withdraw(document, { job, jobs, queue, machine, tell }).catch((error: unknown) => {
          if (!isCirrusError(error, "E_PROVENANCE_MISSING")) throw error;
          tell("the volume is gone: there is nothing to delete");
          return nothingDone(job.id);
        })
      : await withdrawPlanned(document, { job, machine });
  await jobs.setState(job.id, ["cancelled"], "cancelled", { result: { cancelled: summary } });
  return summary;
}

/** Without a record that counts no chunk was written; records of killed tries may be there. */
async function withdrawPlanned(
  { destination }: PlannedDocument,
  { job, machine }: Pick<Withdrawal, "job" | "machine">,
) {
  const options = { ...machine, fsync: destination.fsync, jobId: job.id };
  await withdrawOthers(job.id, { url: destination.url, options });
  return nothingDone(job.id);
}

const nothingDone = (jobId: string) => ({ jobId, outcome: "cancelled", finishedTasks: 0, deletedChunks: 0 }) as const;

interface Withdrawal {
  readonly job: Job;
  readonly jobs: Jobs;
  readonly queue: RangeQueue;
  readonly machine: RecordOptions;
  readonly tell: (text: string) => void;
}

async function withdraw(document: JobDocument, context: Withdrawal): Promise<CancelSummary> {
  const { job, machine } = context;
  const { url, fsync } = document.destination;
  const options = { ...machine, fsync, jobId: job.id };
  await untilNobodyWrites(context);
  await holdClaim(document, options);
  const store = await openWritable(url, await readmit(url, document.recordKey, options), options);
  try {
    const finished = await finishedTasks(store, job.id);
    const deletedChunks = await deleteUnfinished(document, { store, finished, options });
    await store.sweep(job.id);
    await complete({
      destination: url,
      options,
      recordKey: document.recordKey,
      status: "cancelled",
      message: `cancelled: ${finished.size} finished tasks stay, ${deletedChunks} chunks of unfinished ones were deleted`,
    });
    return { jobId: job.id, outcome: "cancelled", finishedTasks: finished.size, deletedChunks };
  } finally {
    await store.close();
  }
}

/** A failed job has no claim any more: while chunks are deleted nobody shall begin to write there. Another one may have. */
async function holdClaim({ destination, recordKey }: JobDocument, options: RecordOptions): Promise<void> {
  try {
    await resume({ destination: destination.url, recordKey, options });
  } catch (error) {
    if (!isCirrusError(error, "E_CLAIM_LOST") && !isCirrusError(error, "E_JOB_CANCELLED")) throw error;
  }
}

const pollMs = 500;

/** A live supervisor hears of the cancel within seconds and signs off; one that was killed is gone, or falls silent. */
async function untilNobodyWrites({ job, jobs, queue, tell }: Withdrawal): Promise<void> {
  for (let told = false; ; told = true) {
    await jobs.reclaimDead(job.id);
    const live = (await jobs.supervisors(job.id)).filter(
      (row) => row.leftAt === null && !isSilent(row) && !isGone(row),
    );
    if (!live.length) break;
    if (!told) tell(`waiting until ${live.map(({ host, pid }) => `process ${pid} on ${host}`).join(", ")} stopped`);
    await sleep(pollMs);
  }
  await queue.purge(); // what they held went back to the queue
}

const isSilent = ({ lastSeenAt }: SupervisorRow): boolean =>
  Date.now() - lastSeenAt.getTime() > 3 * leaseSeconds * 1000;

/** Tasks with a receipt in a manifest: those are whole. */
async function finishedTasks(store: KeyValueStore, jobId: string): Promise<Set<number>> {
  const finished = new Set<number>();
  for (const { key } of await listManifests(store, jobId))
    for (const { task } of (await readManifest(store, key)).done) finished.add(task);
  return finished;
}

interface Deletion {
  readonly store: WritableStore;
  readonly finished: ReadonlySet<number>;
  readonly options: RecordOptions;
}

const deletesAtOnce = 16;

async function deleteUnfinished(document: JobDocument, { store, finished, options }: Deletion): Promise<number> {
  const { plan } = document;
  const others = await overlappingRuns(document.destination.url, claimOf(plan), options);
  const own = others.findIndex((run) => run.recordKey === document.recordKey);
  const writing = others.slice(own + 1).filter((run) => run.status === "running" && run.jobId !== document.jobId);
  const documented = await chunksOfOthers(others, document, store);
  const chunksOf = ownedChunks(plan, document.source !== undefined);
  const series = new JobSeries(document);
  const limit = pLimit(deletesAtOnce);
  const isOfAnother = (mip: number, box: BoundingBox): boolean =>
    writing.some(
      ({ claim }) =>
        claim.mips.includes(mip) && !isEmpty(intersect(footprint(box, plan.scales[mip]!.factor), claim.extent)),
    );
  const tasks = plan.stages.reduce((sum, { count }) => sum + count, 0);
  let deleted = 0;
  for (let task = 0; task < tasks; task++) {
    if (finished.has(task)) continue;
    await limit.map(chunksOf(task), async ({ mip, box }) => {
      const key = series.key(mip, box);
      const stat = await store.stat(key);
      if (!stat || isOfAnother(mip, box) || (await isDocumented(key, documented, store))) return;
      await store.delete(key);
      await store.delete(series.scratchKey(mip, box));
      deleted++;
    });
  }
  return deleted;
}

/** Digests of what other jobs documented where this one may write: an overwriting or gap-filling job must not delete theirs. */
async function chunksOfOthers(runs: readonly EarlierRun[], { jobId }: JobDocument, store: KeyValueStore) {
  const digests = new Map<string, string>();
  for (const run of runs) {
    if (run.jobId === jobId) continue;
    for (const { key } of await listManifests(store, run.jobId))
      for (const { chunks } of (await readManifest(store, key)).done)
        for (const chunk of chunks) digests.set(chunk.key, chunk.sha256);
  }
  return digests;
}

async function isDocumented(key: string, digests: ReadonlyMap<string, string>, store: KeyValueStore): Promise<boolean> {
  const expected = digests.get(key);
  if (expected === undefined) return false;
  const object = await store.get(key);
  return object !== undefined && sha256Of(object.bytes) === expected;
}
