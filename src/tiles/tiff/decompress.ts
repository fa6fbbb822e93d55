/** The compressions of TIFF strips and tiles that are read; JPEG, zstd and the others are refused by name. */
import { inflateSync } from "node:zlib";
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

interface Codec {
  /** From the stored bytes of a block to at least `expectedBytes` of pixels, if there are so many. Throws on broken codes. */
  readonly unpack: (stored: Uint8Array, expectedBytes: number) => Uint8Array;
  /** The same piece by piece, for blocks that are too big for memory. */
  readonly unpackPieces: (stored: AsyncIterable<Uint8Array>) => AsyncIterable<Uint8Array>;
}

const deflate: Codec = {
  unpack: (stored, expectedBytes) => inflateSync(stored, { chunkSize: Math.max(64, expectedBytes) }),
  unpackPieces: inflatePieces,
};

const codecs: Readonly<Record<number, Codec>> = {
  [uncompressed]: { unpack: (stored) => stored, unpackPieces: (stored) => stored },
  5: { unpack: unpackLzw, unpackPieces: unpackLzwPieces },
  8: deflate,
  32773: { unpack: unpackBits, unpackPieces: unpackBitsPieces },
  32946: deflate,
};

export const isSupported = (compression: number): boolean => Object.hasOwn(codecs, compression);

/**
 * @returns exactly `expectedBytes`; what some writers pad a last strip with is cut off
 * @throws RangeError or the codec's error when the block is damaged or too short
 */
export function decompress(compression: number, stored: Uint8Array, expectedBytes: number): Uint8Array {
  const pixels = codecs[compression]!.unpack(stored, expectedBytes);
  if (pixels.length < expectedBytes)
    throw new RangeError(`${pixels.length} bytes of pixels instead of ${expectedBytes}`);
  return pixels.length === expectedBytes ? pixels : pixels.subarray(0, expectedBytes);
}

/** As the codec gives them: the receiver counts. */
export const decompressPieces = (compression: number, stored: AsyncIterable<Uint8Array>): AsyncIterable<Uint8Array> =>
  codecs[compression]!.unpackPieces(stored);
