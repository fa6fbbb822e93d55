// The accurate integer inverse DCT of libjpeg ("islow"), in the 16-bit arithmetic of libjpeg-turbo's SIMD code, so that every pixel is the one
// that libjpeg-turbo gives, of damaged files too. After C. Loeffler, A. Ligtenberg and G. Moschytz, "Practical Fast 1-D DCT Algorithms with 11
// Multiplications" (ICASSP 1989).
//
// Every step goes through memory: with all in variables, the compiler spilled more than is stored here.
import { high16, high8, low16, low8, transpose } from "./shuffles";

// Weights of two interleaved values, 13 bits behind the point.
const even3 = memory.data<i16>([10703, 4433, 10703, 4433, 10703, 4433, 10703, 4433], 16);
const even2 = memory.data<i16>([4433, -10704, 4433, -10704, 4433, -10704, 4433, -10704], 16);
const odd3 = memory.data<i16>([-6436, 9633, -6436, 9633, -6436, 9633, -6436, 9633], 16);
const odd4 = memory.data<i16>([9633, 6437, 9633, 6437, 9633, 6437, 9633, 6437], 16);
const odd7 = memory.data<i16>([-4927, -7373, -4927, -7373, -4927, -7373, -4927, -7373], 16);
const odd1 = memory.data<i16>([-7373, 4926, -7373, 4926, -7373, 4926, -7373, 4926], 16);
const odd5 = memory.data<i16>([-4176, -20995, -4176, -20995, -4176, -20995, -4176, -20995], 16);
const oddT = memory.data<i16>([-20995, 4177, -20995, 4177, -20995, 4177, -20995, 4177], 16);

/** Bits behind the point between the two passes. */
const between: i32 = 2;

/** A block between its steps. */
const middle = memory.data(128, 16);

/** `T` of `pass`: the first one, over columns, or the second one, over rows. */
type Columns = u8;
type Rows = u16;

/** One dimension of `middle`: vector i holds value i of eight columns or rows, before and after. The compiler makes two functions of this. */
function pass<T>(): void {
  const shift = sizeof<T>() == sizeof<Columns>() ? 13 - between : 13 + between + 3;
  const half = i32x4.splat(1 << (shift - 1));
  const r0 = v128.load(middle),
    r1 = v128.load(middle, 16),
    r2 = v128.load(middle, 32),
    r3 = v128.load(middle, 48),
    r4 = v128.load(middle, 64),
    r5 = v128.load(middle, 80),
    r6 = v128.load(middle, 96),
    r7 = v128.load(middle, 112);
  const z3 = i16x8.add(r7, r3),
    z4 = i16x8.add(r5, r1);
  const zLow = low16(z3, z4),
    zHigh = high16(z3, z4);
  const w3 = v128.load(odd3),
    w4 = v128.load(odd4);
  const z3Low = weigh(zLow, w3),
    z3High = weigh(zHigh, w3),
    z4Low = weigh(zLow, w4),
    z4High = weigh(zHigh, w4);
  const low71 = low16(r7, r1),
    high71 = high16(r7, r1),
    low53 = low16(r5, r3),
    high53 = high16(r5, r3);
  const low26 = low16(r2, r6),
    high26 = high16(r2, r6);

  // Times 2^13, and the rounding of the end already.
  const sum = i16x8.add(r0, r4);
  const sumLow = i32x4.add(i32x4.shl(i32x4.extend_low_i16x8_s(sum), 13), half),
    sumHigh = i32x4.add(i32x4.shl(i32x4.extend_high_i16x8_s(sum), 13), half);
  const e3 = v128.load(even3);
  const t3Low = weigh(low26, e3),
    t3High = weigh(high26, e3);
  const w1 = v128.load(odd1);
  put(i32x4.add(sumLow, t3Low), i32x4.add(sumHigh, t3High), i32x4.add(weigh(low71, w1), z4Low), i32x4.add(weigh(high71, w1), z4High), shift, middle, middle + 112); // prettier-ignore
  const w7 = v128.load(odd7);
  put(i32x4.sub(sumLow, t3Low), i32x4.sub(sumHigh, t3High), i32x4.add(weigh(low71, w7), z3Low), i32x4.add(weigh(high71, w7), z3High), shift, middle + 48, middle + 64); // prettier-ignore

  const difference = i16x8.sub(r0, r4);
  const diffLow = i32x4.add(i32x4.shl(i32x4.extend_low_i16x8_s(difference), 13), half),
    diffHigh = i32x4.add(i32x4.shl(i32x4.extend_high_i16x8_s(difference), 13), half);
  const e2 = v128.load(even2);
  const t2Low = weigh(low26, e2),
    t2High = weigh(high26, e2);
  const wT = v128.load(oddT);
  put(i32x4.add(diffLow, t2Low), i32x4.add(diffHigh, t2High), i32x4.add(weigh(low53, wT), z3Low), i32x4.add(weigh(high53, wT), z3High), shift, middle + 16, middle + 96); // prettier-ignore
  const w5 = v128.load(odd5);
  put(i32x4.sub(diffLow, t2Low), i32x4.sub(diffHigh, t2High), i32x4.add(weigh(low53, w5), z4Low), i32x4.add(weigh(high53, w5), z4High), shift, middle + 32, middle + 80); // prettier-ignore
}

