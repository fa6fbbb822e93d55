/** Encoded chunks of shards that are being made: they wait in memory as far as the budget goes, then in a file. */
import { product, subtract } from "../core/vec3.js";
import type { BoundingBox } from "../core/bounding-box.js";
import { gzipChunk } from "../formats/precomputed/encodings/compression.js";
import { giveBytes, ownsBytes, takeBytes } from "../kernels/arena.js";
import { shardKey, shardPlace } from "../formats/precomputed/sharding/chunk-id.js";
import { cellsPerShard, shardAround } from "../formats/precomputed/sharding/shard-box.js";
import { frameOf, type ShardEntry } from "../formats/precomputed/sharding/shard-file.js";
import { gridOf } from "../formats/precomputed/volume-info.js";
import { cellsTouching, gridShape } from "../geometry/chunk-grid.js";
import type { ByteParts } from "../storage/store.js";
import { idOf, type ShardedScale } from "./shard-reader.js";
import { SpoolFile } from "./spool-file.js";

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
  readonly sizeBytes: number;
  /** The bytes, or where they begin in the file. */
  readonly waits: Uint8Array | number;
}

/** A shard's whole file. */
export interface WholeShard {
  readonly key: string;
  readonly parts: ByteParts;
  /** The same, in memory that the next shard takes again: one at a time. */
  joined(): Uint8Array;
  /** To be called, once, when the shard is not needed any more. */
  release(): true;
}

/** For the shards of one task after another: `clear` it after each, whatever happened. File and memory are used again. */
export class ShardSpool {
  readonly #shards = new Map<string, OpenShard>();
  readonly #file = new SpoolFile();
  #memoryBytes = 0;
  #heldBytes = 0;
  /** Of a shard that was joined, and of a chunk that was read back. */
  #room: ArrayBuffer | undefined;
  #chunkRoom = new Uint8Array(0);

  /** @param bytes - of the arena that chunks may wait in from now on; where there is no arena, all of them wait in the file */
  allow(bytes: number): void {
    this.#memoryBytes = bytes;
  }

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
    open.chunks.push({ id, minishard, sizeBytes: packed.byteLength, waits: this.#keep(packed, packed !== bytes) });
    open.bytes += packed.byteLength;
    if (open.chunks.length < open.expected) return undefined;
    this.#shards.delete(key);
    return this.#whole(key, open);
  }

  /** Keys of shards of which chunks are missing. */
  get unfinished(): readonly string[] {
    return [...this.#shards.keys()];
  }

  /** Forgets what waits. */
  clear(): void {
    for (const { chunks } of this.#shards.values()) this.#forget(chunks);
    this.#shards.clear();
    this.#file.clear();
  }

  close(): void {
    this.#file.close();
  }

  /** @param isOwn - nobody else needs the bytes or gives them back */
  #keep(bytes: Uint8Array, isOwn: boolean): Uint8Array | number {
    const fits = this.#heldBytes + bytes.byteLength <= this.#memoryBytes;
    // Of memory that is not the arena's more than the bytes may stay in use.
    const held = fits ? (isOwn && ownsBytes(bytes) ? bytes : copyOf(bytes)) : undefined;
    const waits = held ?? this.#file.append(bytes);
    if (held) this.#heldBytes += held.byteLength;
    if (isOwn && held !== bytes) giveBytes(bytes);
    return waits;
  }

  #forget(chunks: readonly Spooled[]): void {
    for (const { waits } of chunks) {
      if (typeof waits === "number") continue;
      this.#heldBytes -= waits.byteLength;
      giveBytes(waits);
    }
  }

  /** The chunks by number, as every reader likes them. */
  #whole(key: string, { scale: { sharding }, chunks, bytes }: OpenShard): WholeShard {
    chunks.sort((a, b) => (a.id < b.id ? -1 : 1));
    let next = 0;
    const entries = chunks.map(({ id, minishard, sizeBytes }): ShardEntry => {
      const start = next;
      next += sizeBytes;
      return { id, minishard, start, sizeBytes };
    });
    const { shardIndex, minishardIndices } = frameOf(entries, bytes, { spec: sharding, pack: gzipChunk });
    const behind = minishardIndices.reduce((sum, index) => sum + index.byteLength, 0);
    const chunkOf = (chunk: Spooled): Uint8Array => this.#chunk(chunk);
    const parts: ByteParts = {
      byteLength: shardIndex.byteLength + bytes + behind,
      *[Symbol.iterator]() {
        yield shardIndex;
        for (const chunk of chunks) yield chunkOf(chunk);
        yield* minishardIndices;
      },
    };
    return {
      key,
      parts,
      joined: () => this.#join(parts),
      release: () => {
        this.#forget(chunks);
        minishardIndices.forEach(giveBytes);
        if (this.#shards.size === 0) this.#file.clear();
        return true;
      },
    };
  }

  #chunk({ waits, sizeBytes }: Spooled): Uint8Array {
    if (typeof waits !== "number") return waits;
    if (this.#chunkRoom.byteLength < sizeBytes) this.#chunkRoom = new Uint8Array(Math.ceil(1.1 * sizeBytes));
    const chunk = this.#chunkRoom.subarray(0, sizeBytes);
    this.#file.read(chunk, waits);
    return chunk;
  }

  /** In a little more memory than needed: the next shard may not compress as well. */
  #join(parts: ByteParts): Uint8Array {
    const { byteLength } = parts;
    if (!this.#room || this.#room.byteLength < byteLength)
      this.#room = Buffer.allocUnsafeSlow(Math.ceil(1.02 * byteLength)).buffer as ArrayBuffer;
    const whole = new Uint8Array(this.#room, 0, byteLength);
    let at = 0;
    for (const part of parts) {
      whole.set(part, at);
      at += part.byteLength;
    }
    return whole;
  }
}

/** undefined when the arena has no room. */
function copyOf(bytes: Uint8Array): Uint8Array | undefined {
  const copy = takeBytes(bytes.byteLength);
  copy?.set(bytes);
  return copy;
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
