/** The labels of one block of compressed_segmentation: which there are, and which of them each voxel has. */
import type { Vec3 } from "../../../core/vec3.js";

export interface BlockPlace {
  /** Voxel of the chunk where the block begins. */
  readonly at: number;
  readonly rowVoxels: number;
  readonly planeVoxels: number;
  /** Of the block, clipped to the chunk. */
  readonly size: Vec3;
  readonly blockSize: Vec3;
}

const widthsOfIndices = [0, 1, 2, 4, 8, 16, 32];

/** Words of a label, the low one first: in the chunk's memory, and in the tables. */
export interface LabelWords {
  readonly read: 1 | 2;
  readonly written: 1 | 2;
}

/** Reused for all blocks of a chunk. */
export class BlockTable {
  /** Number of labels. */
  count = 0;
  readonly #words: LabelWords;
  readonly #indices: Uint32Array;
  readonly #low: Uint32Array;
  readonly #high: Uint32Array;
  /** Place of a label in the sorted table. */
  readonly #rank: Uint32Array;
  readonly #order: Uint32Array;
  /** Open hashing: the block that filled a slot last, and the label's index. */
  readonly #owner: Uint32Array;
  readonly #slot: Uint32Array;
  readonly #mask: number;
  #block = 0;

  constructor(blockVoxels: number, words: LabelWords) {
    this.#words = words;
    this.#indices = new Uint32Array(blockVoxels);
    this.#low = new Uint32Array(blockVoxels);
    this.#high = new Uint32Array(blockVoxels);
    this.#rank = new Uint32Array(blockVoxels);
    this.#order = new Uint32Array(blockVoxels);
    const slots = 2 ** Math.ceil(Math.log2(2 * blockVoxels + 2));
    this.#owner = new Uint32Array(slots);
    this.#slot = new Uint32Array(slots);
    this.#mask = slots - 1;
  }

  /** Bits per index: 0, 1, 2, 4, 8, 16 or 32. */
  get bits(): number {
    return widthsOfIndices.find((bits) => 2 ** bits >= this.count)!;
  }

  /** Finds the labels; voxels beyond the chunk's edge get the first one of the table. */
  read(labels: Uint32Array, { at, rowVoxels, planeVoxels, size, blockSize }: BlockPlace): void {
    const [sx, sy, sz] = size;
    const width = this.#words.read;
    const indices = this.#indices;
    this.count = 0;
    this.#block++;
    if (sx !== blockSize[0] || sy !== blockSize[1] || sz !== blockSize[2]) indices.fill(0);
    let low = 0;
    let high = 0;
    let index = -1;
    for (let k = 0; k < sz; k++)
      for (let j = 0; j < sy; j++) {
        let to = blockSize[0] * (j + blockSize[1] * k);
        const from = (at + j * rowVoxels + k * planeVoxels) * width;
        const end = from + sx * width;
        for (let i = from; i < end; i += width, to++) {
          const nextLow = labels[i]!;
          const nextHigh = width === 2 ? labels[i + 1]! : 0;
          if (nextLow !== low || nextHigh !== high || index < 0) {
            low = nextLow;
            high = nextHigh;
            index = this.#indexOf(low, high);
          }
          indices[to] = index;
        }
      }
    this.#sort();
  }

  /** Writes one index per voxel, `bits` each, little end first. */
  packIndices(out: Uint32Array, at: number): void {
    const bits = this.bits;
    if (bits === 0) return;
    const indices = this.#indices;
    const rank = this.#rank;
    let word = 0;
    let shift = 0;
    let to = at;
    for (let i = 0; i < indices.length; i++) {
      word |= rank[indices[i]!]! << shift;
      shift += bits;
      if (shift < 32) continue;
      out[to++] = word;
      word = 0;
      shift = 0;
    }
    if (shift > 0) out[to] = word;
  }

  writeTable(out: Uint32Array, at: number): void {
    const width = this.#words.written;
    for (let i = 0; i < this.count; i++) {
      const from = this.#order[i]!;
      out[at + i * width] = this.#low[from]!;
      if (width === 2) out[at + i * 2 + 1] = this.#high[from]!;
    }
  }

  #indexOf(low: number, high: number): number {
    const [owner, slots, mask, block] = [this.#owner, this.#slot, this.#mask, this.#block];
    let at = (Math.imul(low, 0x9e3779b1) ^ Math.imul(high, 0x85ebca6b)) >>> 0;
    at = (at ^ (at >>> 15)) & mask;
    for (; owner[at] === block; at = (at + 1) & mask) {
      const index = slots[at]!;
      if (this.#low[index] === low && this.#high[index] === high) return index;
    }
    owner[at] = block;
    slots[at] = this.count;
    this.#low[this.count] = low;
    this.#high[this.count] = high;
    return this.count++;
  }

  /** By value: the same voxels give the same bytes, and equal tables look equal. */
  #sort(): void {
    const [order, low, high] = [this.#order, this.#low, this.#high];
    for (let i = 0; i < this.count; i++) {
      let to = i;
      const [l, h] = [low[i]!, high[i]!];
      for (; to > 0; to--) {
        const before = order[to - 1]!;
        if (high[before]! < h || (high[before] === h && low[before]! < l)) break;
        order[to] = before;
      }
      order[to] = i;
    }
    for (let i = 0; i < this.count; i++) this.#rank[order[i]!] = i;
  }
}
