// The accurate integer forward DCT of libjpeg ("islow"), and quantisation: the coefficients of a block are those that libjpeg-turbo's accurate
// encoder gives. After C. Loeffler, A. Ligtenberg and G. Moschytz, as jpeg-idct.ts.

import { high16, high8, low16, low8, transpose } from "./shuffles";
import { places } from "./jpeg-zigzag";

// Weights of two interleaved values, 13 bits behind the point.
const even2 = memory.data<i16>([10703, 4433, 10703, 4433, 10703, 4433, 10703, 4433], 16); // prettier-ignore
const even6 = memory.data<i16>([4433, -10704, 4433, -10704, 4433, -10704, 4433, -10704], 16); // prettier-ignore
const odd3 = memory.data<i16>([-6436, 9633, -6436, 9633, -6436, 9633, -6436, 9633], 16);
const odd4 = memory.data<i16>([9633, 6437, 9633, 6437, 9633, 6437, 9633, 6437], 16);
const odd7 = memory.data<i16>([-4927, -7373, -4927, -7373, -4927, -7373, -4927, -7373], 16);
const odd1 = memory.data<i16>([-7373, 4926, -7373, 4926, -7373, 4926, -7373, 4926], 16);
const odd5 = memory.data<i16>([-4176, -20995, -4176, -20995, -4176, -20995, -4176, -20995], 16);
const oddT = memory.data<i16>([-20995, 4177, -20995, 4177, -20995, 4177, -20995, 4177], 16);

/** Bits behind the point between the two passes. */
const between: i32 = 2;

/**
 * 64 f32, row by row: the step and the DCT's scale of 8, inverted. A little above, so that a half is rounded away from zero; no coefficient has
 * more than 15 bits, so that nothing else moves.
 */
const factors = memory.data(4 * 64, 16);

/** A block between the steps. */
const coefficients = memory.data(128, 16);

/** `T` of `pass`: the first one, over rows, or the second one, over columns. */
type Rows = u8;
type Columns = u16;

/**
 * One dimension of `coefficients`: vector i holds value i of eight rows or columns, before and after. After the second one they are
 * multiplied by their factors and rounded, and go to `to`.
 */
function pass<T>(to: usize): void {
  const isFirst = sizeof<T>() == sizeof<Rows>();
  const shift = isFirst ? 13 - between : 13 + between;
  const half = i32x4.splat(1 << (shift - 1));
  const d0 = v128.load(coefficients),
    d7 = v128.load(coefficients, 112),
    d3 = v128.load(coefficients, 48),
    d4 = v128.load(coefficients, 64),
    d1 = v128.load(coefficients, 16),
    d6 = v128.load(coefficients, 96),
    d2 = v128.load(coefficients, 32),
    d5 = v128.load(coefficients, 80);
  const t0 = i16x8.add(d0, d7),
    t3 = i16x8.add(d3, d4),
    t1 = i16x8.add(d1, d6),
    t2 = i16x8.add(d2, d5);
  const t10 = i16x8.add(t0, t3),
    t13 = i16x8.sub(t0, t3),
    t11 = i16x8.add(t1, t2),
    t12 = i16x8.sub(t1, t2);
  const sum = i16x8.add(t10, t11),
    difference = i16x8.sub(t10, t11);
  if (isFirst) {
    v128.store(coefficients, i16x8.shl(sum, between));
    v128.store(coefficients, i16x8.shl(difference, between), 64);
  } else {
    const half16 = i16x8.splat(2); // 1 << (between - 1)
    const row0 = i16x8.shr_s(i16x8.add(sum, half16), between),
      row4 = i16x8.shr_s(i16x8.add(difference, half16), between);
    v128.store(to, quantised(i32x4.extend_low_i16x8_s(row0), i32x4.extend_high_i16x8_s(row0), factors));
    v128.store(to, quantised(i32x4.extend_low_i16x8_s(row4), i32x4.extend_high_i16x8_s(row4), factors + 128), 64);
  }
  const evenLow = low16(t13, t12),
    evenHigh = high16(t13, t12);
  const w2 = v128.load(even2),
    w6 = v128.load(even6);
  put<T>(weigh(evenLow, w2), weigh(evenHigh, w2), half, half, to + 32, factors + 2 * 32);
  put<T>(weigh(evenLow, w6), weigh(evenHigh, w6), half, half, to + 96, factors + 2 * 96);

  const t7 = i16x8.sub(d0, d7),
    t4 = i16x8.sub(d3, d4),
    t6 = i16x8.sub(d1, d6),
    t5 = i16x8.sub(d2, d5);
  const z3 = i16x8.add(t4, t6),
    z4 = i16x8.add(t5, t7);
  const zLow = low16(z3, z4),
    zHigh = high16(z3, z4);
  const w3 = v128.load(odd3),
    w4 = v128.load(odd4);
  const z3Low = i32x4.add(weigh(zLow, w3), half),
    z3High = i32x4.add(weigh(zHigh, w3), half),
    z4Low = i32x4.add(weigh(zLow, w4), half),
    z4High = i32x4.add(weigh(zHigh, w4), half);
  const low47 = low16(t4, t7),
    high47 = high16(t4, t7);
  const w7 = v128.load(odd7),
    w1 = v128.load(odd1);
  put<T>(weigh(low47, w7), weigh(high47, w7), z3Low, z3High, to + 112, factors + 2 * 112);
  put<T>(weigh(low47, w1), weigh(high47, w1), z4Low, z4High, to + 16, factors + 2 * 16);
  const low56 = low16(t5, t6),
    high56 = high16(t5, t6);
  const w5 = v128.load(odd5),
    wT = v128.load(oddT);
  put<T>(weigh(low56, w5), weigh(high56, w5), z4Low, z4High, to + 80, factors + 2 * 80);
  put<T>(weigh(low56, wT), weigh(high56, wT), z3Low, z3High, to + 48, factors + 2 * 48);
}

