/** The compressions of TIFF strips and tiles that are read (JPEG by jpeg-block.ts); zstd and the others are refused by name. */
import { inflateSync } from "node:zlib";
import { inflateBlocks, mostPairedBytes, unpackLzwBlock, type StoredBlock } from "../../kernels/tiff-blocks.js";
import { inflatePieces } from "../row-batches.js";
import { unpackLzw, unpackLzwPieces } from "./lzw.js";
import { unpackBits, unpackBitsPieces } from "./packbits.js";

/** For messages. */
export const compressionNames: Readonly<Record<number, string>> = {
  1: "no",
  2: "CCITT",
  3: "CCITT group 3",
  4: "CCITT group 4",
  5: "LZW",
  6: "old JPEG",
  7: "JPEG",
  8: "deflate",
  32773: "packbits",
  32946: "deflate",
  33003: "JPEG 2000",
  33005: "JPEG 2000",
  34712: "JPEG 2000",
  34887: "LERC",
  34925: "LZMA",
  50000: "zstd",
  50001: "WebP",
  50002: "JPEG XL",
};

export const uncompressed = 1;
export const jpegCompression = 7;

interface Codec {
  /** From the stored bytes of a block to at least `expectedBytes` of pixels, if there are so many. Throws on broken codes. */
  readonly unpack: (block: StoredBlock) => Uint8Array;
  /** Two small blocks faster than one after the other; undefined for what `unpack` has to try. */
  readonly unpackTwo?: (blocks: readonly StoredBlock[]) => (Uint8Array | undefined)[];
  /** The same piece by piece, for blocks that are too big for memory. */
  readonly unpackPieces: (stored: AsyncIterable<Uint8Array>) => AsyncIterable<Uint8Array>;
}

const deflate: Codec = {
  unpack: (block) =>
    inflateBlocks([block])[0] ?? inflateSync(block.stored, { chunkSize: Math.max(64, block.expectedBytes) }),
  unpackTwo: inflateBlocks,
  unpackPieces: inflatePieces,
};

const codecs: Readonly<Record<number, Codec>> = {
  [uncompressed]: { unpack: ({ stored }) => stored, unpackPieces: (stored) => stored },
  5: {
    unpack: (block) => unpackLzwBlock(block) ?? unpackLzw(block.stored, block.expectedBytes),
    unpackPieces: unpackLzwPieces,
  },
  8: deflate,
  32773: {
    unpack: ({ stored, expectedBytes }) => unpackBits(stored, expectedBytes),
    unpackPieces: unpackBitsPieces,
  },
  32946: deflate,
};

export const isDeflate = (compression: number): boolean => codecs[compression] === deflate;

export const isSupported = (compression: number): boolean =>
  compression === jpegCompression || Object.hasOwn(codecs, compression);

/**
 * @returns exactly `expectedBytes`, valid until the next call; what some writers pad a last strip with is cut off
 * @throws RangeError or the codec's error when the block is damaged or too short
 */
export function decompress(compression: number, block: StoredBlock): Uint8Array {
  const { expectedBytes } = block;
  const pixels = codecs[compression]!.unpack(block);
  if (pixels.length < expectedBytes)
    throw new RangeError(`${pixels.length} bytes of pixels instead of ${expectedBytes}`);
  return pixels.length === expectedBytes ? pixels : pixels.subarray(0, expectedBytes);
}

/** Whether `decompressTwo` may be given the blocks. */
export const isPaired = (compression: number, blocks: readonly StoredBlock[]): boolean =>
  codecs[compression]!.unpackTwo !== undefined &&
  blocks.length === 2 &&
  blocks.every(({ stored, expectedBytes }) => Math.max(stored.length, expectedBytes) <= mostPairedBytes);

/** @returns as `decompress`, both valid until the next call of either; undefined for what `decompress` has to try */
export const decompressTwo = (compression: number, blocks: readonly StoredBlock[]): (Uint8Array | undefined)[] =>
  codecs[compression]!.unpackTwo!(blocks);

/** As the codec gives them: the receiver counts. */
export const decompressPieces = (compression: number, stored: AsyncIterable<Uint8Array>): AsyncIterable<Uint8Array> =>
  codecs[compression]!.unpackPieces(stored);
