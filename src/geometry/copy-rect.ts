/** Copies of rectangles between typed arrays of one type: by a kernel where both are in its memory, else in words where everything lies on words. */
import type { VoxelArray } from "../core/data-type.js";
import { addressOf } from "../kernels/arena.js";
import { loadKernels } from "../kernels/kernels.js";

/** All in voxels: first voxel and distance of rows on either side, width and number of the rows. */
export interface Rect {
  readonly from: number;
  readonly fromStride: number;
  readonly to: number;
  readonly toStride: number;
  readonly width: number;
  readonly height: number;
}

/** From this length on a row is copied at once; below, the view that this needs costs more than the copy (64-byte rows: 4 times). */
const longRowBytes = 2048;

/** @returns a copier that may be called any number of times; the arrays must be of the same type, and what is copied must not overlap */
export function rectCopier(source: VoxelArray, target: VoxelArray): (rect: Rect) => void {
  return kernelCopier(source, target) ?? plainCopier(source, target);
}

/** undefined when not both arrays are in the kernels' memory. */
function kernelCopier(source: VoxelArray, target: VoxelArray): ((rect: Rect) => void) | undefined {
  const kernels = loadKernels();
  const from = addressOf(source);
  const to = addressOf(target);
  if (!kernels || from === undefined || to === undefined) return undefined;
  const width = source.BYTES_PER_ELEMENT;
  return (rect) =>
    kernels.copyRows(
      from + rect.from * width,
      rect.fromStride * width,
      to + rect.to * width,
      rect.toStride * width,
      rect.width * width,
      rect.height,
    );
}

/** Exported for its test: the oracle of the kernel. */
export function plainCopier(source: VoxelArray, target: VoxelArray): (rect: Rect) => void {
  const width = source.BYTES_PER_ELEMENT;
  const [sourceBytes, targetBytes] = [bytesOf(source), bytesOf(target)];
  const [sourceWords, targetWords] = [wordsOf(source), wordsOf(target)];
  return (rect) => {
    const bytes = scaled(rect, width);
    if (bytes.width >= longRowBytes) return copyRows(sourceBytes, targetBytes, bytes);
    const isOnWords = ((bytes.from | bytes.fromStride | bytes.to | bytes.toStride | bytes.width) & 3) === 0;
    if (isOnWords && sourceWords && targetWords) copyWords(sourceWords, targetWords, inWords(bytes));
    else copyBytes(sourceBytes, targetBytes, bytes);
  };
}

const scaled = ({ from, fromStride, to, toStride, width, height }: Rect, by: number): Rect => ({
  from: from * by,
  fromStride: fromStride * by,
  to: to * by,
  toStride: toStride * by,
  width: width * by,
  height,
});

/** `| 0` tells the compiler that these are integers: with doubles for indices the loop takes six times as long. */
const inWords = ({ from, fromStride, to, toStride, width, height }: Rect): Rect => ({
  from: (from / 4) | 0,
  fromStride: (fromStride / 4) | 0,
  to: (to / 4) | 0,
  toStride: (toStride / 4) | 0,
  width: (width / 4) | 0,
  height,
});

const bytesOf = ({ buffer, byteOffset, byteLength }: VoxelArray): Uint8Array =>
  new Uint8Array(buffer, byteOffset, byteLength);

/** undefined when the array does not begin on a word. */
const wordsOf = ({ buffer, byteOffset, byteLength }: VoxelArray): Uint32Array | undefined =>
  byteOffset % 4 === 0 ? new Uint32Array(buffer, byteOffset, Math.floor(byteLength / 4)) : undefined;

function copyRows(
  source: Uint8Array,
  target: Uint8Array,
  { from, fromStride, to, toStride, width, height }: Rect,
): void {
  for (let row = 0; row < height; row++) {
    const start = from + row * fromStride;
    target.set(source.subarray(start, start + width), to + row * toStride);
  }
}

// The two loops below are one text: kept apart, each sees a single array type, which the compiler needs to make it fast.
function copyWords(
  source: Uint32Array,
  target: Uint32Array,
  { from, fromStride, to, toStride, width, height }: Rect,
): void {
  for (let row = 0; row < height; row++) {
    const start = from + row * fromStride;
    const end = start + width;
    for (let i = start, j = to + row * toStride; i < end; i++, j++) target[j] = source[i]!;
  }
}

function copyBytes(
  source: Uint8Array,
  target: Uint8Array,
  { from, fromStride, to, toStride, width, height }: Rect,
): void {
  for (let row = 0; row < height; row++) {
    const start = from + row * fromStride;
    const end = start + width;
    for (let i = start, j = to + row * toStride; i < end; i++, j++) target[j] = source[i]!;
  }
}
