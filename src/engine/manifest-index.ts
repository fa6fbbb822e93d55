/**
 * The index of a job's manifests, written when a round of the job is settled: `provenance.d/manifests/JOB/index.ROUND.ndjson.gz`.
 * The job's completion record names it with its digest, so that also a store that cannot list (https) is verified.
 *
 *   {"type":"index","version":1,"job":ID,"round":N,"tool":"cirrus 0.1.0"}   first line
 *   {"type":"manifest","from":N,"to":N,"stage":N,"key":K,"sha256":H,"chunks":N,"bytes":N,"failedTasks":N,"filledTiles":N}   in order of `from`
 *   {"type":"tree","manifests":N,"sha256":H}   last line: SHA-256 over `FROM SHA256\n` of every manifest line, in order
 */
import { createHash } from "node:crypto";
import { once } from "node:events";
import { createGzip, gunzipSync } from "node:zlib";
import { CirrusError } from "../core/errors.js";
import type { CompletedRange } from "../jobs/contracts.js";
import type { KeyValueStore, WritableStore } from "../storage/store.js";
import { manifestFolder, sha256Of } from "./manifest.js";

export interface IndexEntry {
  readonly from: number;
  readonly to: number;
  readonly stage: number;
  readonly key: string;
  readonly sha256: string;
  readonly chunks: number;
  readonly bytes: number;
  readonly failedTasks: number;
  readonly filledTiles: number;
}

export interface IndexDigest {
  readonly key: string;
  /** Of the stored bytes of the index. */
  readonly sha256: string;
  /** Of all manifests: see the last line. */
  readonly treeSha256: string;
  readonly manifests: number;
}

export interface IndexHead {
  readonly job: string;
  readonly round: number;
  readonly tool: string;
}

export const indexKey = (jobId: string, round: number): string => `${manifestFolder(jobId)}index.${round}.ndjson.gz`;

/**
 * Streams: memory holds the compressed index only, about 50 bytes per range. Replaces an index of the same round, which is
 * one whose closing was cut short.
 *
 * @param ranges - the newest outcome of each range that has one, in order of `from`
 */
export async function writeIndex(
  store: WritableStore,
  head: IndexHead,
  ranges: AsyncIterable<CompletedRange>,
): Promise<IndexDigest> {
  const { bytes, treeSha256, manifests } = await encodeIndex(head, entriesOf(ranges));
  const key = indexKey(head.job, head.round);
  await store.put(key, bytes, { contentType: "application/gzip" });
  await store.sync([key]);
  return { key, sha256: sha256Of(bytes), treeSha256, manifests };
}

async function* entriesOf(ranges: AsyncIterable<CompletedRange>): AsyncGenerator<IndexEntry> {
  for await (const { from, to, stage, outcome } of ranges) {
    const { manifestKey: key, manifestSha256: sha256, chunks, bytes, failedTasks, filledTiles } = outcome;
    yield { from, to, stage, key, sha256, chunks, bytes, failedTasks, filledTiles };
  }
}

/** @param entries - in order of `from` */
export async function encodeIndex(head: IndexHead, entries: AsyncIterable<IndexEntry> | Iterable<IndexEntry>) {
  const gzip = createGzip({ level: 6 });
  const packed: Buffer[] = [];
  gzip.on("data", (piece: Buffer) => packed.push(piece));
  const put = async (line: object) => {
    if (!gzip.write(`${JSON.stringify(line)}\n`)) await once(gzip, "drain");
  };
  await put({ type: "index", version: 1, job: head.job, round: head.round, tool: head.tool });
  const tree = createHash("sha256");
  let manifests = 0;
  for await (const entry of entries) {
    await put({ type: "manifest", ...entry });
    tree.update(`${entry.from} ${entry.sha256}\n`);
    manifests++;
  }
  const treeSha256 = tree.digest("hex");
  await put({ type: "tree", manifests, sha256: treeSha256 });
  gzip.end();
  await once(gzip, "end");
  const bytes = Buffer.concat(packed);
  bytes[9] = 0xff; // as in a manifest: the same bytes on every machine
  return { bytes, treeSha256, manifests };
}

/** @throws CirrusError `E_MANIFEST_INVALID` when it is gone, truncated, or its digest over the manifests does not fit */
export async function readIndex(
  store: KeyValueStore,
  key: string,
): Promise<IndexHead & { readonly entries: readonly IndexEntry[]; readonly treeSha256: string }> {
  const found = await store.get(key);
  if (!found)
    throw new CirrusError("E_MANIFEST_INVALID", `no index of manifests at ${store.url}/${key}`, { context: { key } });
  const lines = parseLines(found.bytes, key);
  const [head, ...rest] = lines;
  const last = rest.pop();
  if (head?.type !== "index" || head.version !== 1 || last?.type !== "tree")
    throw invalid(key, "its first or last line is missing");
  const entries: IndexEntry[] = [];
  const tree = createHash("sha256");
  for (const line of rest) {
    if (line.type !== "manifest") throw invalid(key, `it has a line of type ${JSON.stringify(line.type)}`);
    const { type: _type, ...entry } = line;
    entries.push(entry);
    tree.update(`${entry.from} ${entry.sha256}\n`);
  }
  if (tree.digest("hex") !== last.sha256 || entries.length !== last.manifests)
    throw invalid(key, "its digest does not fit its lines");
  return { job: head.job, round: head.round, tool: head.tool, entries, treeSha256: last.sha256 };
}

type Line =
  | { type: "index"; version: number; job: string; round: number; tool: string }
  | ({ type: "manifest" } & IndexEntry)
  | { type: "tree"; manifests: number; sha256: string };

function parseLines(bytes: Uint8Array, key: string): Line[] {
  try {
    // Written by writeIndex; readIndex checks types, count and digest.
    return gunzipSync(bytes)
      .toString("utf8")
      .trimEnd()
      .split("\n")
      .map((line) => JSON.parse(line) as Line);
  } catch (cause) {
    throw invalid(key, "it does not unpack", cause);
  }
}

const invalid = (key: string, why: string, cause?: unknown): CirrusError =>
  new CirrusError("E_MANIFEST_INVALID", `${key} is no valid index of manifests: ${why}`, { context: { key }, cause });
