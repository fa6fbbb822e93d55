// Moves rows of voxels between images and bricks (a chunk's voxels, one after another), and makes means of brick sections in place.

/** `rows` rows of `width` bytes. Source and target do not overlap. */
export function copyRows(from: usize, fromStride: i32, to: usize, toStride: i32, width: i32, rows: i32): void {
  if (width == 64) {
    for (let y = 0; y < rows; y++) {
      copy64(from, to);
      from += fromStride;
      to += toStride;
    }
    return;
  }
  if (width == 128) {
    for (let y = 0; y < rows; y++) {
      copy64(from, to);
      copy64(from + 64, to + 64);
      from += fromStride;
      to += toStride;
    }
    return;
  }
  for (let y = 0; y < rows; y++) {
    if (width < 256) copyShort(from, to, width);
    else memory.copy(to, from, width);
    from += fromStride;
    to += toStride;
  }
}

function copy64(from: usize, to: usize): void {
  v128.store(to, v128.load(from));
  v128.store(to, v128.load(from, 16), 16);
  v128.store(to, v128.load(from, 32), 32);
  v128.store(to, v128.load(from, 48), 48);
}

/** A call of memory.copy costs more than this. */
function copyShort(from: usize, to: usize, width: i32): void {
  let x = 0;
  for (; x + 16 <= width; x += 16) v128.store(to + x, v128.load(from + x));
  for (; x < width; x++) store<u8>(to + x, load<u8>(from + x));
}

/**
 * 2x2x1 and 2x2x2 means of bytes, half to even.
 *
 * @param b - the second section, or 0 where there is one
 * @param stride - of the source rows, bytes
 * @param width - target voxels per row
 */
export function meanBytes(a: usize, b: usize, stride: i32, to: usize, toStride: i32, width: i32, rows: i32): void {
  for (let y = 0; y < rows; y++) {
    let x = 0;
    for (; x + 16 <= width; x += 16) {
      const at = (<usize>x) << 1;
      let low = pairs(a + at, stride),
        high = pairs(a + at + 16, stride);
      if (b) {
        low = eighth(i16x8.add(low, pairs(b + at, stride)));
        high = eighth(i16x8.add(high, pairs(b + at + 16, stride)));
      } else {
        low = quarter(low);
        high = quarter(high);
      }
      v128.store(to + x, i8x16.narrow_i16x8_u(low, high));
    }
    for (; x < width; x++) {
      const at = (<usize>x) << 1;
      let sum = square(a + at, stride);
      if (b) {
        sum += square(b + at, stride);
        store<u8>(to + x, (sum + 3 + ((sum >> 3) & 1)) >> 3);
      } else store<u8>(to + x, (sum + 1 + ((sum >> 2) & 1)) >> 2);
    }
    a += stride << 1;
    if (b) b += stride << 1;
    to += toStride;
  }
}

/** Sums of eight squares of 2x2 bytes. */
function pairs(at: usize, stride: i32): v128 {
  return i16x8.add(i16x8.extadd_pairwise_i8x16_u(v128.load(at)), i16x8.extadd_pairwise_i8x16_u(v128.load(at + stride)));
}

function square(at: usize, stride: i32): u32 {
  return <u32>load<u8>(at) + <u32>load<u8>(at, 1) + <u32>load<u8>(at + stride) + <u32>load<u8>(at + stride, 1);
}

function quarter(sums: v128): v128 {
  const odd = v128.and(i16x8.shr_u(sums, 2), i16x8.splat(1));
  return i16x8.shr_u(i16x8.add(i16x8.add(sums, i16x8.splat(1)), odd), 2);
}

function eighth(sums: v128): v128 {
  const odd = v128.and(i16x8.shr_u(sums, 3), i16x8.splat(1));
  return i16x8.shr_u(i16x8.add(i16x8.add(sums, i16x8.splat(3)), odd), 3);
}

/** The same of unsigned 16-bit voxels; `stride` and `toStride` in bytes. */
export function meanShorts(a: usize, b: usize, stride: i32, to: usize, toStride: i32, width: i32, rows: i32): void {
  for (let y = 0; y < rows; y++) {
    let x = 0;
    for (; x + 8 <= width; x += 8) {
      const at = (<usize>x) << 2;
      let low = shortPairs(a + at, stride),
        high = shortPairs(a + at + 16, stride);
      if (b) {
        low = shortEighth(i32x4.add(low, shortPairs(b + at, stride)));
        high = shortEighth(i32x4.add(high, shortPairs(b + at + 16, stride)));
      } else {
        low = shortQuarter(low);
        high = shortQuarter(high);
      }
      v128.store(to + ((<usize>x) << 1), i16x8.narrow_i32x4_u(low, high));
    }
    for (; x < width; x++) {
      const at = (<usize>x) << 2;
      let sum = shortSquare(a + at, stride);
      if (b) {
        sum += shortSquare(b + at, stride);
        sum = (sum + 3 + ((sum >> 3) & 1)) >> 3;
      } else sum = (sum + 1 + ((sum >> 2) & 1)) >> 2;
      store<u16>(to + ((<usize>x) << 1), sum);
    }
    a += stride << 1;
    if (b) b += stride << 1;
    to += toStride;
  }
}

/** Sums of four squares of 2x2 voxels. */
function shortPairs(at: usize, stride: i32): v128 {
  return i32x4.add(i32x4.extadd_pairwise_i16x8_u(v128.load(at)), i32x4.extadd_pairwise_i16x8_u(v128.load(at + stride)));
}

function shortSquare(at: usize, stride: i32): u32 {
  return <u32>load<u16>(at) + <u32>load<u16>(at, 2) + <u32>load<u16>(at + stride) + <u32>load<u16>(at + stride, 2);
}

function shortQuarter(sums: v128): v128 {
  const odd = v128.and(i32x4.shr_u(sums, 2), i32x4.splat(1));
  return i32x4.shr_u(i32x4.add(i32x4.add(sums, i32x4.splat(1)), odd), 2);
}

function shortEighth(sums: v128): v128 {
  const odd = v128.and(i32x4.shr_u(sums, 3), i32x4.splat(1));
  return i32x4.shr_u(i32x4.add(i32x4.add(sums, i32x4.splat(3)), odd), 3);
}
