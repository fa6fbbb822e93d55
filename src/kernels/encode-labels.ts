/** compressed_segmentation in blocks of 8 x 8 x 8: the bytes that the TypeScript encoder makes, at twenty times its speed. */
import { addressOf } from "./arena.js";
import { loadKernels } from "./kernels.js";

export interface LabelChunk {
  /** x fastest, then y, z. */
  readonly labels: Uint32Array | BigUint64Array;
  readonly size: readonly [number, number, number];
  /** Words of a label in the tables: 1, or 2, which labels of 8 bytes need. */
  readonly words: 1 | 2;
}

/** More voxels than this are encoded elsewhere, so that the kernels' memory stays small. */
const mostVoxels = 2 ** 21;
/** What the kernel may read beyond its input. */
const slack = 64;
const mostLabelsPerBlock = 256;
const mostValueWordsPerBlock = 128;

/** @returns memory of its own; undefined for chunks that are too large or have a block of more than 256 labels, and without the kernels */
export function encodeLabels({ labels, size, words }: LabelChunk): Uint8Array | undefined {
  const kernels = labels.length <= mostVoxels ? loadKernels() : undefined;
  if (!kernels) return undefined;
  const blocks = size.reduce((product, length) => product * Math.ceil(length / 8), 1);
  const placeBits = Math.ceil(Math.log2(2 * blocks));
  const here = addressOf(labels);
  const { start } = kernels;
  const to = start + (here === undefined ? labels.byteLength + slack : 0);
  const values = to + 4 + 4 * blocks * (2 + mostLabelsPerBlock * words);
  const places = values + 4 * blocks * mostValueWordsPerBlock;
  const memory = kernels.reserve(places + 2 * 16 * 2 ** placeBits + 64 * Math.ceil(size[0] / 8) - start);
  if (here === undefined) memory.set(new Uint8Array(labels.buffer, labels.byteOffset, labels.byteLength), start);
  const [nx, ny, nz] = size;
  const written = kernels.encodeLabels(
    here ?? start,
    labels.BYTES_PER_ELEMENT,
    words,
    nx,
    ny,
    nz,
    to,
    values,
    places,
    placeBits,
  );
  return written < 0 ? undefined : memory.slice(to, to + 4 * written);
}
