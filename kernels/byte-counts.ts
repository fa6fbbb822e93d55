// How often each byte value occurs in a block, for its Huffman code: of a third of the bytes where that tells enough, else of all.
import { countOne } from "./huffman";

/** Shorter blocks are counted whole: a third of them says too little. */
const leastSampled: i32 = 8192;
/** Places that are looked at, of which there are 8, repeat after this many bytes: a number without common factors with rows and voxels. */
const sampleStep: usize = 23;
/** How much rougher than chance alone makes it a histogram may be and still be taken for a smooth one: electron micrographs have up to 3.1. */
const mostRoughness: f32 = 4;

/** How many values there may be between the ends of a rough histogram beside a smooth one: a high byte of 16-bit voxels. */
const mostRough: i32 = 32;

/** How many values may get a code without having been seen. */
const mostGuesses: i32 = 32;

/** Four histograms that are added up: the same byte twice in a row would wait for its own count. There is room before and behind. */
const banks = memory.data(4 * 4 * 272, 16);
const bank: usize = 4 * 272;
const first: usize = banks + 16;
/** Of the sample: bytes at even places, at odd ones, and all. */
const evens = first;
const odds = first + 2 * bank;
const both = first + bank;
const ends = memory.data(16, 16);
const pairs = memory.data(64, 16);

/**
 * @param counts - 256 u32, a value that occurs has at least 1. Only their proportions tell something
 */
export function countBytes(from: usize, end: usize, counts: usize): void {
  if (end - from >= <usize>leastSampled) {
    countSample(from, end);
    const isSmooth = roughness(both) <= mostRoughness;
    if (isSmooth || isLowSmooth()) {
      findEnds(from, end);
      memory.fill(counts, 0, 1024);
      if (isSmooth) {
        const low = min(load<u8>(ends), load<u8>(ends, 1));
        const high = max(load<u8>(ends, 2), load<u8>(ends, 3));
        if (addSmooth(both, low, high, counts) <= mostGuesses) return;
      } else if (addHalf(evens, 0, counts) && addHalf(odds, 1, counts)) return;
    }
  }
  countAll(from, end);
  memory.copy(counts, first, 1024);
}

/** Voxels of 16 bits: their low bytes are the smooth ones, and the others are few values. */
function isLowSmooth(): bool {
  return roughness(evens) <= mostRoughness != roughness(odds) <= mostRoughness;
}

/** @returns false for bytes that a third does not tell enough of */
function addHalf(histogram: usize, half: usize, counts: usize): bool {
  const low = <i32>load<u8>(ends + half);
  const high = <i32>load<u8>(ends + half, 2);
  if (roughness(histogram) <= mostRoughness) return addSmooth(histogram, low, high, counts) <= mostGuesses;
  if (high - low >= mostRough) return false;
  for (let value = low; value <= high; value++) {
    const at = (<usize>value) << 2;
    // As many as `addSmooth` makes of one, so that both halves weigh the same.
    store<u32>(counts + at, load<u32>(counts + at) + load<u32>(histogram + at) * 6 + 1);
  }
  return true;
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
  addHistograms(first, first, first + bank);
  addHistograms(first, first, first + 2 * bank);
  addHistograms(first, first, first + 3 * bank);
}

/** Into `evens` and `odds`, by where the bytes are, and into `both`. */
function countSample(from: usize, end: usize): void {
  memory.fill(banks, 0, 4 * bank);
  let near = first,
    far = first + 2 * bank;
  for (let at = from; at + sampleStep <= end; at += sampleStep) {
    countOne(near + ((<usize>load<u8>(at)) << 2));
    countOne(far + ((<usize>load<u8>(at, 3)) << 2));
    countOne(near + bank + ((<usize>load<u8>(at, 6)) << 2));
    countOne(far + bank + ((<usize>load<u8>(at, 9)) << 2));
    countOne(near + ((<usize>load<u8>(at, 12)) << 2));
    countOne(far + ((<usize>load<u8>(at, 15)) << 2));
    countOne(near + bank + ((<usize>load<u8>(at, 18)) << 2));
    countOne(far + bank + ((<usize>load<u8>(at, 21)) << 2));
    const other = near;
    near = far;
    far = other;
  }
  addHistograms(evens, first, first + bank);
  addHistograms(odds, first + 2 * bank, first + 3 * bank);
  addHistograms(both, evens, odds);
}

function addHistograms(to: usize, a: usize, b: usize): void {
  for (let at: usize = 0; at < 1024; at += 16) v128.store(to + at, i32x4.add(v128.load(a + at), v128.load(b + at)));
}

/**
 * Sum of the squares of 2 c(v) - c(v - 2) - c(v + 2) over what it is when chance alone makes them differ, which is six times the number of samples.
 * Not of next neighbours, because means that are rounded to even have fewer odd values.
 */
function roughness(histogram: usize): f32 {
  let sums = f32x4.splat(0),
    samples = i32x4.splat(0);
  for (let at = histogram; at < histogram + 1024; at += 16) {
    const here = v128.load(at);
    const bend = i32x4.sub(i32x4.shl(here, 1), i32x4.add(v128.load(at - 8), v128.load(at + 8)));
    const bends = f32x4.convert_i32x4_s(bend);
    sums = f32x4.add(sums, f32x4.mul(bends, bends));
    samples = i32x4.add(samples, here);
  }
  const sampled =
    i32x4.extract_lane(samples, 0) +
    i32x4.extract_lane(samples, 1) +
    i32x4.extract_lane(samples, 2) +
    i32x4.extract_lane(samples, 3);
  const sum =
    f32x4.extract_lane(sums, 0) +
    f32x4.extract_lane(sums, 1) +
    f32x4.extract_lane(sums, 2) +
    f32x4.extract_lane(sums, 3);
  return sum / (6 * <f32>sampled);
}

/** The least of the bytes at even and at odd places, and the greatest of both, into `ends`. */
function findEnds(from: usize, end: usize): void {
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
  // Halves, until one byte of each kind is left.
  for (let i: usize = 8; i >= 2; i >>= 1) {
    v128.store(pairs, least);
    v128.store(pairs, most, 32);
    least = i8x16.min_u(least, v128.load(pairs + i));
    most = i8x16.max_u(most, v128.load(pairs + 32 + i));
  }
  store<u16>(ends, <u16>i16x8.extract_lane_u(least, 0));
  store<u16>(ends, <u16>i16x8.extract_lane_u(most, 0), 2);
}

/** Values from the least to the greatest, sampled or not: (1, 4, 1) of the sample's counts of every second value, and 1. Returns how many were not seen. */
function addSmooth(histogram: usize, low: i32, high: i32, counts: usize): i32 {
  let guesses = 0;
  for (let value = low; value <= high; value++) {
    const at = histogram + ((<usize>value) << 2);
    const smooth = (load<u32>(at) << 2) + load<u32>(at - 8) + load<u32>(at + 8);
    if (smooth == 0) guesses++;
    const count = counts + ((<usize>value) << 2);
    store<u32>(count, load<u32>(count) + smooth + 1);
  }
  return guesses;
}
