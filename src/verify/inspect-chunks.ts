/**
 * Compares what is stored with what the manifests say: the core of `verify` (which reports by mip) and of `provenance check` (which
 * reports by record). Modification times are not looked at: copying a volume changes them.
 */
import pLimit from "p-limit";
import { isCirrusError } from "../core/errors.js";
import type { KeyValueStore } from "../storage/store.js";
import { hasChunk, keysOfChunk } from "../volume/chunk-store.js";
import { wholeDigest } from "../provenance/inputs/digest-object.js";
import { bareKey, sha256Of, type DocumentedChunk } from "./documented-chunks.js";

export interface ChunkProblem {
  readonly kind: "missing" | "altered" | "undocumented";
  readonly key: string;
  readonly detail: string;
}

export interface Inspection {
  /** Keys, without suffix, of the chunks that are as documented. */
  readonly asDocumented: ReadonlySet<string>;
  /** Stored bytes of these. */
  readonly bytes: number;
  /** Keys, without suffix, of every object of the scales, but those of unfinished tasks; undefined where the store cannot list. */
  readonly present: ReadonlySet<string> | undefined;
  readonly problems: readonly ChunkProblem[];
}

export interface InspectOptions {
  /** Folders whose objects are chunks. */
  readonly scaleKeys: readonly string[];
  /** `sizes`: by listing, reads nothing. */
  readonly by: "digests" | "sizes";
  /** Keys, without suffix, of objects that may be there although no manifest knows them. Asked where there are such. */
  unfinished(): Promise<ReadonlySet<string>>;
  readonly onProgress?: (done: number, total: number) => void;
}

const readsAtOnce = 8;

/** @param chunks - by key without suffix */
export async function inspectChunks(
  store: KeyValueStore,
  chunks: ReadonlyMap<string, DocumentedChunk>,
  { scaleKeys, by, unfinished, onProgress }: InspectOptions,
): Promise<Inspection> {
  const listed = await listScales(store, scaleKeys);
  const problems: ChunkProblem[] = [];
  const asDocumented = new Set<string>();
  let bytes = 0;
  let done = 0;
  const limit = pLimit(readsAtOnce);
  await limit.map(chunks, async ([bare, expected]) => {
    const problem = expected.isBackground
      ? await leftOutProblem(store, bare, listed)
      : by === "digests"
        ? await byDigest(store, expected)
        : await bySize(store, expected, listed);
    if (problem) problems.push({ ...problem, key: expected.key });
    else {
      asDocumented.add(bare);
      bytes += expected.bytes;
    }
    onProgress?.(++done, chunks.size);
  });
  const present = listed && new Set([...listed.keys()].map(bareKey));
  const unknown = [...(listed?.keys() ?? [])].filter((key) => !isKnown(key, chunks));
  const begun = unknown.length ? await unfinished() : new Set<string>();
  for (const key of unknown)
    if (!begun.has(bareKey(key))) problems.push({ kind: "undocumented", key, detail: "no manifest knows it" });
    else if (!chunks.has(bareKey(key))) present?.delete(bareKey(key));
  return { asDocumented, bytes, present, problems };
}

/** A chunk in another form than the one that is documented is not. What lies in the place of background was told already. */
function isKnown(key: string, chunks: ReadonlyMap<string, DocumentedChunk>): boolean {
  const chunk = chunks.get(bareKey(key));
  return chunk !== undefined && (chunk.isBackground === true || chunk.key === key);
}

/** Size by key. */
async function listScales(
  store: KeyValueStore,
  scaleKeys: readonly string[],
): Promise<ReadonlyMap<string, number> | undefined> {
  const listed = new Map<string, number>();
  try {
    for (const scale of scaleKeys)
      for await (const { key, sizeBytes } of store.list(`${scale}/`)) listed.set(key, sizeBytes);
    return listed;
  } catch (error) {
    if (isCirrusError(error, "E_STORE_UNLISTABLE")) return undefined;
    throw error;
  }
}

type Finding = Omit<ChunkProblem, "key"> | undefined;

/** Nothing may lie where a chunk was left out: readers would take it for the chunk. */
async function leftOutProblem(
  store: KeyValueStore,
  bare: string,
  listed: ReadonlyMap<string, number> | undefined,
): Promise<Finding> {
  const isThere = listed ? keysOfChunk(bare).some((key) => listed.has(key)) : await hasChunk(store, bare);
  return isThere ? { kind: "altered", detail: "it was left out as background, and something is there now" } : undefined;
}

/** Larger objects are shards: read in pieces, so that several at once fit into memory. */
const readWholeBytes = 2 ** 24;

async function byDigest(store: KeyValueStore, expected: DocumentedChunk): Promise<Finding> {
  if (expected.bytes > readWholeBytes) return largeByDigest(store, expected);
  const found = await store.get(expected.key);
  const wrongSize = sizeProblem(found?.bytes.length, expected);
  if (wrongSize || !found) return wrongSize;
  return sha256Of(found.bytes) === expected.sha256 ? undefined : otherDigest;
}

async function largeByDigest(store: KeyValueStore, expected: DocumentedChunk): Promise<Finding> {
  const wrongSize = sizeProblem((await store.stat(expected.key))?.sizeBytes, expected);
  if (wrongSize) return wrongSize;
  return (await wholeDigest(store, expected.key, expected.bytes)) === expected.sha256 ? undefined : otherDigest;
}

const otherDigest: Finding = { kind: "altered", detail: "its digest differs from the manifest's" };

async function bySize(
  store: KeyValueStore,
  expected: DocumentedChunk,
  listed: ReadonlyMap<string, number> | undefined,
): Promise<Finding> {
  const size = listed?.get(expected.key) ?? (await store.stat(expected.key))?.sizeBytes;
  return sizeProblem(size, expected);
}

function sizeProblem(size: number | undefined, { bytes, writer }: DocumentedChunk): Finding {
  if (size === undefined) return { kind: "missing", detail: `${writer}, and it is gone` };
  return size === bytes ? undefined : { kind: "altered", detail: `${size} bytes instead of ${bytes}` };
}
