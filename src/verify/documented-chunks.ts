/** What the manifests beside a volume say there must be: the newest claim counts for each chunk. */
import { createHash } from "node:crypto";
import { isCirrusError } from "../core/errors.js";
import { listManifests, readManifest } from "../engine/manifest.js";
import { isBackground, isStored } from "../engine/messages.js";
import { readIndex } from "../engine/manifest-index.js";
import { isRunStep, type ChangedObjects, type ProvenanceEvent, type RunStatus } from "../provenance/model/event.js";
import type { LoggedEvent } from "../provenance/model/order.js";
import { documentingEvents } from "../provenance/model/run-order.js";
import type { KeyValueStore } from "../storage/store.js";

export interface DocumentedChunk {
  /** As it is stored, with its suffix. */
  readonly key: string;
  readonly sha256: string;
  readonly bytes: number;
  /** For people: "job 1k3m9x-q2zt wrote it", "it was documented". */
  readonly writer: string;
  /** Of two chunks the one with the higher number was written by a later run. */
  readonly age: number;
  /** It holds background alone and was left out: nothing is stored. */
  readonly isBackground?: true;
}

export interface RunReport {
  /** "" for digests that were taken of what another tool had written. */
  readonly jobId: string;
  readonly status: RunStatus;
  readonly startedAt: string;
  readonly chunks: number;
  readonly failedTasks: number;
  readonly filledTiles: number;
  /** Of digests that were taken: what was not as it had been documented before. */
  readonly changed: ChangedObjects | null;
}

export interface Documented {
  /** By key without suffix: a chunk that is written in another form replaces the earlier one. */
  readonly chunks: ReadonlyMap<string, DocumentedChunk>;
  readonly runs: readonly RunReport[];
  /** Names of filled tiles, all of them. */
  readonly filled: readonly string[];
  /** Manifests that are gone or altered, in words. */
  readonly problems: readonly string[];
}

/** Reads every manifest; memory grows with the number of chunks, about 200 bytes each. */
export async function documentedChunks(store: KeyValueStore, events: readonly LoggedEvent[]): Promise<Documented> {
  const chunks = new Map<string, DocumentedChunk>();
  const runs: RunReport[] = [];
  const filled: string[] = [];
  const problems: string[] = [];
  for (const [age, { event }] of documentingEvents(events).entries()) {
    const end = event.kind === "snapshot" ? event : endOf(event, events);
    const writer = event.kind === "snapshot" ? `it was documented at ${event.time}` : `job ${event.jobId} wrote it`;
    const status = end?.status ?? "running";
    const changed = (event.kind === "snapshot" && event.outputs?.changed) || null;
    const report = { jobId: event.jobId, status, startedAt: event.time, chunks: 0, failedTasks: 0, filledTiles: 0, changed }; // prettier-ignore
    for (const listed of await manifestsOf(store, { jobId: event.jobId, end, problems })) {
      const manifest = await readChecked(store, listed, problems);
      if (!manifest) continue;
      report.failedTasks += manifest.failed.length;
      for (const record of manifest.done) {
        for (const chunk of record.chunks)
          if (chunk.note === "deleted") chunks.delete(bareKey(chunk.key));
          else
            chunks.set(bareKey(chunk.key), {
              ...chunk,
              writer,
              age,
              ...(isBackground(chunk) && { isBackground: true }),
            });
        report.chunks += record.chunks.filter(isStored).length;
        report.filledTiles += record.filled.length;
        for (const { url, page } of record.filled) filled.push(page === undefined ? url : `${url} page ${page}`);
      }
    }
    runs.push(report);
  }
  return { chunks, runs, filled, problems };
}

/** The last step of a run, when that is an end. */
function endOf(start: ProvenanceEvent, events: readonly LoggedEvent[]): ProvenanceEvent | undefined {
  const last = events.findLast(({ event }) => event.run === start.run && isRunStep(event))?.event;
  return last?.kind === "end" ? last : undefined;
}

interface Manifests {
  readonly jobId: string;
  readonly end: ProvenanceEvent | undefined;
  readonly problems: string[];
}
interface NamedManifest {
  readonly key: string;
  /** From the index, where there is one. */
  readonly sha256?: string;
}

/** The index of a finished run names its manifests and is named by its end event; a run without one is listed. */
async function manifestsOf(store: KeyValueStore, run: Manifests): Promise<readonly NamedManifest[]> {
  const named = run.end?.outputs?.manifestIndex;
  if (!named) return run.jobId === "" ? [] : listManifests(store, run.jobId);
  const object = await store.get(named.key);
  if (object && sha256Of(object.bytes) === named.sha256) return (await readIndex(store, named.key)).entries;
  run.problems.push(
    object
      ? `the index of manifests ${named.key} is not the one that the job's record names`
      : `the index of manifests ${named.key} is gone`,
  );
  return run.jobId === "" ? [] : listManifests(store, run.jobId);
}

async function readChecked(store: KeyValueStore, { key, sha256 }: NamedManifest, problems: string[]) {
  try {
    const object = sha256 === undefined ? undefined : await store.get(key);
    if (object && sha256Of(object.bytes) !== sha256) problems.push(`the manifest ${key} was altered`);
    return await readManifest(store, key);
  } catch (error) {
    if (!isCirrusError(error)) throw error;
    problems.push(error.message);
    return undefined;
  }
}

/** Without the suffix that a local chunk's name has when it is compressed. */
export const bareKey = (key: string): string => key.replace(/\.(gz|br|zstd)$/, "");

export const sha256Of = (bytes: Uint8Array): string => createHash("sha256").update(bytes).digest("hex");
