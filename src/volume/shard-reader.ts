/** Chunks out of shards, by ranges: the shard's index, the minishard's index, the chunk. Indices that were read are kept. */
import type { BoundingBox } from "../core/bounding-box.js";
import { floorDivide, subtract } from "../core/vec3.js";
import { corruptChunk } from "../formats/precomputed/encodings/encoding.js";
import { gunzipChunk } from "../formats/precomputed/encodings/compression.js";
import { chunkId, shardKey, shardPlace } from "../formats/precomputed/sharding/chunk-id.js";
import { chunkSpans, minishardSpan, type ByteSpan } from "../formats/precomputed/sharding/shard-file.js";
import { gridOf, type Scale, type ShardingSpec } from "../formats/precomputed/volume-info.js";
import { gridShape } from "../geometry/chunk-grid.js";
import type { KeyValueStore } from "../storage/store.js";

export interface ShardedScale extends Scale {
  readonly sharding: ShardingSpec;
}

export const isSharded = (scale: Scale): scale is ShardedScale => scale.sharding !== undefined;

/** A minishard's index is 24 bytes per chunk; more than this is no index. */
const mostIndexBytes = 64 * 2 ** 20;
const indicesKept = 256;

/** Number of the chunk with this box, clipped to the volume. */
export function idOf(scale: ShardedScale, box: BoundingBox): bigint {
  const grid = gridOf(scale);
  return chunkId(floorDivide(subtract(box.min, grid.bounds.min), grid.chunkSize), gridShape(grid));
}

/** Key of the shard that holds the chunk with this box. */
export const shardKeyOf = (scale: ShardedScale, box: BoundingBox): string =>
  shardKey(scale.key, shardPlace(idOf(scale, box), scale.sharding).shard, scale.sharding);

export class ShardReader {
  readonly #store: KeyValueStore;
  readonly #scale: ShardedScale;
  /** By shard and minishard, the latest last; undefined for what is not there. */
  readonly #indices = new Map<string, Promise<ReadonlyMap<bigint, ByteSpan> | undefined>>();

  constructor(store: KeyValueStore, scale: ShardedScale) {
    this.#store = store;
    this.#scale = scale;
  }

  /**
   * The chunk as it is stored, without the compression that the sharding adds; undefined when it is not there.
   *
   * @param mostBytes - more than this is refused
   * @throws CirrusError `E_CHUNK_CORRUPT`
   */
  async read(box: BoundingBox, mostBytes: number): Promise<Uint8Array | undefined> {
    const { sharding, key: scaleKey } = this.#scale;
    const id = idOf(this.#scale, box);
    const { shard, minishard } = shardPlace(id, sharding);
    const key = shardKey(scaleKey, shard, sharding);
    const span = (await this.#index(key, minishard))?.get(id);
    if (!span) return undefined;
    // gzip makes noise a little larger.
    if (span.end - span.start > mostBytes + mostBytes / 8 + 1024)
      throw corruptChunk(`it takes ${span.end - span.start} bytes`);
    const stored = await this.#range(key, span);
    return sharding.dataEncoding === "gzip" ? gunzipChunk(stored, mostBytes) : stored;
  }

  #index(key: string, minishard: number): Promise<ReadonlyMap<bigint, ByteSpan> | undefined> {
    const name = `${key} ${minishard}`;
    const known = this.#indices.get(name);
    if (known) return known;
    const reading = this.#readIndex(key, minishard);
    this.#indices.set(name, reading);
    // A failed reading, and a shard that is not there yet, are looked at again.
    reading.then(
      (index) => index ?? this.#indices.delete(name),
      () => this.#indices.delete(name),
    );
    if (this.#indices.size > indicesKept) this.#indices.delete(this.#indices.keys().next().value!);
    return reading;
  }

  async #readIndex(key: string, minishard: number): Promise<ReadonlyMap<bigint, ByteSpan> | undefined> {
    const { sharding } = this.#scale;
    const head = await this.#store.getRange(key, { offset: 16 * minishard, length: 16 });
    if (!head) return undefined;
    const span = minishardSpan(head, sharding);
    if (!span) return new Map();
    if (span.end - span.start > mostIndexBytes) throw corruptChunk("a minishard index is too large");
    const stored = await this.#range(key, span);
    const plain = sharding.minishardIndexEncoding === "gzip" ? await gunzipChunk(stored, mostIndexBytes) : stored;
    return chunkSpans(plain, sharding);
  }

  async #range(key: string, { start, end }: ByteSpan): Promise<Uint8Array> {
    const bytes = await this.#store.getRange(key, { offset: start, length: end - start });
    if (bytes?.byteLength !== end - start) throw corruptChunk("the shard is cut off");
    return bytes;
  }
}
