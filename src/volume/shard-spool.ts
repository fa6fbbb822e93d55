/** Encoded chunks of shards that are being made: they wait in a file, so that memory holds one shard at the most. */
import { closeSync, mkdtempSync, openSync, readSync, rmSync, writeSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { product, subtract } from "../core/vec3.js";
import type { BoundingBox } from "../core/bounding-box.js";
import { gzipChunk } from "../formats/precomputed/encodings/compression.js";
import { giveBytes } from "../kernels/arena.js";
import { shardKey, shardPlace } from "../formats/precomputed/sharding/chunk-id.js";
import { cellsPerShard, shardAround } from "../formats/precomputed/sharding/shard-box.js";
import { frameOf, type ShardEntry } from "../formats/precomputed/sharding/shard-file.js";
import { gridOf } from "../formats/precomputed/volume-info.js";
import { cellsTouching, gridShape } from "../geometry/chunk-grid.js";
import { idOf, type ShardedScale } from "./shard-reader.js";

interface OpenShard {
  readonly scale: ShardedScale;
  /** Chunks that it will have. */
  readonly expected: number;
  readonly chunks: Spooled[];
  bytes: number;
}

interface Spooled {
  readonly id: bigint;
  readonly minishard: number;
  readonly at: number;
  readonly sizeBytes: number;
}

/** A shard's whole file. */
export interface WholeShard {
  readonly key: string;
  readonly bytes: Uint8Array;
  /** To be called when the bytes are not needed any more: the next shard takes their memory. */
  release(): true;
}

/**
 * For the shards of one task after another: `clear` it after each, whatever happened. The file and the memory are used again, because fresh
 * pages cost more than the bytes that are put into them.
 */
export class ShardSpool {
  readonly #shards = new Map<string, OpenShard>();
  /** Of a shard that was put. */
  #room: ArrayBuffer | undefined;
  #descriptor: number | undefined;
  #end = 0;

  /**
   * Takes a chunk.
   *
   * @param bytes - encoded, without the compression that the sharding adds
   * @returns the shard, when this was its last chunk
   */
  add(scale: ShardedScale, box: BoundingBox, bytes: Uint8Array): WholeShard | undefined {
    const { sharding } = scale;
    const id = idOf(scale, box);
    const { shard, minishard } = shardPlace(id, sharding);
    const key = shardKey(scale.key, shard, sharding);
    const open = this.#shards.get(key) ?? { scale, expected: chunksOfShard(scale, box), chunks: [], bytes: 0 };
    this.#shards.set(key, open);
    const packed = sharding.dataEncoding === "gzip" ? gzipChunk(bytes, scale.encoding) : bytes;
    open.chunks.push({ id, minishard, at: this.#append(packed), sizeBytes: packed.byteLength });
    open.bytes += packed.byteLength;
    if (packed !== bytes) giveBytes(packed);
    if (open.chunks.length < open.expected) return undefined;
    this.#shards.delete(key);
    const file = this.#assemble(open);
    if (this.#shards.size === 0) this.#end = 0;
    return { key, bytes: file, release: () => ((this.#room = file.buffer as ArrayBuffer), true) };
  }

  /** Keys of shards of which chunks are missing. */
  get unfinished(): readonly string[] {
    return [...this.#shards.keys()];
  }

  /** Forgets what waits. */
  clear(): void {
    this.#shards.clear();
    this.#end = 0;
  }

  close(): void {
    if (this.#descriptor !== undefined) closeSync(this.#descriptor);
    this.#descriptor = undefined;
  }

  #append(bytes: Uint8Array): number {
    this.#descriptor ??= openUnnamed();
    const at = this.#end;
    for (let done = 0; done < bytes.byteLength;)
      done += writeSync(this.#descriptor, bytes, done, bytes.byteLength - done, at + done);
    this.#end += bytes.byteLength;
    return at;
  }

  /** The chunks by number, as every reader likes them. */
  #assemble({ scale: { sharding }, chunks, bytes }: OpenShard): Uint8Array {
    chunks.sort((a, b) => (a.id < b.id ? -1 : 1));
    let next = 0;
    const entries = chunks.map(({ id, minishard, sizeBytes }): ShardEntry => {
      const start = next;
      next += sizeBytes;
      return { id, minishard, start, sizeBytes };
    });
    const { shardIndex, minishardIndices } = frameOf(entries, bytes, { spec: sharding, pack: gzipChunk });
    const behind = minishardIndices.reduce((sum, index) => sum + index.byteLength, 0);
    const file = this.#take(shardIndex.byteLength + bytes + behind);
    file.set(shardIndex);
    let to = shardIndex.byteLength;
    for (const { at, sizeBytes } of chunks) {
      this.#read(file.subarray(to, to + sizeBytes), at);
      to += sizeBytes;
    }
    for (const index of minishardIndices) {
      file.set(index, to);
      to += index.byteLength;
      giveBytes(index);
    }
    return file;
  }

  /** A little more than asked for: the next shard may not compress as well. */
  #take(bytes: number): Uint8Array {
    const room = this.#room && this.#room.byteLength >= bytes ? this.#room : undefined;
    if (room) this.#room = undefined;
    return new Uint8Array(room ?? Buffer.allocUnsafeSlow(Math.ceil(1.02 * bytes)).buffer, 0, bytes);
  }

  #read(target: Uint8Array, at: number): void {
    for (let done = 0; done < target.byteLength;) {
      const count = readSync(this.#descriptor!, target, done, target.byteLength - done, at + done);
      if (count === 0) throw new Error("the spool file of a shard is shorter than what was written to it");
      done += count;
    }
  }
}

/** Of the shard that the chunk with this box is in. @throws Error for shards that are no boxes: the plan refuses them */
function chunksOfShard(scale: ShardedScale, box: BoundingBox): number {
  const grid = gridOf(scale);
  const cells = gridShape(grid);
  const perShard = cellsPerShard(scale.sharding, cells);
  if (!perShard) throw new Error(`the shards of ${scale.key} are no boxes of chunks`);
  const shard = shardAround(cellsTouching(box, grid).min, perShard, cells);
  return product(subtract(shard.max, shard.min));
}

/** A file without a name: nothing of it is left when this process ends, however it does. */
function openUnnamed(): number {
  const folder = mkdtempSync(join(tmpdir(), "cirrus-spool-"));
  try {
    return openSync(join(folder, "chunks"), "wx+");
  } finally {
    rmSync(folder, { recursive: true, force: true });
  }
}