function weigh(pairs: v128, weights: v128): v128 {
  return i32x4.dot_i16x8_s(pairs, weights);
}

/** Two halves and what is added to each, cut to 16 bits. */
function put<T>(low: v128, high: v128, toLow: v128, toHigh: v128, to: usize, by: usize): void {
  const shift = sizeof<T>() == sizeof<Rows>() ? 13 - between : 13 + between;
  const a = i32x4.shr_s(i32x4.add(low, toLow), shift),
    b = i32x4.shr_s(i32x4.add(high, toHigh), shift);
  v128.store(to, sizeof<T>() == sizeof<Rows>() ? i16x8.narrow_i32x4_s(a, b) : quantised(a, b, by));
}

/** 1.5 * 2^23: added to a small number, its whole part is in the lowest bits, rounded. */
const roundingF32: f32 = 12582912;
const roundingBits: i32 = 0x4b400000;

/** Times eight factors, rounded to whole numbers, halves away from zero (setFactors sees to that). */
function quantised(low: v128, high: v128, by: usize): v128 {
  const magic = f32x4.splat(roundingF32),
    bits = i32x4.splat(roundingBits);
  const a = f32x4.mul(f32x4.convert_i32x4_s(low), v128.load(by)),
    b = f32x4.mul(f32x4.convert_i32x4_s(high), v128.load(by, 16));
  return i16x8.narrow_i32x4_s(i32x4.sub(f32x4.add(a, magic), bits), i32x4.sub(f32x4.add(b, magic), bits));
}

/** Eight rows of eight pixels, `stride` bytes apart: their columns, 128 subtracted, into `coefficients`. */
function loadColumns(from: usize, stride: usize): void {
  const sign = i8x16.splat(-128);
  const r0 = v128.load64_zero(from),
    r1 = v128.load64_zero(from + stride),
    r2 = v128.load64_zero(from + 2 * stride),
    r3 = v128.load64_zero(from + 3 * stride),
    r4 = v128.load64_zero(from + 4 * stride),
    r5 = v128.load64_zero(from + 5 * stride),
    r6 = v128.load64_zero(from + 6 * stride),
    r7 = v128.load64_zero(from + 7 * stride);
  const a0 = low8(r0, r4),
    a1 = low8(r1, r5),
    a2 = low8(r2, r6),
    a3 = low8(r3, r7);
  const b0 = v128.xor(low8(a0, a2), sign),
    b1 = v128.xor(high8(a0, a2), sign),
    b2 = v128.xor(low8(a1, a3), sign),
    b3 = v128.xor(high8(a1, a3), sign);
  const c01 = low8(b0, b2),
    c23 = high8(b0, b2),
    c45 = low8(b1, b3),
    c67 = high8(b1, b3);
  v128.store(coefficients, i16x8.extend_low_i8x16_s(c01));
  v128.store(coefficients, i16x8.extend_high_i8x16_s(c01), 16);
  v128.store(coefficients, i16x8.extend_low_i8x16_s(c23), 32);
  v128.store(coefficients, i16x8.extend_high_i8x16_s(c23), 48);
  v128.store(coefficients, i16x8.extend_low_i8x16_s(c45), 64);
  v128.store(coefficients, i16x8.extend_high_i8x16_s(c45), 80);
  v128.store(coefficients, i16x8.extend_low_i8x16_s(c67), 96);
  v128.store(coefficients, i16x8.extend_high_i8x16_s(c67), 112);
}

