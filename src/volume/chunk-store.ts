/** Chunks of one scale in a store: the only place where voxels become objects and objects voxels. */
import { createHash, hash } from "node:crypto";
import { sizeOf, type BoundingBox } from "../core/bounding-box.js";
import type { VoxelArray } from "../core/data-type.js";
import { CirrusError, isCirrusError } from "../core/errors.js";
import { chunkKey } from "../formats/precomputed/chunk-key.js";
import { brotliChunk, gzipChunk } from "../formats/precomputed/encodings/compression.js";
import { corruptChunk, mostEncodedBytes, type ChunkShape } from "../formats/precomputed/encodings/encoding.js";
import { encodingFor, encodingNamed } from "../formats/precomputed/encodings/table.js";
import { scaleOf, type Scale, type VolumeInfo } from "../formats/precomputed/volume-info.js";
import { giveBytes } from "../kernels/arena.js";
import type { KeyValueStore, PutOptions, StoredObject, WritableStore } from "../storage/store.js";
import { unpackObject } from "./content-encoding.js";
import { isSharded, ShardReader, shardKeyOf, type ShardedScale } from "./shard-reader.js";
import type { WholeShard } from "./shard-spool.js";
import { isBucketUrl, type StoredForm } from "./stored-form.js";

/** What is told of a stored object; the shape of engine/messages.ts' ChunkReceipt. */
export interface StoredChunk {
  readonly key: string;
  readonly bytes: number;
  /** SHA-256 of the stored bytes, lower-case hex. */
  readonly sha256: string;
}

/** Chunks of one scale: what both directions need. */
export interface ChunkSeries {
  readonly scale: Scale;
  readonly dataType: ChunkShape["dataType"];
  readonly channels: number;
}

/** @throws CirrusError `E_SCALE_UNKNOWN` */
export const seriesOf = (info: VolumeInfo, mip: number): ChunkSeries => ({
  scale: scaleOf(info, mip),
  dataType: info.dataType,
  channels: info.channels,
});

const shapeOf = ({ dataType, channels }: ChunkSeries, box: BoundingBox): ChunkShape => ({
  dataType,
  channels,
  size: sizeOf(box),
});

/** A chunk ready to be put: nothing of the voxels' memory is needed any more, unless the form is plain and the encoding raw. */
export interface PackedChunk {
  readonly key: string;
  readonly bytes: Uint8Array;
  readonly put: PutOptions;
  /** Called when the bytes are not needed any more: true when their memory will be used again. */
  release?(): boolean;
}

export interface VoxelChunk {
  /** Of the grid, clipped to the volume. */
  readonly box: BoundingBox;
  /** x fastest, then y, z, channel. */
  readonly voxels: VoxelArray;
}

interface EncodedChunk {
  readonly bytes: Uint8Array;
  /** Called when the bytes are not needed any more: true when their memory will be used again. */
  release(): boolean;
}

/** Encodes. @throws CirrusError `E_ENCODING_UNSUPPORTED` */
export async function encodeChunk(series: ChunkSeries, { box, voxels }: VoxelChunk): Promise<EncodedChunk> {
  const bytes = await encodingFor(series.scale.encoding, series).encode(voxels, shapeOf(series, box), series.scale);
  const isOfVoxels = bytes.buffer === voxels.buffer && bytes.byteOffset === voxels.byteOffset;
  return { bytes, release: () => isOfVoxels || giveBytes(bytes) };
}

/**
 * Encodes and compresses; for chunks that are objects of their own.
 *
 * @throws CirrusError `E_ENCODING_UNSUPPORTED`
 */
export async function packChunk(series: ChunkSeries, form: StoredForm, chunk: VoxelChunk): Promise<PackedChunk> {
  const encoded = await encodeChunk(series, chunk);
  const encoding = encodingNamed(series.scale.encoding);
  const key = storedKey(series, form, chunk.box);
  const contentType = encoding.isCompressed ? `image/${encoding.name}` : "application/octet-stream";
  if (form === "plain") return { key, ...encoded, put: { contentType } };
  if (form === "br-name") {
    const packed = brotliChunk(encoded.bytes);
    encoded.release();
    return { key, bytes: packed, put: { contentType } };
  }
  const bytes = gzipChunk(encoded.bytes, encoding.name);
  encoded.release();
  const release = (): boolean => giveBytes(bytes);
  if (form === "gz-name") return { key, bytes, put: { contentType }, release };
  return { key, bytes, put: { contentType, contentEncoding: "gzip" }, release };
}

/** Key of the object that holds a chunk written in a form: its own, or its shard's. */
export const storedKey = ({ scale }: ChunkSeries, form: StoredForm, box: BoundingBox): string =>
  isSharded(scale) ? shardKeyOf(scale, box) : chunkKey(scale.key, box) + suffixOf(form);

const suffixOf = (form: StoredForm): string => (form === "gz-name" ? ".gz" : form === "br-name" ? ".br" : "");

/** Puts a packed chunk; the digest is that of the bytes given to the store. */
export async function putChunk(store: WritableStore, { key, bytes, put }: PackedChunk): Promise<StoredChunk> {
  const sha256 = sha256Of(bytes);
  await store.put(key, bytes, put);
  return { key, bytes: bytes.byteLength, sha256 };
}

