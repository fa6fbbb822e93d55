/**
 * `compressed_segmentation`: uint32 and uint64 labels in small blocks, each a table of its labels and an index per voxel. Exact.
 *
 * @see https://github.com/google/neuroglancer/blob/master/src/sliceview/compressed_segmentation/README.md
 */
import type { VoxelArray } from "../../../core/data-type.js";
import { CirrusError } from "../../../core/errors.js";
import { ceilDivide, product, type Vec3 } from "../../../core/vec3.js";
import { encodeLabels } from "../../../kernels/encode-labels.js";
import { BlockTable, type LabelWords } from "./block-table.js";
import { checkLength, corruptChunk, voxelsOf, type ChunkEncoding, type ChunkShape } from "./encoding.js";
import { WordSequences } from "./word-sequences.js";

/** What every reader was tried with, and cloud-volume's and TensorStore's own. */
export const defaultBlockSize: Vec3 = [8, 8, 8];
/** Offsets of tables have 24 bits. */
const mostWords = 2 ** 24;

export const compressedSegmentation: ChunkEncoding = {
  name: "compressed_segmentation",
  isLossy: false,
  isCompressed: false, // its words repeat: gzip makes them 4 to 6 times smaller
  refuses({ dataType, channels }) {
    if (dataType !== "uint32" && dataType !== "uint64")
      return `compressed_segmentation holds uint32 and uint64 only, not ${dataType}`;
    return channels === 1 ? undefined : `compressed_segmentation is for labels, with 1 channel, not ${channels}`;
  },
  encode(voxels, shape, { blockSize = defaultBlockSize }) {
    const labels = voxels as Uint32Array | BigUint64Array; // `refuses` lets no others through
    const words = wordsPerLabel(shape);
    // Labels of 64 bits that fit into 32 may come as such: half the memory on all the way here.
    checkLength(voxels, labels instanceof Uint32Array ? { ...shape, dataType: "uint32" } : shape);
    const isUsual = blockSize.every((side) => side === 8);
    return (
      (isUsual ? encodeLabels({ labels, size: shape.size, words }) : undefined) ??
      encodeBlocks(wordsOf(voxels), shape, {
        blockSize,
        words: { read: labels instanceof Uint32Array ? 1 : 2, written: words },
      })
    );
  },
  async decode(bytes, shape, { blockSize = defaultBlockSize } = {}) {
    if (bytes.byteLength % 4 !== 0) throw corruptChunk(`${bytes.byteLength} bytes are no whole words`);
    const aligned = bytes.byteOffset % 4 === 0 ? bytes : new Uint8Array(bytes);
    const words = new Uint32Array(aligned.buffer, aligned.byteOffset, aligned.byteLength / 4);
    return decodeBlocks(words, shape, blockSize);
  },
};

/** Labels as words of 32 bits: one each, or two, the low one first. */
const wordsOf = ({ buffer, byteOffset, byteLength }: VoxelArray): Uint32Array =>
  new Uint32Array(buffer, byteOffset, byteLength / 4);

const wordsPerLabel = ({ dataType }: ChunkShape): 1 | 2 => (dataType === "uint64" ? 2 : 1);

export interface BlockForm {
  readonly blockSize: Vec3;
  readonly words: LabelWords;
}

/** The same bytes as the kernel makes (kernels/encode-labels.ts), for any size of blocks and any number of labels. */
export function encodeBlocks(labels: Uint32Array, shape: ChunkShape, { blockSize, words }: BlockForm): Uint8Array {
  const [nx, ny, nz] = shape.size;
  const [bx, by, bz] = blockSize;
  const headers = new Uint32Array(product(ceilDivide(shape.size, blockSize)) * 2);
  const blockVoxels = product(blockSize);
  const table = new BlockTable(blockVoxels, words);
  const tables = new WordSequences();
  const values = new WordSequences();
  let header = 0;
  for (let z = 0; z < nz; z += bz)
    for (let y = 0; y < ny; y += by)
      for (let x = 0; x < nx; x += bx) {
        const size: Vec3 = [Math.min(bx, nx - x), Math.min(by, ny - y), Math.min(bz, nz - z)];
        table.read(labels, { at: x + nx * (y + ny * z), rowVoxels: nx, planeVoxels: nx * ny, size, blockSize });
        const { bits } = table;
        const tableAt =
          headers.length + tables.add(table.count * words.written, (out, at) => table.writeTable(out, at));
        if (tableAt >= mostWords)
          throw new CirrusError(
            "E_ENCODING_UNSUPPORTED",
            `a chunk of ${shape.size.join(" x ")} labels needs more than compressed_segmentation can address (2^24 words)`,
            { hint: "choose a smaller chunk size" },
          );
        headers[header] = tableAt + bits * mostWords;
        if (bits > 0)
          headers[header + 1] = values.add(Math.ceil((bits * blockVoxels) / 32), (out, at) =>
            table.packIndices(out, at),
          );
        header += 2;
      }
  const beforeValues = headers.length + tables.length;
  for (let i = 0; i < headers.length; i += 2) if (headers[i]! >= mostWords) headers[i + 1]! += beforeValues;
  // One word before the channel: where it starts. All offsets count from there.
  const out = new Uint32Array(1 + beforeValues + values.length);
  out[0] = 1;
  out.set(headers, 1);
  out.set(tables.words, 1 + headers.length);
  out.set(values.words, 1 + beforeValues);
  return new Uint8Array(out.buffer);
}

function decodeBlocks(words: Uint32Array, shape: ChunkShape, blockSize: Vec3): VoxelArray {
  const [nx, ny, nz] = shape.size;
  const [bx, by, bz] = blockSize;
  const width = wordsPerLabel(shape);
  const voxels = width === 2 ? new BigUint64Array(voxelsOf(shape)) : new Uint32Array(voxelsOf(shape));
  const labels = wordsOf(voxels);
  const start = words[0] ?? 0;
  const headers = product(ceilDivide(shape.size, blockSize)) * 2;
  if (start < 1 || start + headers > words.length) throw corruptChunk("its block headers are cut off");
  let header = start;
  for (let z = 0; z < nz; z += bz)
    for (let y = 0; y < ny; y += by)
      for (let x = 0; x < nx; x += bx, header += 2) {
        const tableAt = start + (words[header]! % mostWords);
        const bits = words[header]! >>> 24;
        const valuesAt = start + words[header + 1]!;
        if (bits > 32 || (bits & (bits - 1)) !== 0) throw corruptChunk(`a block of ${bits} bits`);
        const valueWords = Math.ceil((bits * product(blockSize)) / 32);
        if (valuesAt + valueWords > words.length) throw corruptChunk("values of a block are cut off");
        const most = bits === 32 ? 2 ** 32 - 1 : 2 ** bits - 1;
        for (let k = 0; k < Math.min(bz, nz - z); k++)
          for (let j = 0; j < Math.min(by, ny - y); j++) {
            let bit = bits * bx * (j + by * k);
            let to = (x + nx * (y + j + ny * (z + k))) * width;
            for (let i = 0; i < Math.min(bx, nx - x); i++, bit += bits, to += width) {
              const index = bits === 0 ? 0 : ((words[valuesAt + (bit >>> 5)]! >>> (bit & 31)) & most) >>> 0;
              const from = tableAt + index * width;
              if (from + width > words.length) throw corruptChunk("a block's label is outside of the chunk's data");
              labels[to] = words[from]!;
              if (width === 2) labels[to + 1] = words[from + 1]!;
            }
          }
      }
  return voxels;
}
