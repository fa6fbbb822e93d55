// TIFF's predictor 2 (TIFF 6.0, section 14): each sample of a row is the difference to the one before it of the same channel.

/**
 * Sums up the rows of images with one channel, in place.
 *
 * @param rowSamples - per row, all of the same type, little-endian
 * @param sampleBytes - 1 or 2
 */
export function undoDifferences(at: usize, rows: i32, rowSamples: i32, sampleBytes: i32): void {
  for (; rows > 0; rows--) {
    if (sampleBytes == 1) sumBytes(at, rowSamples);
    else sumPairs(at, rowSamples);
    at += rowSamples * sampleBytes;
  }
}

/** Running sums within 16 bytes in four steps; the last of them is added to all of the next 16. */
function sumBytes(at: usize, length: i32): void {
  const zero = i8x16.splat(0);
  const end = at + length;
  let carry = zero;
  for (; at + 16 <= end; at += 16) {
    let sums = v128.load(at);
    sums = i8x16.add(sums, v128.shuffle<i8>(zero, sums, 0, 16, 17, 18, 19, 20, 21, 22, 23, 24, 25, 26, 27, 28, 29, 30));
    sums = i8x16.add(sums, v128.shuffle<i8>(zero, sums, 0, 1, 16, 17, 18, 19, 20, 21, 22, 23, 24, 25, 26, 27, 28, 29));
    sums = i8x16.add(sums, v128.shuffle<i8>(zero, sums, 0, 1, 2, 3, 16, 17, 18, 19, 20, 21, 22, 23, 24, 25, 26, 27));
    sums = i8x16.add(sums, v128.shuffle<i8>(zero, sums, 0, 1, 2, 3, 4, 5, 6, 7, 16, 17, 18, 19, 20, 21, 22, 23));
    sums = i8x16.add(sums, carry);
    v128.store(at, sums);
    carry = v128.shuffle<i8>(sums, sums, 15, 15, 15, 15, 15, 15, 15, 15, 15, 15, 15, 15, 15, 15, 15, 15);
  }
  let sum = i8x16.extract_lane_u(carry, 0);
  for (; at < end; at++) {
    sum += load<u8>(at);
    store<u8>(at, sum);
  }
}

/** The same for eight samples of two bytes in three steps. */
function sumPairs(at: usize, length: i32): void {
  const zero = i16x8.splat(0);
  const end = at + (length << 1);
  let carry = zero;
  for (; at + 16 <= end; at += 16) {
    let sums = v128.load(at);
    sums = i16x8.add(sums, v128.shuffle<i16>(zero, sums, 0, 8, 9, 10, 11, 12, 13, 14));
    sums = i16x8.add(sums, v128.shuffle<i16>(zero, sums, 0, 1, 8, 9, 10, 11, 12, 13));
    sums = i16x8.add(sums, v128.shuffle<i16>(zero, sums, 0, 1, 2, 3, 8, 9, 10, 11));
    sums = i16x8.add(sums, carry);
    v128.store(at, sums);
    carry = v128.shuffle<i16>(sums, sums, 7, 7, 7, 7, 7, 7, 7, 7);
  }
  let sum = i16x8.extract_lane_u(carry, 0);
  for (; at < end; at += 2) {
    sum += load<u16>(at);
    store<u16>(at, sum);
  }
}
