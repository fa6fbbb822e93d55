/**
 * The bytes of a shard: an index of its minishards, the chunks, and for each minishard an index of its chunks.
 *
 * Offsets in either index count from the end of the first one. A minishard's index is three rows of n numbers of 64 bits: ids, starts
 * and sizes, where ids and starts are differences (a start from the end of the chunk before).
 *
 * @see https://github.com/google/neuroglancer/blob/master/src/datasource/precomputed/sharded.md
 */
import { corruptChunk } from "../encodings/encoding.js";
import type { ShardingSpec } from "../volume-info.js";

/** Bytes `[start, end)`. */
export interface ByteSpan {
  readonly start: number;
  readonly end: number;
}

/** A chunk's place among the data; offsets from the end of the shard index. */
export interface ShardEntry {
  readonly id: bigint;
  readonly minishard: number;
  readonly start: number;
  readonly sizeBytes: number;
}

export const shardIndexBytes = ({ minishardBits }: Pick<ShardingSpec, "minishardBits">): number =>
  16 * 2 ** minishardBits;

/** What surrounds the chunks of a shard. */
export interface ShardFrame {
  /** Goes before the chunks. */
  readonly shardIndex: Uint8Array;
  /** Goes behind them. */
  readonly minishardIndices: readonly Uint8Array[];
}

/**
 * @param entries - every chunk of the shard, whose data lie one after another
 * @param dataBytes - of all chunks
 * @param pack - compresses an index, where the spec says gzip
 */
export function frameOf(
  entries: readonly ShardEntry[],
  dataBytes: number,
  { spec, pack }: { readonly spec: ShardingSpec; readonly pack: (bytes: Uint8Array) => Uint8Array },
): ShardFrame {
  const shardIndex = new BigUint64Array(2 * 2 ** spec.minishardBits);
  const groups = new Map<number, ShardEntry[]>();
  for (const entry of entries) {
    const group = groups.get(entry.minishard);
    if (group) group.push(entry);
    else groups.set(entry.minishard, [entry]);
  }
  const minishardIndices: Uint8Array[] = [];
  let at = dataBytes;
  for (const minishard of [...groups.keys()].sort((a, b) => a - b)) {
    const plain = minishardIndex(groups.get(minishard)!);
    const index = spec.minishardIndexEncoding === "gzip" ? pack(plain) : plain;
    shardIndex[2 * minishard] = BigInt(at);
    at += index.byteLength;
    shardIndex[2 * minishard + 1] = BigInt(at);
    minishardIndices.push(index);
  }
  return { shardIndex: new Uint8Array(shardIndex.buffer), minishardIndices };
}

function minishardIndex(entries: readonly ShardEntry[]): Uint8Array {
  const sorted = entries.toSorted((a, b) => (a.id < b.id ? -1 : 1));
  const n = sorted.length;
  const words = new BigUint64Array(3 * n);
  let lastId = 0n;
  let lastEnd = 0;
  sorted.forEach(({ id, start, sizeBytes }, i) => {
    words[i] = id - lastId;
    // Below zero where the data are in another order: modulo 2^64, as readers add them up.
    words[n + i] = BigInt.asUintN(64, BigInt(start - lastEnd));
    words[2 * n + i] = BigInt(sizeBytes);
    lastId = id;
    lastEnd = start + sizeBytes;
  });
  return new Uint8Array(words.buffer);
}

/**
 * Where a minishard's index lies in the file; undefined for one without chunks.
 *
 * @param bytes - the 16 bytes of the shard index for this minishard
 * @throws CirrusError `E_CHUNK_CORRUPT`
 */
export function minishardSpan(bytes: Uint8Array, spec: ShardingSpec): ByteSpan | undefined {
  if (bytes.byteLength !== 16) throw corruptChunk("its shard index is cut off");
  const [start, end] = numbersOf(bytes) as [number, number];
  if (start === end) return undefined;
  if (start > end) throw corruptChunk("its shard index has an end before a start");
  const base = shardIndexBytes(spec);
  return { start: base + start, end: base + end };
}

/**
 * Where each chunk of a minishard lies in the file, by number.
 *
 * @param bytes - of the minishard's index, not compressed
 * @throws CirrusError `E_CHUNK_CORRUPT`
 */
export function chunkSpans(bytes: Uint8Array, spec: ShardingSpec): Map<bigint, ByteSpan> {
  if (bytes.byteLength === 0 || bytes.byteLength % 24 !== 0) throw corruptChunk("a minishard index is cut off");
  const words = new BigUint64Array(new Uint8Array(bytes).buffer);
  const n = words.length / 3;
  const spans = new Map<bigint, ByteSpan>();
  let id = 0n;
  let at = BigInt(shardIndexBytes(spec));
  for (let i = 0; i < n; i++) {
    id = BigInt.asUintN(64, id + words[i]!);
    const start = BigInt.asUintN(64, at + words[n + i]!);
    at = BigInt.asUintN(64, start + words[2 * n + i]!);
    if (at < start || at > BigInt(Number.MAX_SAFE_INTEGER))
      throw corruptChunk("a minishard index has an impossible place");
    spans.set(id, { start: Number(start), end: Number(at) });
  }
  return spans;
}

const numbersOf = (bytes: Uint8Array): number[] => [...new BigUint64Array(new Uint8Array(bytes).buffer)].map(Number);
