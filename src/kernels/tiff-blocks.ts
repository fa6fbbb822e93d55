/** Decodes strips and tiles of TIFF pages: inflates two at a time, unpacks LZW at many times the speed of TypeScript, sums up differences. */
import { addressOf } from "./arena.js";
import { inflatePlaces, Layout, placeStreams } from "./inflate.js";
import { loadKernels } from "./kernels.js";

/** More than this is decoded elsewhere, so that the kernels' memory stays small: it is never given back. */
const mostBytes = 9 * 2 ** 20;
/** Two at a time take both of their bytes. */
export const mostPairedBytes = 2 * 2 ** 20;

/** One strip or tile as it is stored. */
export interface StoredBlock {
  readonly stored: Uint8Array;
  /** Of the pixels. */
  readonly expectedBytes: number;
}

const fits = ({ stored, expectedBytes }: StoredBlock): boolean =>
  stored.length <= mostBytes && expectedBytes <= mostBytes;

/**
 * Inflates zlib streams.
 *
 * @param blocks - one, or two of at most `mostPairedBytes` each
 * @returns the pixels' bytes, at an address that is aligned for every type, to be changed and used before the next call of any kernel;
 *   undefined for what zlib has to judge: damaged, padded or too large streams
 */
export function inflateBlocks(blocks: readonly StoredBlock[]): (Uint8Array | undefined)[] {
  const kernels = blocks.every(fits) ? loadKernels() : undefined;
  if (!kernels) return blocks.map(() => undefined);
  const layout = new Layout(kernels);
  const streams = blocks.map(({ stored, expectedBytes }) => ({ compressed: [stored], lengthBytes: expectedBytes }));
  const places = placeStreams(streams, layout, kernels);
  const memory = kernels.reserve(layout.bytes);
  const areThere = inflatePlaces(kernels, places, memory);
  return places.map(({ output, deflated }, i) =>
    areThere[i] ? memory.subarray(output, output + deflated.lengthBytes) : undefined,
  );
}

/**
 * Unpacks TIFF's LZW.
 *
 * @returns as `inflateBlocks`; fewer bytes than expected where the codes end too early
 * @throws RangeError for a code that cannot be
 */
export function unpackLzwBlock({ stored, expectedBytes }: StoredBlock): Uint8Array | undefined {
  const kernels = fits({ stored, expectedBytes }) ? loadKernels() : undefined;
  if (!kernels) return undefined;
  const layout = new Layout(kernels);
  const own = addressOf(stored);
  const input = own ?? layout.take(stored.length);
  const output = layout.take(expectedBytes + Number(kernels.lzwSlackBytes.value));
  const memory = kernels.reserve(layout.bytes);
  if (own === undefined) memory.set(stored, input);
  const written = kernels.unpackLzw(input, stored.length, output, expectedBytes);
  if (written < 0) throw new RangeError("an LZW code before it is defined");
  return memory.subarray(output, output + Math.min(written, expectedBytes));
}

/**
 * Undoes predictor 2 in place: sums up rows of samples of one channel, little-endian.
 *
 * @param bytes - of whole rows; from one of the functions above, before the next call of any kernel
 * @param sampleBytes - 1 or 2
 * @returns false where nothing was done: the bytes are not in the kernels' memory
 */
export function undoDifferencesInPlace(bytes: Uint8Array, rowSamples: number, sampleBytes: number): boolean {
  const kernels = loadKernels();
  if (!kernels || bytes.buffer !== kernels.reserve(0).buffer || sampleBytes > 2) return false;
  const rows = bytes.length / (rowSamples * sampleBytes);
  kernels.undoDifferences(bytes.byteOffset, rows, rowSamples, sampleBytes);
  return true;
}