// What becomes of a block, addresses relative to its start.
/** Quantised coefficients row by row, i16. */
export const asRows: usize = 0;
/** The same in the zigzag order, cut to -128 to 127. */
export const asBytes: usize = 128;
/** Which of them are not 0, the first one lowest: u64. */
export const notZero: usize = 192;
export const blockBytes: i32 = 208;

/**
 * Pixels to quantised coefficients.
 *
 * @param to - room for a block
 */
export function forwardDct(from: usize, stride: usize, to: usize): void {
  loadColumns(from, stride);
  pass<Rows>(coefficients);
  transpose(coefficients);
  pass<Columns>(to);
  const rows01 = i8x16.narrow_i16x8_s(v128.load(to), v128.load(to, 16)),
    rows23 = i8x16.narrow_i16x8_s(v128.load(to, 32), v128.load(to, 48)),
    rows45 = i8x16.narrow_i16x8_s(v128.load(to, 64), v128.load(to, 80)),
    rows67 = i8x16.narrow_i16x8_s(v128.load(to, 96), v128.load(to, 112));
  const first = v128.or(v128.or(picked(rows01, 0), picked(rows23, 1)), picked(rows45, 2)),
    second = v128.or(v128.or(v128.or(picked(rows01, 3), picked(rows23, 4)), picked(rows45, 5)), picked(rows67, 6)),
    third = v128.or(v128.or(v128.or(picked(rows01, 7), picked(rows23, 8)), picked(rows45, 9)), picked(rows67, 10)),
    fourth = v128.or(v128.or(picked(rows23, 11), picked(rows45, 12)), picked(rows67, 13));
  v128.store(to, first, asBytes);
  v128.store(to, second, asBytes + 16);
  v128.store(to, third, asBytes + 32);
  v128.store(to, fourth, asBytes + 48);
  const zeros = (zerosOf(fourth) << 48) | (zerosOf(third) << 32) | (zerosOf(second) << 16) | zerosOf(first);
  store<u64>(to, ~zeros, notZero);
}

// Where sixteen places of the zigzag order come from in the vectors of two rows each; 128: from another one.
const zigzag = memory.data<u8>([
  0, 1, 8, 128, 9, 2, 3, 10, 128, 128, 128, 128, 128, 11, 4, 5,
  128, 128, 128, 0, 128, 128, 128, 128, 1, 8, 128, 9, 2, 128, 128, 128,
  128, 128, 128, 128, 128, 128, 128, 128, 128, 128, 0, 128, 128, 128, 128, 128,
  12, 128, 128, 128, 128, 128, 128, 128, 128, 128, 13, 6, 7, 14, 128, 128,
  128, 3, 10, 128, 128, 128, 128, 128, 11, 4, 128, 128, 128, 128, 5, 12,
  128, 128, 128, 1, 8, 128, 9, 2, 128, 128, 128, 128, 128, 128, 128, 128,
  128, 128, 128, 128, 128, 0, 128, 128, 128, 128, 128, 128, 128, 128, 128, 128,
  128, 128, 128, 128, 128, 128, 128, 128, 128, 128, 15, 128, 128, 128, 128, 128,
  128, 128, 128, 128, 128, 128, 128, 128, 13, 6, 128, 7, 14, 128, 128, 128,
  3, 10, 128, 128, 128, 128, 11, 4, 128, 128, 128, 128, 128, 5, 12, 128,
  128, 128, 1, 8, 9, 2, 128, 128, 128, 128, 128, 128, 128, 128, 128, 3,
  128, 128, 128, 128, 128, 15, 128, 128, 128, 128, 128, 128, 128, 128, 128, 128,
  128, 128, 128, 13, 6, 128, 7, 14, 128, 128, 128, 128, 15, 128, 128, 128,
  10, 11, 4, 128, 128, 128, 128, 128, 5, 12, 13, 6, 128, 7, 14, 15,
], 16); // prettier-ignore

function picked(rows: v128, index: usize): v128 {
  return i8x16.swizzle(rows, v128.load(zigzag + 16 * index));
}

function zerosOf(values: v128): u64 {
  return <u64>i8x16.bitmask(i8x16.eq(values, i8x16.splat(0)));
}

/**
 * For all calls of forwardDct until the next of this one.
 *
 * @param steps - 64 bytes, zigzag order
 */
export function setFactors(steps: usize): void {
  for (let i = 0; i < 64; i++) {
    const factor = (1.0 + 1.0 / 65536.0) / <f64>(8 * <i32>load<u8>(steps + i));
    store<f32>(factors + ((<usize>load<u8>(places + i)) << 1), <f32>factor);
  }
}
