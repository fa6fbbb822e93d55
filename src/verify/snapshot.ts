/**
 * Takes digests of every object of a volume that another tool wrote, so that `provenance check` and `verify` can tell later what has been
 * changed. In the form of manifests (docs/formats/manifest.md), at `provenance.d/snapshots/<id>/`.
 */
import { randomUUID } from "node:crypto";
import pLimit from "p-limit";
import { CirrusError, isCirrusError } from "../core/errors.js";
import { encodeManifest } from "../engine/manifest-format.js";
import { encodeIndex, type IndexEntry } from "../engine/manifest-index.js";
import { treeDigest } from "../engine/tree-digest.js";
import { ownAgent } from "../provenance/agent.js";
import { captureWho } from "../provenance/capture/who.js";
import type { ChangedObjects, Who } from "../provenance/model/event.js";
import { objectsOf } from "../provenance/inputs/list-objects.js";
import { readEvents } from "../provenance/events.js";
import { recordWith } from "../provenance/log.js";
import type { RecordOptions } from "../provenance/signing.js";
import { openStore } from "../storage/open.js";
import type { KeyValueStore, ListedObject } from "../storage/store.js";
import { bareKey, documentedChunks, sha256Of, type DocumentedChunk } from "./documented-chunks.js";

export interface SnapshotOptions {
  readonly store?: RecordOptions;
  /** Default: the user that the environment or git tells. */
  readonly who?: Who;
  readonly onProgress?: (done: number, total: number) => void;
}

export interface Snapshot {
  readonly recordKey: string;
  /** Objects: chunks, shards, the info, meshes ... but no records. */
  readonly objects: number;
  readonly bytes: number;
  /** `outputs.tree` of its event. */
  readonly tree: string;
  /** What is not as it was documented before; null where all is, or nothing was documented. */
  readonly changed: ChangedObjects | null;
}

const readsAtOnce = 8;
/** Keys of changed objects that an event names. */
const mostNamed = 10;
const objectsPerManifest = 10_000;

/**
 * Reads every object once; memory holds their names, and the digests that earlier manifests tell: what differs from them is recorded.
 *
 * @throws CirrusError `E_VOLUME_NOT_FOUND`, `E_STORE_UNLISTABLE`, `E_STORE_TEMPORARY` when an object vanished meanwhile
 */
export async function snapshotVolume(url: string, options: SnapshotOptions = {}): Promise<Snapshot> {
  const objects = await listVolume(url, options);
  const bytes = objects.reduce((sum, { sizeBytes }) => sum + sizeBytes, 0);
  const [{ name, version }, who] = await Promise.all([
    ownAgent(),
    options.who ?? captureWho(process.cwd(), process.env),
  ]);
  const head = { job: randomUUID(), round: 0, tool: `${name} ${version}` };
  const folder = `provenance.d/snapshots/${head.job}/`;
  let tree = "";
  let changed: ChangedObjects | null = null;
  const logged = await recordWith(
    url,
    async (put, store) => {
      const entries: IndexEntry[] = [];
      const { chunks: before } = await documentedChunks(store, (await readEvents(store)).events);
      const digests: Digest[] = [];
      for (let from = 0; from < objects.length; from += objectsPerManifest) {
        const part = objects.slice(from, from + objectsPerManifest);
        const range = { from, to: from + part.length, stage: 0 };
        const chunks = await digestAll(store, part, (done) => options.onProgress?.(from + done, objects.length));
        if (before.size) digests.push(...chunks);
        const packed = encodeManifest({ ...head, ...range, done: [{ task: from, chunks, filled: [] }], failed: [] });
        const key = `${folder}${String(from).padStart(12, "0")}.0.0.ndjson.gz`;
        await put(key, packed);
        const counts = { chunks: chunks.length, bytes: chunks.reduce((sum, chunk) => sum + chunk.bytes, 0) };
        entries.push({ ...range, key, sha256: sha256Of(packed), ...counts, failedTasks: 0, filledTiles: 0 });
      }
      const index = { key: `${folder}index.0.ndjson.gz`, bytes: (await encodeIndex(head, entries)).bytes };
      await put(index.key, index.bytes);
      tree = await treeDigest(store, index.key);
      const manifestIndex = { key: index.key, sha256: sha256Of(index.bytes) };
      changed = changesSince(before, digests);
      const outputs = { manifestIndex, chunks: objects.length, bytes, tree, ...(changed && { changed }) };
      return { kind: "snapshot", status: "completed", jobId: "", who, outputs };
    },
    options.store,
  );
  return { recordKey: logged.key, objects: objects.length, bytes, tree, changed };
}

/** null for a place that has no info, as zarr and N5 have none, or that cannot be listed. */
export async function snapshotIfVolume(url: string, options: SnapshotOptions = {}): Promise<Snapshot | null> {
  try {
    return await snapshotVolume(url, options);
  } catch (error) {
    if (isCirrusError(error, "E_VOLUME_NOT_FOUND") || isCirrusError(error, "E_STORE_UNLISTABLE")) return null;
    throw error;
  }
}

interface Digest {
  readonly key: string;
  readonly sha256: string;
}

/** Manifests of jobs name chunks alone: an info that no earlier snapshot has is no change. */
function changesSince(before: ReadonlyMap<string, DocumentedChunk>, now: readonly Digest[]): ChangedObjects | null {
  if (!before.size) return null;
  const there = new Set(now.map(({ key }) => bareKey(key)));
  const differs = ({ key, sha256 }: Digest): boolean => {
    const known = before.get(bareKey(key));
    return known !== undefined && (known.key !== key || known.sha256 !== sha256);
  };
  const altered = now.filter(differs);
  const missing = [...before].filter(([bare]) => !there.has(bare)).map(([, chunk]) => chunk);
  const added = now.filter(({ key }) => key.includes("/") && !before.has(bareKey(key)));
  const all = [...altered, ...missing, ...added].map(({ key }) => key);
  if (!all.length) return null;
  const counts = { altered: altered.length, missing: missing.length, added: added.length };
  return { ...counts, keys: all.slice(0, mostNamed) };
}

async function listVolume(url: string, { store: options }: SnapshotOptions): Promise<ListedObject[]> {
  const store = await openStore(url, options);
  try {
    if (!(await store.stat("info")))
      throw new CirrusError("E_VOLUME_NOT_FOUND", `there is no volume at ${store.url}: it has no info file`);
    return (await objectsOf(store, { kind: "volume", limit: Infinity })) ?? []; // without a limit there is a list
  } finally {
    await store.close();
  }
}

async function digestAll(store: KeyValueStore, objects: readonly ListedObject[], onDone: (done: number) => void) {
  const limit = pLimit(readsAtOnce);
  let done = 0;
  return limit.map(objects, async ({ key }) => {
    const object = await store.get(key);
    if (!object)
      throw new CirrusError("E_STORE_TEMPORARY", `${key} of ${store.url} vanished while its digest was taken`, {
        hint: "try again when nobody writes to the volume",
      });
    onDone(++done);
    return { key, bytes: object.bytes.length, sha256: sha256Of(object.bytes) };
  });
}
