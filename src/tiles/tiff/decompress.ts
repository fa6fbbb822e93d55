/** The compressions of TIFF strips and tiles that are read; JPEG, zstd and the others are refused by name. */
import { inflateSync } from "node:zlib";
import { unpackLzw } from "./lzw.js";
import { unpackBits } from "./packbits.js";

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

/** From the stored bytes of a block to at least `expectedBytes` of pixels, if there are so many. Throws on broken codes. */
type Decompressor = (stored: Uint8Array, expectedBytes: number) => Uint8Array;

const inflateBlock: Decompressor = (stored, expectedBytes) =>
  inflateSync(stored, { chunkSize: Math.max(64, expectedBytes) });

const decompressors: Readonly<Record<number, Decompressor>> = {
  [uncompressed]: (stored) => stored,
  5: unpackLzw,
  8: inflateBlock,
  32773: unpackBits,
  32946: inflateBlock,
};

export const isSupported = (compression: number): boolean => Object.hasOwn(decompressors, compression);

/**
 * @returns exactly `expectedBytes`; what some writers pad a last strip with is cut off
 * @throws RangeError or the codec's error when the block is damaged or too short
 */
export function decompress(compression: number, stored: Uint8Array, expectedBytes: number): Uint8Array {
  const pixels = decompressors[compression]!(stored, expectedBytes);
  if (pixels.length < expectedBytes)
    throw new RangeError(`${pixels.length} bytes of pixels instead of ${expectedBytes}`);
  return pixels.length === expectedBytes ? pixels : pixels.subarray(0, expectedBytes);
}
