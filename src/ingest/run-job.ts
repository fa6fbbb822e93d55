/** Runs an admitted job until it is settled, and records how it ended beside the volume. */
import { CirrusError } from "../core/errors.js";
import { sizeOf } from "../core/bounding-box.js";
import type { Settled } from "../engine/closing.js";
import type { EarlyWorkers } from "../engine/early-workers.js";
import type { Emit, RunSummary } from "../engine/events.js";
import { listManifests, readManifest } from "../engine/manifest.js";
import { treeDigest } from "../engine/tree-digest.js";
import { superviseJob, type Stopping } from "../engine/supervisor.js";
import type { Job, Jobs } from "../jobs/contracts.js";
import { readmit } from "../provenance/admit.js";
import type { Capture } from "../provenance/capture/capture.js";
import { complete } from "../provenance/log.js";
import type { RunOutputs } from "../provenance/model/event.js";
import type { RecordOptions } from "../provenance/signing.js";
import { openWritable } from "../storage/open.js";
import type { KeyValueStore, WritableStore } from "../storage/store.js";
import { costOfTasks } from "./cost.js";
import type { JobDocument, WorkerDocument } from "./job-document.js";
import { clearScratch } from "./scratch.js";
import { sampleContrast } from "../volume/sample-contrast.js";
import { volumeInfoOf } from "./volume-info.js";

/** What a run has on this machine. */
export interface RunEnvironment {
  readonly jobs: Jobs;
  /** Endpoint, key files; nothing secret. */
  readonly store: RecordOptions;
  readonly workers: number;
  readonly workerBytes: number;
  /** Module that hosts the worker kinds. */
  readonly workerScript: string;
  /** Of that script, with `workerBytes`. */
  readonly earlyWorkers?: EarlyWorkers | undefined;
  /** Who runs what, with the repository of this folder. */
  capture(codeFolder: string): Promise<Capture>;
  readonly owner: string;
  readonly tool: string;
  readonly emit: Emit;
  readonly stopping: Stopping;
  readonly maxFailures?: number;
  readonly rampMs?: number;
  logFile(jobId: string): string;
}

/** The document of a job that was admitted. @throws CirrusError `E_JOB_UNKNOWN` for one that was not */
export function documentOf(job: Job): JobDocument {
  const document = job.document as Partial<JobDocument>; // written by launch.ts, in two steps
  if (document.recordKey !== undefined) return document as JobDocument;
  throw new CirrusError("E_JOB_UNKNOWN", `job ${job.id} was interrupted before its provenance was recorded`, {
    hint: "`cirrus join` goes on from there",
  });
}

export async function runJob(job: Job, environment: RunEnvironment): Promise<RunSummary> {
  const document = documentOf(job);
  const options = optionsOf(document, environment);
  const { url } = document.destination;
  const store = await openWritable(url, await readmit(url, document.recordKey, options), options);
  const worker: WorkerDocument = { job: document, store: environment.store };
  try {
    const summary = await superviseJob({
      ...environment,
      job,
      queue: await environment.jobs.queueOf(job),
      store,
      worker: {
        script: environment.workerScript,
        kind: job.kind,
        document: worker,
        early: environment.earlyWorkers,
      },
      memoryPerWorkerBytes: environment.workerBytes,
      costOf: costOfTasks(document.plan),
      onSettled: (settled) => recordEnd(settled, { document, store, options }),
    });
    if (summary.state === "done" || summary.state === "failed") await store.sweep(job.id);
    return summary;
  } finally {
    await store.close();
  }
}

export const optionsOf = (document: JobDocument, { store }: Pick<RunEnvironment, "store">): RecordOptions => ({
  ...store,
  fsync: document.destination.fsync,
  jobId: document.jobId,
});

interface Ended {
  readonly document: JobDocument;
  readonly store: WritableStore;
  readonly options: RecordOptions;
}

async function recordEnd(settled: Settled, { document, store, options }: Ended): Promise<unknown> {
  if (settled.kind === "stage") return undefined;
  const { state, totals, index, tasksFailed } = settled;
  const ended = await complete({
    destination: document.destination.url,
    options,
    recordKey: document.recordKey,
    status: state === "done" ? "completed" : "failed",
    message: messageOf(document, settled),
    outputs: {
      manifestIndex: { key: index.key, sha256: index.sha256 },
      chunks: totals.chunks,
      bytes: totals.bytes,
      tree: await treeDigest(store, index.key),
      ...(await contrastOutput(document, store)),
    },
    ...(totals.filledTiles
      ? { filled: { count: totals.filledTiles, tiles: await filledTiles(store, document.jobId) } }
      : {}),
  });
  if (tasksFailed === 0) await clearScratch(document, store);
  return { endEvent: ended.key };
}

/** What viewers show black and white, sampled once; downsampling makes no voxels of mip 0. */
async function contrastOutput(
  { plan, destination, existing }: JobDocument,
  store: KeyValueStore,
): Promise<Pick<RunOutputs, "contrast">> {
  const info = volumeInfoOf(plan, destination);
  const contrast = existing === "keep" ? null : await sampleContrast({ store, info }, plan.extent);
  return contrast ? { contrast } : {};
}

function messageOf(
  { plan, existing }: JobDocument,
  { totals, tasksFailed }: Extract<Settled, { kind: "job" }>,
): string {
  const what =
    existing === "keep" ? "downsampled" : `ingested ${sizeOf(plan.extent).join(" x ")} voxels of ${plan.dataType}`;
  const parts = [`${what}: ${totals.chunks} chunks, ${totals.bytes} bytes`];
  if (totals.backgroundChunks) parts.push(`${totals.backgroundChunks} chunks of background left out`);
  if (totals.filledTiles) parts.push(`${totals.filledTiles} tiles filled with background`);
  if (tasksFailed) parts.push(`${tasksFailed} tasks failed`);
  return parts.join(", ");
}

const mostListed = 1000;

/** The first of the tiles that were filled; the manifests name them all. */
async function filledTiles(store: KeyValueStore, jobId: string) {
  const tiles: { url: string; page?: number; reason: string; detail?: string }[] = [];
  for (const { key } of await listManifests(store, jobId)) {
    const manifest = await readManifest(store, key);
    for (const { filled } of manifest.done) tiles.push(...filled);
    if (tiles.length >= mostListed) break;
  }
  return tiles.slice(0, mostListed);
}
