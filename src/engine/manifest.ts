/**
 * Manifests beside the volume: one object per finished range, `provenance.d/manifests/JOB/FROM.ROUND.ATTEMPT.ndjson.gz`
 * (FROM in 12 digits, so that names sort). The one with the highest round, then attempt, counts for its range.
 */
import { createHash } from "node:crypto";
import { CirrusError } from "../core/errors.js";
import type { KeyValueStore, WritableStore } from "../storage/store.js";
import { decodeManifest, encodeManifest, type Manifest } from "./manifest-format.js";

export interface ManifestName {
  readonly from: number;
  readonly round: number;
  readonly attempt: number;
}
export interface ListedManifest extends ManifestName {
  readonly key: string;
}

export const manifestFolder = (jobId: string): string => `provenance.d/manifests/${jobId}/`;

export const manifestKey = (jobId: string, { from, round, attempt }: ManifestName): string =>
  `${manifestFolder(jobId)}${padded(from)}.${round}.${attempt}.ndjson.gz`;

const padded = (from: number): string => String(from).padStart(12, "0");

const nameForm = /(?:^|\/)(\d{12,})\.(\d+)\.(\d+)\.ndjson\.gz$/;

/** undefined for keys of other things, such as the index. */
export function parseManifestKey(key: string): ManifestName | undefined {
  const found = nameForm.exec(key);
  return found ? { from: Number(found[1]), round: Number(found[2]), attempt: Number(found[3]) } : undefined;
}

export const sha256Of = (bytes: Uint8Array): string => createHash("sha256").update(bytes).digest("hex");

/**
 * Stores a manifest and makes it durable; the chunks that it lists must be durable already.
 *
 * When this attempt's name is taken by the same bytes, a reply was lost and all is well. When it is taken by others (the range was
 * released after its manifest was written, and its tasks fared differently), the next free attempt is used: the highest counts.
 */
export async function writeManifest(
  store: WritableStore,
  manifest: Manifest,
  attempt: number,
): Promise<{ readonly key: string; readonly sha256: string }> {
  const bytes = encodeManifest(manifest);
  for (let free = attempt; ; free++) {
    const key = manifestKey(manifest.job, { from: manifest.from, round: manifest.round, attempt: free });
    const result = await store.put(key, bytes, { ifVersion: "absent", contentType: "application/gzip" });
    if (result.kind === "lost-race" && !(await holds(store, key, bytes))) continue;
    await store.sync([key]);
    return { key, sha256: sha256Of(bytes) };
  }
}

async function holds(store: KeyValueStore, key: string, bytes: Uint8Array): Promise<boolean> {
  const found = await store.get(key);
  return found !== undefined && Buffer.compare(found.bytes, bytes) === 0;
}

/** @throws CirrusError `E_MANIFEST_INVALID` when it is gone, truncated or altered */
export async function readManifest(store: KeyValueStore, key: string): Promise<Manifest> {
  const found = await store.get(key);
  if (!found) throw new CirrusError("E_MANIFEST_INVALID", `no manifest at ${store.url}/${key}`, { context: { key } });
  return decodeManifest(found.bytes, key);
}

/** The newest manifest of each range of a job, in order of `from`. Memory per range, not per chunk. */
export async function listManifests(store: KeyValueStore, jobId: string): Promise<ListedManifest[]> {
  return newestOf(store, manifestFolder(jobId));
}

/** The newest manifest of the range that starts at `from`, of any round; undefined when none was written. */
export async function newestManifest(store: KeyValueStore, jobId: string, from: number): Promise<Manifest | undefined> {
  const [found] = await newestOf(store, `${manifestFolder(jobId)}${padded(from)}.`);
  return found && readManifest(store, found.key);
}

async function newestOf(store: KeyValueStore, prefix: string): Promise<ListedManifest[]> {
  const newest = new Map<number, ListedManifest>();
  for await (const { key } of store.list(prefix)) {
    const name = parseManifestKey(key);
    const known = name && newest.get(name.from);
    if (name && (!known || isNewer(name, known))) newest.set(name.from, { ...name, key });
  }
  return [...newest.values()].sort((a, b) => a.from - b.from);
}

const isNewer = (a: ManifestName, b: ManifestName): boolean =>
  a.round === b.round ? a.attempt > b.attempt : a.round > b.round;
