// The accurate integer inverse DCT of libjpeg ("islow"), in the 16-bit arithmetic of libjpeg-turbo's SIMD code, so that every pixel is the one
// that libjpeg-turbo gives, of damaged files too. After C. Loeffler, A. Ligtenberg and G. Moschytz, "Practical Fast 1-D DCT Algorithms with 11
// Multiplications" (ICASSP 1989).

// Constants with 13 bits behind the point.
const f0_298: i16 = 2446;
const f0_390: i16 = 3196;
const f0_541: i16 = 4433;
const f0_765: i16 = 6270;
const f0_899: i16 = 7373;
const f1_175: i16 = 9633;
const f1_501: i16 = 12299;
const f1_847: i16 = 15137;
const f1_961: i16 = 16069;
const f2_053: i16 = 16819;
const f2_562: i16 = 20995;
const f3_072: i16 = 25172;

/** Bits behind the point between the two passes. */
const between: i32 = 2;

function pair(a: i16, b: i16): v128 {
  return i32x4.splat(((<i32>b) << 16) | ((<i32>a) & 0xffff));
}
function low16(a: v128, b: v128): v128 {
  return v128.shuffle<i16>(a, b, 0, 8, 1, 9, 2, 10, 3, 11);
}
function high16(a: v128, b: v128): v128 {
  return v128.shuffle<i16>(a, b, 4, 12, 5, 13, 6, 14, 7, 15);
}

/** a * x + b * y for the lower and the upper four of the interleaved x and y. */
function weigh(xy: v128, weights: v128): v128 {
  return i32x4.dot_i16x8_s(xy, weights);
}

/** Four outputs from the even part and the odd part, rounded: their sum and difference. */
function sums(low: v128, high: v128, oddLow: v128, oddHigh: v128, shift: i32): v128 {
  return i16x8.narrow_i32x4_s(i32x4.shr_s(i32x4.add(low, oddLow), shift), i32x4.shr_s(i32x4.add(high, oddHigh), shift));
}
function differences(low: v128, high: v128, oddLow: v128, oddHigh: v128, shift: i32): v128 {
  return i16x8.narrow_i32x4_s(i32x4.shr_s(i32x4.sub(low, oddLow), shift), i32x4.shr_s(i32x4.sub(high, oddHigh), shift));
}

/** A block between its passes. */
const middle = memory.data(128, 16);

/** `T` of `pass`: the first one, over columns, or the second one, over rows. */
type Columns = u8;
type Rows = u16;

