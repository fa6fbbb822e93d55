/**
 * One digest of all that a run wrote: SHA-256 over `<key> <bytes> <sha256>\n` of every chunk of its manifests, sorted by key as bytes. Of a
 * chunk that was written twice the later one counts; one that was deleted is none.
 * It depends on neither the tasks nor the machines, so two runs that wrote the same chunks have the same one.
 */
import { createHash, type Hash } from "node:crypto";
import type { KeyValueStore } from "../storage/store.js";
import { readIndex, type IndexEntry } from "./manifest-index.js";
import { readManifest } from "./manifest.js";

/** Lines sorted at once: about 150 bytes each. More chunks than this are gone through several times. */
const linesAtOnce = 1_000_000;

/**
 * @param indexKey - of the run's index of manifests
 * @returns `sha256:<hex>`
 * @throws CirrusError `E_MANIFEST_INVALID`
 */
export async function treeDigest(store: KeyValueStore, indexKey: string, most = linesAtOnce): Promise<string> {
  const { entries } = await readIndex(store, indexKey);
  const hash = createHash("sha256");
  for (let after = ""; ;) {
    const { lines, next } = await nextLines(store, entries, { after, most });
    for (const line of lines.values()) hash.update(line);
    if (next === undefined) return digestText(hash);
    after = next;
  }
}

/** The same over chunks that are at hand. */
export function treeDigestOf(
  chunks: readonly { readonly key: string; readonly bytes: number; readonly sha256: string }[],
): string {
  const hash = createHash("sha256");
  for (const line of chunks.map(lineOf).sort(byBytes)) hash.update(line);
  return digestText(hash);
}

const digestText = (hash: Hash): string => `sha256:${hash.digest("hex")}`;

const lineOf = ({ key, bytes, sha256 }: { readonly key: string; readonly bytes: number; readonly sha256: string }) =>
  `${key} ${bytes} ${sha256}\n`;

/** Chunk keys are ASCII, where the order of units is that of bytes. */
const byBytes = (a: string, b: string): number => (a < b ? -1 : a > b ? 1 : 0);

interface Pass {
  /** Last key of the pass before. */
  readonly after: string;
  readonly most: number;
}

/** The first `most` keys after one, of all manifests. Memory holds twice as many. */
async function nextLines(store: KeyValueStore, entries: readonly IndexEntry[], { after, most }: Pass) {
  let lines = new Map<string, string>();
  let last: string | undefined; // keys behind it are for the next pass
  const keepFirst = (): void => {
    const sorted = [...lines].sort(([a], [b]) => byBytes(a, b));
    if (sorted.length > most) last = sorted[most - 1]![0];
    lines = new Map(sorted.slice(0, most));
  };
  for (const { key: manifest } of entries) {
    for (const { chunks } of (await readManifest(store, manifest)).done)
      for (const chunk of chunks) {
        const { key } = chunk;
        if (key <= after || (last !== undefined && key > last)) continue;
        if (chunk.note === "deleted") lines.delete(key);
        else lines.set(key, lineOf(chunk));
      }
    if (lines.size > 2 * most) keepFirst();
  }
  keepFirst();
  return { lines, next: last };
}
