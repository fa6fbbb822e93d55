// How often each byte value occurs in a block, for its Huffman code: of a third of the bytes where that tells enough, else of all.
import { countOne } from "./huffman";

/** Shorter blocks are counted whole: a third of them says too little. */
const leastSampled: i32 = 8192;
/** Places that are looked at, of which there are 8, repeat after this many bytes: a number without common factors with rows and voxels. */
const sampleStep: usize = 23;
/** How much rougher than chance alone makes it a histogram may be and still be taken for a smooth one: electron micrographs have up to 3.1. */
const mostRoughness: f32 = 4;

/** How many values may get a code without having been seen. */
const mostGuesses: i32 = 32;

/** Four histograms that are added up: the same byte twice in a row would wait for its own count. There is room before and behind. */
const banks = memory.data(4 * 4 * 272, 16);
const bank: usize = 4 * 272;
const first: usize = banks + 16;
const ends = memory.data(32, 16);

/**
 * @param counts - 256 u32, a value that occurs has at least 1. Only their proportions tell something
 */
export function countBytes(from: usize, end: usize, counts: usize): void {
  if (end - from >= <usize>leastSampled) {
    const sampled = countSample(from, end);
    if (roughness() <= mostRoughness * 6 * <f32>sampled && smoothCounts(from, end, counts)) return;
  }
  countAll(from, end);
  memory.copy(counts, first, 1024);
}

function countAll(from: usize, end: usize): void {
  memory.fill(banks, 0, 4 * bank);
  let at = from;
  for (; at + 8 <= end; at += 8) {
    countOne(first + ((<usize>load<u8>(at)) << 2));
    countOne(first + bank + ((<usize>load<u8>(at, 1)) << 2));
    countOne(first + 2 * bank + ((<usize>load<u8>(at, 2)) << 2));
    countOne(first + 3 * bank + ((<usize>load<u8>(at, 3)) << 2));
    countOne(first + ((<usize>load<u8>(at, 4)) << 2));
    countOne(first + bank + ((<usize>load<u8>(at, 5)) << 2));
    countOne(first + 2 * bank + ((<usize>load<u8>(at, 6)) << 2));
    countOne(first + 3 * bank + ((<usize>load<u8>(at, 7)) << 2));
  }
  for (; at < end; at++) countOne(first + ((<usize>load<u8>(at)) << 2));
  addBanks();
}

/** @returns bytes counted */
function countSample(from: usize, end: usize): i32 {
  memory.fill(banks, 0, 4 * bank);
  let sampled = 0;
  for (let at = from; at + sampleStep <= end; at += sampleStep) {
    countOne(first + ((<usize>load<u8>(at)) << 2));
    countOne(first + bank + ((<usize>load<u8>(at, 3)) << 2));
    countOne(first + 2 * bank + ((<usize>load<u8>(at, 6)) << 2));
    countOne(first + 3 * bank + ((<usize>load<u8>(at, 9)) << 2));
    countOne(first + ((<usize>load<u8>(at, 12)) << 2));
    countOne(first + bank + ((<usize>load<u8>(at, 15)) << 2));
    countOne(first + 2 * bank + ((<usize>load<u8>(at, 18)) << 2));
    countOne(first + 3 * bank + ((<usize>load<u8>(at, 21)) << 2));
    sampled += 8;
  }
  addBanks();
  return sampled;
}

function addBanks(): void {
  for (let at = first; at < first + 1024; at += 16)
    v128.store(
      at,
      i32x4.add(
        i32x4.add(v128.load(at), v128.load(at + bank)),
        i32x4.add(v128.load(at + 2 * bank), v128.load(at + 3 * bank)),
      ),
    );
}

/**
 * Sum of the squares of 2 c(v) - c(v - 2) - c(v + 2): six times the number of samples when chance alone makes them differ. Not of next
 * neighbours, because means that are rounded to even have fewer odd values.
 */
function roughness(): f32 {
  let sums = f32x4.splat(0);
  for (let at = first; at < first + 1024; at += 16) {
    const bend = i32x4.sub(i32x4.shl(v128.load(at), 1), i32x4.add(v128.load(at - 8), v128.load(at + 8)));
    const bends = f32x4.convert_i32x4_s(bend);
    sums = f32x4.add(sums, f32x4.mul(bends, bends));
  }
  return (
    f32x4.extract_lane(sums, 0) +
    f32x4.extract_lane(sums, 1) +
    f32x4.extract_lane(sums, 2) +
    f32x4.extract_lane(sums, 3)
  );
}

/** Values from the block's least to its greatest, sampled or not: (1, 4, 1) of the sample's counts of every second value, and 1. */
function smoothCounts(from: usize, end: usize, counts: usize): bool {
  let least = v128.load(from),
    most = least;
  for (let at = from; at + 64 <= end; at += 64) {
    const a = v128.load(at),
      b = v128.load(at, 16),
      c = v128.load(at, 32),
      d = v128.load(at, 48);
    least = i8x16.min_u(least, i8x16.min_u(i8x16.min_u(a, b), i8x16.min_u(c, d)));
    most = i8x16.max_u(most, i8x16.max_u(i8x16.max_u(a, b), i8x16.max_u(c, d)));
  }
  for (let at = end - 64; at < end; at += 16) {
    const bytes = v128.load(at);
    least = i8x16.min_u(least, bytes);
    most = i8x16.max_u(most, bytes);
  }
  let low = 255,
    high = 0;
  v128.store(ends, least);
  v128.store(ends, most, 16);
  for (let i: usize = 0; i < 16; i++) {
    low = min(low, <i32>load<u8>(ends + i));
    high = max(high, <i32>load<u8>(ends + i, 16));
  }
  memory.fill(counts, 0, 1024);
  let guesses = 0;
  for (let value = low; value <= high; value++) {
    const at = first + ((<usize>value) << 2);
    const smooth = (load<u32>(at) << 2) + load<u32>(at - 8) + load<u32>(at + 8);
    if (smooth == 0) guesses++;
    store<u32>(counts + ((<usize>value) << 2), smooth + 1);
  }
  return guesses <= mostGuesses;
}