/** One dimension of eight columns of `middle` at once; the results go back transposed. The compiler makes two functions of this, by `T`. */
function pass<T>(): void {
  const shift = sizeof<T>() == sizeof<Columns>() ? 13 - between : 13 + between + 3;
  const r0 = v128.load(middle),
    r1 = v128.load(middle, 16),
    r2 = v128.load(middle, 32),
    r3 = v128.load(middle, 48),
    r4 = v128.load(middle, 64),
    r5 = v128.load(middle, 80),
    r6 = v128.load(middle, 96),
    r7 = v128.load(middle, 112);
  const half = i32x4.splat(1 << (shift - 1));
  // Even part.
  const l26 = low16(r2, r6),
    h26 = high16(r2, r6);
  const e3 = pair(f0_541 + f0_765, f0_541),
    e2 = pair(f0_541, f0_541 - f1_847);
  const t3l = weigh(l26, e3),
    t3h = weigh(h26, e3),
    t2l = weigh(l26, e2),
    t2h = weigh(h26, e2);
  const sum = i16x8.add(r0, r4),
    difference = i16x8.sub(r0, r4);
  // Times 2^13, and the rounding of the end already.
  const t0l = i32x4.add(i32x4.shl(i32x4.extend_low_i16x8_s(sum), 13), half),
    t0h = i32x4.add(i32x4.shl(i32x4.extend_high_i16x8_s(sum), 13), half),
    t1l = i32x4.add(i32x4.shl(i32x4.extend_low_i16x8_s(difference), 13), half),
    t1h = i32x4.add(i32x4.shl(i32x4.extend_high_i16x8_s(difference), 13), half);
  const t10l = i32x4.add(t0l, t3l),
    t10h = i32x4.add(t0h, t3h),
    t13l = i32x4.sub(t0l, t3l),
    t13h = i32x4.sub(t0h, t3h),
    t11l = i32x4.add(t1l, t2l),
    t11h = i32x4.add(t1h, t2h),
    t12l = i32x4.sub(t1l, t2l),
    t12h = i32x4.sub(t1h, t2h);
  // Odd part.
  const z3 = i16x8.add(r7, r3),
    z4 = i16x8.add(r5, r1);
  const zl = low16(z3, z4),
    zh = high16(z3, z4);
  const w3 = pair(f1_175 - f1_961, f1_175),
    w4 = pair(f1_175, f1_175 - f0_390);
  const z3l = weigh(zl, w3),
    z3h = weigh(zh, w3),
    z4l = weigh(zl, w4),
    z4h = weigh(zh, w4);
  const l71 = low16(r7, r1),
    h71 = high16(r7, r1),
    l53 = low16(r5, r3),
    h53 = high16(r5, r3);
  const w7 = pair(f0_298 - f0_899, -f0_899),
    w1 = pair(-f0_899, f1_501 - f0_899),
    w5 = pair(f2_053 - f2_562, -f2_562),
    wt = pair(-f2_562, f3_072 - f2_562);
  const o0l = i32x4.add(weigh(l71, w7), z3l),
    o0h = i32x4.add(weigh(h71, w7), z3h),
    o3l = i32x4.add(weigh(l71, w1), z4l),
    o3h = i32x4.add(weigh(h71, w1), z4h),
    o1l = i32x4.add(weigh(l53, w5), z4l),
    o1h = i32x4.add(weigh(h53, w5), z4h),
    o2l = i32x4.add(weigh(l53, wt), z3l),
    o2h = i32x4.add(weigh(h53, wt), z3h);
  const a0 = sums(t10l, t10h, o3l, o3h, shift),
    a7 = differences(t10l, t10h, o3l, o3h, shift),
    a1 = sums(t11l, t11h, o2l, o2h, shift),
    a6 = differences(t11l, t11h, o2l, o2h, shift),
    a2 = sums(t12l, t12h, o1l, o1h, shift),
    a5 = differences(t12l, t12h, o1l, o1h, shift),
    a3 = sums(t13l, t13h, o0l, o0h, shift),
    a4 = differences(t13l, t13h, o0l, o0h, shift);
  // Transposed.
  const b0 = low16(a0, a1),
    b1 = high16(a0, a1),
    b2 = low16(a2, a3),
    b3 = high16(a2, a3),
    b4 = low16(a4, a5),
    b5 = high16(a4, a5),
    b6 = low16(a6, a7),
    b7 = high16(a6, a7);
  const c0 = v128.shuffle<i32>(b0, b2, 0, 4, 1, 5),
    c1 = v128.shuffle<i32>(b0, b2, 2, 6, 3, 7),
    c2 = v128.shuffle<i32>(b1, b3, 0, 4, 1, 5),
    c3 = v128.shuffle<i32>(b1, b3, 2, 6, 3, 7),
    c4 = v128.shuffle<i32>(b4, b6, 0, 4, 1, 5),
    c5 = v128.shuffle<i32>(b4, b6, 2, 6, 3, 7),
    c6 = v128.shuffle<i32>(b5, b7, 0, 4, 1, 5),
    c7 = v128.shuffle<i32>(b5, b7, 2, 6, 3, 7);
  v128.store(middle, v128.shuffle<i64>(c0, c4, 0, 2));
  v128.store(middle, v128.shuffle<i64>(c0, c4, 1, 3), 16);
  v128.store(middle, v128.shuffle<i64>(c1, c5, 0, 2), 32);
  v128.store(middle, v128.shuffle<i64>(c1, c5, 1, 3), 48);
  v128.store(middle, v128.shuffle<i64>(c2, c6, 0, 2), 64);
  v128.store(middle, v128.shuffle<i64>(c2, c6, 1, 3), 80);
  v128.store(middle, v128.shuffle<i64>(c3, c7, 0, 2), 96);
  v128.store(middle, v128.shuffle<i64>(c3, c7, 1, 3), 112);
}

function putTwoRows(at: usize, to: usize, stride: usize): void {
  const pixels = v128.xor(i8x16.narrow_i16x8_s(v128.load(middle + at), v128.load(middle + at, 16)), i8x16.splat(-128));
  v128.store64_lane(to, pixels, 0);
  v128.store64_lane(to + stride, pixels, 1);
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
  pass<Rows>();
  putTwoRows(0, to, stride);
  putTwoRows(32, to + 2 * stride, stride);
  putTwoRows(64, to + 4 * stride, stride);
  putTwoRows(96, to + 6 * stride, stride);
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
