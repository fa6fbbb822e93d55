// Adler-32 (RFC 1950, 8.2), 32 bytes at a time.

/** The checksum of zlib streams (RFC 1950, 8.2). */
export function adler32(from: usize, length: i32): u32 {
  return adler32On(1, from, length);
}

/** Goes on from the checksum of what is before. */
export function adler32On(sum: u32, from: usize, length: i32): u32 {
  let low: u32 = sum & 0xffff,
    high: u32 = sum >> 16;
  const weights1 = i8x16(32, 31, 30, 29, 28, 27, 26, 25, 24, 23, 22, 21, 20, 19, 18, 17);
  const weights2 = i8x16(16, 15, 14, 13, 12, 11, 10, 9, 8, 7, 6, 5, 4, 3, 2, 1);
  const end = from + length;
  while (from + 32 <= end) {
    // As many steps as 32-bit sums hold without a division.
    const stop = min(from + 5536, from + ((end - from) & ~31));
    let sums = i32x4.splat(0),
      weighted = i32x4.splat(0),
      before = i32x4.splat(0);
    const steps = <u32>((stop - from) >> 5);
    for (; from < stop; from += 32) {
      const a = v128.load(from),
        b = v128.load(from, 16);
      before = i32x4.add(before, sums);
      sums = i32x4.add(
        sums,
        i32x4.add(
          i32x4.extadd_pairwise_i16x8_u(i16x8.extadd_pairwise_i8x16_u(a)),
          i32x4.extadd_pairwise_i16x8_u(i16x8.extadd_pairwise_i8x16_u(b)),
        ),
      );
      weighted = i32x4.add(weighted, i32x4.add(times(a, weights1), times(b, weights2)));
    }
    high = (high + low * (steps << 5) + (across(before) << 5) + across(weighted)) % 65521;
    low = (low + across(sums)) % 65521;
  }
  for (; from < end; from++) {
    low += load<u8>(from);
    high += low;
  }
  return ((high % 65521) << 16) | (low % 65521);
}

function times(bytes: v128, weights: v128): v128 {
  const low = i16x8.extmul_low_i8x16_u(bytes, weights),
    high = i16x8.extmul_high_i8x16_u(bytes, weights);
  return i32x4.add(i32x4.extadd_pairwise_i16x8_u(low), i32x4.extadd_pairwise_i16x8_u(high));
}

function across(v: v128): u32 {
  return i32x4.extract_lane(v, 0) + i32x4.extract_lane(v, 1) + i32x4.extract_lane(v, 2) + i32x4.extract_lane(v, 3);
}