/** As `putChunk`, for a whole shard. */
export async function putShard(store: WritableStore, shard: WholeShard): Promise<StoredChunk> {
  const { key, parts } = shard;
  if (!store.putParts)
    return putChunk(store, { key, bytes: shard.joined(), put: { contentType: "application/octet-stream" } });
  let digest = createHash("sha256");
  await store.putParts(key, {
    byteLength: parts.byteLength,
    *[Symbol.iterator]() {
      digest = createHash("sha256");
      for (const part of parts) {
        digest.update(part); // just before it is written: what was fetched for one is near for the other
        yield part;
      }
    },
  });
  return { key, bytes: parts.byteLength, sha256: digest.digest("hex") };
}

export interface ChunkWriter {
  readonly store: WritableStore;
  readonly series: ChunkSeries;
  readonly form: StoredForm;
}

/** Encode, compress, digest, put. Not yet durable: `store.sync` makes it so. */
export async function writeChunk({ store, series, form }: ChunkWriter, chunk: VoxelChunk): Promise<StoredChunk> {
  const packed = await packChunk(series, form, chunk);
  try {
    return await putChunk(store, packed);
  } finally {
    packed.release?.();
  }
}

/** Names under which other writers put compressed chunks in folders, and what they are. */
const suffixes = { ".gz": "gzip", ".br": "br", ".zstd": "zstd" } as const;

/** Every key that a chunk may have; the plain one first. */
export const keysOfChunk = (key: string): readonly string[] => [
  key,
  ...Object.keys(suffixes).map((suffix) => key + suffix),
];

/** Deletes a chunk under its other names, of which readers might take one for the chunk that was just put at `key`. */
export async function removeOtherForms(store: WritableStore, key: string): Promise<void> {
  if (isBucketUrl(store.url)) return;
  const bare = key.replace(/\.(gz|br|zstd)$/, "");
  for (const other of keysOfChunk(bare)) if (other !== key) await store.delete(other);
}

/** Deletes a chunk under every name that it may have. @param key - one of them */
export async function removeAllForms(store: WritableStore, key: string): Promise<void> {
  await removeOtherForms(store, key);
  await store.delete(key);
}

/** The chunk's object under any of its names, with the coding that the name tells. */
export async function findChunk(
  store: KeyValueStore,
  key: string,
): Promise<(StoredObject & { readonly key: string }) | undefined> {
  const plain = await store.get(key);
  if (plain) return { ...plain, key };
  if (isBucketUrl(store.url)) return undefined; // there Content-Encoding tells, and three more requests per hole would cost
  for (const [suffix, contentEncoding] of Object.entries(suffixes)) {
    const found = await store.get(key + suffix);
    if (found) return { ...found, contentEncoding, key: key + suffix };
  }
  return undefined;
}

/** True when the chunk is there under any of its names. */
export async function hasChunk(store: KeyValueStore, key: string): Promise<boolean> {
  const keys = isBucketUrl(store.url) ? [key] : keysOfChunk(key);
  for (const candidate of keys) if (await store.stat(candidate)) return true;
  return false;
}

export interface Expected {
  /** Of the stored bytes. */
  readonly sha256?: string;
}

/**
 * @param box - of the grid, clipped to the volume
 * @param expected - of a chunk with an object of its own
 * @returns voxels, x fastest, then y, z, channel; undefined when there is no such chunk
 * @throws CirrusError `E_CHUNK_CORRUPT` naming the key, `E_ENCODING_UNSUPPORTED`
 */
export async function readChunk(
  store: KeyValueStore,
  series: ChunkSeries,
  box: BoundingBox,
  expected: Expected = {},
): Promise<VoxelArray | undefined> {
  const { scale } = series;
  const encoding = encodingNamed(scale.encoding);
  const shape = shapeOf(series, box);
  const mostBytes = mostEncodedBytes(encoding, shape);
  let name = chunkKey(scale.key, box);
  try {
    if (isSharded(scale)) {
      const bytes = await readerOf(store, series, scale).read(box, mostBytes);
      return bytes && (await encoding.decode(bytes, shape, scale));
    }
    const found = await findChunk(store, name);
    if (!found) return undefined;
    name = found.key;
    if (expected.sha256 !== undefined && sha256Of(found.bytes) !== expected.sha256)
      throw corruptChunk("it is not what was written there");
    return await encoding.decode(await unpackObject(found, { mostBytes, key: name }), shape, scale);
  } catch (error) {
    if (!isCirrusError(error, "E_CHUNK_CORRUPT")) throw error;
    throw new CirrusError("E_CHUNK_CORRUPT", `chunk ${name} of ${store.url} is damaged: ${error.message}`, {
      context: { key: name, names: [name] },
      cause: error,
    });
  }
}

/** Indices of shards are kept as long as the series that they were read for: for one box, or for a worker's life. */
const readers = new WeakMap<ChunkSeries, ShardReader>();

function readerOf(store: KeyValueStore, series: ChunkSeries, scale: ShardedScale): ShardReader {
  const reader = readers.get(series) ?? new ShardReader(store, scale);
  readers.set(series, reader);
  return reader;
}

const sha256Of = (bytes: Uint8Array): string => hash("sha256", bytes);
