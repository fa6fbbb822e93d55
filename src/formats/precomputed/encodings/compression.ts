/**
 * gzip of chunk bytes, and the reverse with limits. The policy is a function of the content and its encoding (docs/decisions/0002-gzip-policy.md):
 *
 * - bytes that repeat (raw labels, very smooth or narrow images): deflate level 6, as cloud-volume
 * - compressed_segmentation, and noise that repeats a little (blurred micrographs): a short search for matches by our own kernel
 * - noise with runs (black borders, masks): run lengths and Huffman codes, as small as level 6 there and 2 to 3 times as fast
 * - noise (electron micrographs): Huffman codes alone by our own kernel, as small as level 6 and 20 times as fast
 */
import { promisify } from "node:util";
import { brotliCompressSync, brotliDecompress, constants, gunzip, gzipSync, type ZlibOptions } from "node:zlib";
import { messageOf } from "../../../core/errors.js";
import { crc32 } from "../../../kernels/crc32.js";
import { deflate, type DeflateKind } from "../../../kernels/deflate.js";
import { survey } from "../../../kernels/survey.js";
import type { EncodingName } from "../volume-info.js";
import { asPlainBytes, corruptChunk } from "./encoding.js";

export type GzipStrategy = "match" | "quick-match" | "runs" | "noise";

/** memLevel 9: blocks of 32 Ki symbols, a tenth faster than 16 Ki for 0.1 % more bytes. */
const options: Readonly<Record<GzipStrategy, ZlibOptions>> = {
  match: { level: 6 },
  "quick-match": { level: 6 },
  runs: { level: 6, strategy: constants.Z_RLE, memLevel: 9 },
  noise: { level: 6, strategy: constants.Z_HUFFMAN_ONLY, memLevel: 9 },
};

/**
 * Synchronous, because a worker process does nothing else meanwhile. The same bytes always give the same bytes.
 *
 * @param encoding - of the bytes; default: they are voxels as they are
 */
export function gzipChunk(bytes: Uint8Array, encoding?: EncodingName): Uint8Array {
  const strategy = encoding === "compressed_segmentation" ? "quick-match" : chooseStrategy(bytes);
  const kind = strategy === "noise" ? "literals" : strategy === "quick-match" ? "matches" : undefined;
  return (kind && gzipByKernel(kind, bytes)) ?? gzipByZlib(bytes, strategy);
}

/** RFC 1952: no name, no time, an unknown operating system. */
const gzipHeader = [0x1f, 0x8b, 8, 0, 0, 0, 0, 0, 0, 0xff];

/** undefined where the kernel cannot. */
function gzipByKernel(kind: DeflateKind, bytes: Uint8Array): Uint8Array | undefined {
  const packed = deflate(kind, bytes, { before: gzipHeader.length, after: 8 });
  if (!packed) return undefined;
  packed.set(gzipHeader);
  const trailer = new DataView(packed.buffer, packed.byteOffset + packed.byteLength - 8);
  trailer.setUint32(0, crc32(bytes), true);
  trailer.setUint32(4, bytes.byteLength, true);
  return packed;
}

function gzipByZlib(bytes: Uint8Array, strategy: GzipStrategy): Uint8Array {
  // One output buffer: the default of 16 KiB would copy every chunk twice more.
  const packed = gzipSync(bytes, {
    ...options[strategy],
    chunkSize: Math.max(1024, bytes.byteLength + 1024),
  });
  packed[9] = 0xff; // the header's operating system: unknown, so that no machine's shows
  return asPlainBytes(packed);
}

const runShare = 0.003;
/** Share of the bytes outside of runs that repeat earlier ones; noise stays below 0.005, a blur of sigma 1.5 has 0.014 and more. */
const matchShare = 0.008;
/** From here on a longer search finds better matches: more than 3 % would be lost without it. */
const repeatShare = 0.1;

/** By a look at 8 KiB for repetitions and at every 61st byte for runs: 5 % of the time that compressing takes. */
export function chooseStrategy(bytes: Uint8Array): GzipStrategy {
  const { repeats, runs } = survey(bytes);
  if (repeats > repeatShare) return "match";
  if (repeats > matchShare) return "quick-match";
  return runs > runShare ? "runs" : "noise";
}

/** Level 5, cloud-volume's; the window is no larger than the bytes need. The same bytes always give the same bytes. */
export const brotliChunk = (bytes: Uint8Array): Uint8Array =>
  asPlainBytes(
    brotliCompressSync(bytes, {
      params: { [constants.BROTLI_PARAM_QUALITY]: 5, [constants.BROTLI_PARAM_SIZE_HINT]: bytes.byteLength },
    }),
  );

const gunzipAsync = promisify(gunzip);
const brotliAsync = promisify(brotliDecompress);

/**
 * @param mostBytes - more than this is refused, so that a small file cannot fill the memory
 * @throws CirrusError `E_CHUNK_CORRUPT` when the stream is cut off or altered, or holds more
 */
export const gunzipChunk = (bytes: Uint8Array, mostBytes: number): Promise<Uint8Array> =>
  gunzipAsync(bytes, { maxOutputLength: mostBytes }).then(asPlainBytes, (cause: unknown) => {
    throw corruptChunk(`gzip: ${messageOf(cause)}`, cause);
  });

/** As `gunzipChunk`, for brotli. */
export const unbrotliChunk = (bytes: Uint8Array, mostBytes: number): Promise<Uint8Array> =>
  brotliAsync(bytes, { maxOutputLength: mostBytes }).then(asPlainBytes, (cause: unknown) => {
    throw corruptChunk(`brotli: ${messageOf(cause)}`, cause);
  });
