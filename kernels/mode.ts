// COUNTLESS: the mode of squares of four labels, of any width, by comparing alone (a == b or a == c ? a : b == c ? b : d).

/**
 * @param voxelBytes - 1, 2, 4 or 8
 * @param stride - bytes from one source row to the next
 * @param toStride - the same of the target
 * @param width - target voxels per row
 */
export function modeOfSquares(
  voxelBytes: i32,
  from: usize,
  stride: usize,
  to: usize,
  toStride: usize,
  width: i32,
  rows: i32,
): void {
  for (let y = 0; y < rows; y++) {
    if (voxelBytes == 8) modeRow<u64>(from, from + stride, to, width);
    else if (voxelBytes == 4) modeRow<u32>(from, from + stride, to, width);
    else if (voxelBytes == 2) modeRow<u16>(from, from + stride, to, width);
    else modeRow<u8>(from, from + stride, to, width);
    from += 2 * stride;
    to += toStride;
  }
}

function modeRow<T>(upper: usize, lower: usize, to: usize, width: i32): void {
  const perVector = 16 / <i32>sizeof<T>();
  let x = 0;
  for (; x + perVector <= width; x += perVector, upper += 32, lower += 32, to += 16) {
    const left = v128.load(upper),
      right = v128.load(upper, 16);
    const a = evenOnes<T>(left, right),
      b = oddOnes<T>(left, right);
    const leftBelow = v128.load(lower),
      rightBelow = v128.load(lower, 16);
    const c = evenOnes<T>(leftBelow, rightBelow),
      d = oddOnes<T>(leftBelow, rightBelow);
    const isFirst = v128.or(v128.eq<T>(a, b), v128.eq<T>(a, c));
    v128.store(to, v128.bitselect(a, v128.bitselect(b, d, v128.eq<T>(b, c)), isFirst));
  }
  for (; x < width; x++, upper += 2 * sizeof<T>(), lower += 2 * sizeof<T>(), to += sizeof<T>()) {
    const a = load<T>(upper),
      b = load<T>(upper, sizeof<T>()),
      c = load<T>(lower);
    store<T>(to, a == b || a == c ? a : b == c ? b : load<T>(lower, sizeof<T>()));
  }
}

function evenOnes<T>(a: v128, b: v128): v128 {
  if (sizeof<T>() == 8) return v128.shuffle<u64>(a, b, 0, 2);
  if (sizeof<T>() == 4) return v128.shuffle<u32>(a, b, 0, 2, 4, 6);
  if (sizeof<T>() == 2) return v128.shuffle<u16>(a, b, 0, 2, 4, 6, 8, 10, 12, 14);
  return v128.shuffle<u8>(a, b, 0, 2, 4, 6, 8, 10, 12, 14, 16, 18, 20, 22, 24, 26, 28, 30);
}

function oddOnes<T>(a: v128, b: v128): v128 {
  if (sizeof<T>() == 8) return v128.shuffle<u64>(a, b, 1, 3);
  if (sizeof<T>() == 4) return v128.shuffle<u32>(a, b, 1, 3, 5, 7);
  if (sizeof<T>() == 2) return v128.shuffle<u16>(a, b, 1, 3, 5, 7, 9, 11, 13, 15);
  return v128.shuffle<u8>(a, b, 1, 3, 5, 7, 9, 11, 13, 15, 17, 19, 21, 23, 25, 27, 29, 31);
}