/** a * x + b * y for four interleaved x and y. */
function weigh(pairs: v128, weights: v128): v128 {
  return i32x4.dot_i16x8_s(pairs, weights);
}

/** Sum and difference of an even and an odd part, in two halves each. */
function put(
  evenLow: v128,
  evenHigh: v128,
  oddLow: v128,
  oddHigh: v128,
  shift: i32,
  sum: usize,
  difference: usize,
): void {
  // prettier-ignore
  v128.store(
    sum,
    i16x8.narrow_i32x4_s(
      i32x4.shr_s(i32x4.add(evenLow, oddLow), shift),
      i32x4.shr_s(i32x4.add(evenHigh, oddHigh), shift),
    ),
  );
  v128.store(
    difference,
    i16x8.narrow_i32x4_s(
      i32x4.shr_s(i32x4.sub(evenLow, oddLow), shift),
      i32x4.shr_s(i32x4.sub(evenHigh, oddHigh), shift),
    ),
  );
}

/** Columns of `middle` to rows of pixels. */
function putPixels(to: usize, stride: usize): void {
  const sign = i8x16.splat(-128);
  const a04 = i8x16.narrow_i16x8_s(v128.load(middle), v128.load(middle, 64)),
    a15 = i8x16.narrow_i16x8_s(v128.load(middle, 16), v128.load(middle, 80)),
    a26 = i8x16.narrow_i16x8_s(v128.load(middle, 32), v128.load(middle, 96)),
    a37 = i8x16.narrow_i16x8_s(v128.load(middle, 48), v128.load(middle, 112));
  const b02 = low8(a04, a26),
    b46 = high8(a04, a26),
    b13 = low8(a15, a37),
    b57 = high8(a15, a37);
  const left03 = v128.xor(low8(b02, b13), sign),
    left47 = v128.xor(high8(b02, b13), sign),
    right03 = v128.xor(low8(b46, b57), sign),
    right47 = v128.xor(high8(b46, b57), sign);
  const rows01 = v128.shuffle<i32>(left03, right03, 0, 4, 1, 5),
    rows23 = v128.shuffle<i32>(left03, right03, 2, 6, 3, 7),
    rows45 = v128.shuffle<i32>(left47, right47, 0, 4, 1, 5),
    rows67 = v128.shuffle<i32>(left47, right47, 2, 6, 3, 7);
  v128.store64_lane(to, rows01, 0);
  v128.store64_lane(to + stride, rows01, 1);
  v128.store64_lane(to + 2 * stride, rows23, 0);
  v128.store64_lane(to + 3 * stride, rows23, 1);
  v128.store64_lane(to + 4 * stride, rows45, 0);
  v128.store64_lane(to + 5 * stride, rows45, 1);
  v128.store64_lane(to + 6 * stride, rows67, 0);
  v128.store64_lane(to + 7 * stride, rows67, 1);
}

/** No intact image has a larger factor times coefficient: there the SIMD code of libjpeg-turbo differs from its own shortcuts. */
const largest: i32 = 8191;

/**
 * @param block - 64 coefficients (i16), row by row
 * @param quantiser - 64 factors (u16), row by row
 * @param to - eight rows of eight pixels, `stride` bytes apart
 * @returns false, and nothing done, for values of a damaged image
 */
export function inverseDct(block: usize, quantiser: usize, to: usize, stride: usize): bool {
  const first = i16x8.mul(v128.load(block), v128.load(quantiser));
  if (v128.any_true(i16x8.shr_u(i16x8.add(first, i16x8.splat(<i16>(largest + 1))), 14))) return false;
  v128.store(middle, first);
  for (let i: usize = 16; i < 128; i += 16)
    v128.store(middle + i, i16x8.mul(v128.load(block + i), v128.load(quantiser + i)));
  pass<Columns>();
  transpose(middle);
  pass<Rows>();
  putPixels(to, stride);
  return true;
}

/** The same for a block whose only coefficient is the first: `dc` is that, times its factor. */
export function flatBlock(dc: i32, to: usize, stride: usize): bool {
  if (dc < -largest - 1 || dc > largest) return false;
  const value = min(max(((dc << between) + 16) >> 5, -128), 127) + 128;
  const pixels = i8x16.splat(<i8>value);
  for (let y = 0; y < 8; y++) {
    v128.store64_lane(to, pixels, 0);
    to += stride;
  }
  return true;
}
