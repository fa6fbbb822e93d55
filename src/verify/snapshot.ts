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
import type { Who } from "../provenance/model/event.js";
import { objectsOf } from "../provenance/inputs/list-objects.js";
import { recordWith } from "../provenance/log.js";
import type { RecordOptions } from "../provenance/signing.js";
import { openStore } from "../storage/open.js";
import type { KeyValueStore, ListedObject } from "../storage/store.js";
import { sha256Of } from "./documented-chunks.js";

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
}

const readsAtOnce = 8;
const objectsPerManifest = 10_000;

/**
 * Reads every object once; memory holds their names.
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
  const logged = await recordWith(
    url,
    async (put, store) => {
      const entries: IndexEntry[] = [];
      for (let from = 0; from < objects.length; from += objectsPerManifest) {
        const part = objects.slice(from, from + objectsPerManifest);
        const range = { from, to: from + part.length, stage: 0 };
        const chunks = await digestAll(store, part, (done) => options.onProgress?.(from + done, objects.length));
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
      const outputs = { manifestIndex, chunks: objects.length, bytes, tree };
      return { kind: "snapshot", status: "completed", jobId: "", who, outputs };
    },
    options.store,
  );
  return { recordKey: logged.key, objects: objects.length, bytes, tree };
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
