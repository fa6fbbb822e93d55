// Rearranging the values of vectors, and of a block of 8 x 8.

/** The lower halves of two vectors, value by value in turn. */
export function low16(a: v128, b: v128): v128 {
  return v128.shuffle<i16>(a, b, 0, 8, 1, 9, 2, 10, 3, 11);
}
export function high16(a: v128, b: v128): v128 {
  return v128.shuffle<i16>(a, b, 4, 12, 5, 13, 6, 14, 7, 15);
}
export function low8(a: v128, b: v128): v128 {
  return v128.shuffle<u8>(a, b, 0, 16, 1, 17, 2, 18, 3, 19, 4, 20, 5, 21, 6, 22, 7, 23);
}
export function high8(a: v128, b: v128): v128 {
  return v128.shuffle<u8>(a, b, 8, 24, 9, 25, 10, 26, 11, 27, 12, 28, 13, 29, 14, 30, 15, 31);
}

/** Eight vectors of eight i16, one after another in memory: rows become columns. */
export function transpose(block: usize): void {
  const a0 = v128.load(block),
    a1 = v128.load(block, 16),
    a2 = v128.load(block, 32),
    a3 = v128.load(block, 48),
    a4 = v128.load(block, 64),
    a5 = v128.load(block, 80),
    a6 = v128.load(block, 96),
    a7 = v128.load(block, 112);
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
  v128.store(block, v128.shuffle<i64>(c0, c4, 0, 2));
  v128.store(block, v128.shuffle<i64>(c0, c4, 1, 3), 16);
  v128.store(block, v128.shuffle<i64>(c1, c5, 0, 2), 32);
  v128.store(block, v128.shuffle<i64>(c1, c5, 1, 3), 48);
  v128.store(block, v128.shuffle<i64>(c2, c6, 0, 2), 64);
  v128.store(block, v128.shuffle<i64>(c2, c6, 1, 3), 80);
  v128.store(block, v128.shuffle<i64>(c3, c7, 0, 2), 96);
  v128.store(block, v128.shuffle<i64>(c3, c7, 1, 3), 112);
}
