// Undoes PNG's row filters (PNG specification, section 9) for pixels of 1 or 2 bytes, 16 rows at a time.
//
// Left, up and upper left make a chain of dependent steps along a row. 16 rows are worked on at once as a slanted front: at step t lane r
// is at byte t - r of row r, so "up" is what lane r - 1 made one step before. 16 x 16 bytes are transposed to get there and back.

const slack: i32 = 16;

/** For each lane: all ones where a row has the filter. */
const masks = memory.data(16 * 4, 16);
/** 16 x 16 bytes on their way through a transposition. */
const block = memory.data(256, 16);

/**
 * @param from - rows of a filter byte and `rowBytes` bytes, with 16 readable bytes before and 32 after them
 * @param to - row y is written to `to + y * (rowBytes + 32)`, with 16 writable bytes before and 32 after it
 * @param above - `rowBytes + 32` bytes: the row above the first one, zero where there is none
 * @param pixelBytes - 1 or 2
 * @returns 0, or -1 when a row has a filter that PNG does not have
 */
export function unfilter(from: usize, rows: i32, rowBytes: i32, to: usize, above: usize, pixelBytes: i32): i32 {
  const stride = rowBytes + 2 * slack;
  let y = 0;
  while (y < rows) {
    const source = from + y * (rowBytes + 1);
    const target = to + y * stride;
    let count = 0; // rows from here on whose bytes depend on their left neighbours
    while (count < 16 && y + count < rows) {
      const filter = load<u8>(source + count * (rowBytes + 1));
      if (filter > 4) return -1;
      if (filter == 0 || filter == 2) break;
      count++;
    }
    if (count == 16 && rowBytes >= 32) {
      undo16(source, rowBytes, target, stride, above, pixelBytes);
      y += 16;
      above = target + 15 * stride;
    } else {
      undoRow(load<u8>(source), source + 1, rowBytes, target, above, pixelBytes);
      y++;
      above = target;
    }
  }
  return 0;
}

/** Moves the rows together: row y begins at `to + y * rowBytes`. */
export function closeGaps(to: usize, rows: i32, rowBytes: i32): void {
  for (let y = 1; y < rows; y++) memory.copy(to + y * rowBytes, to + y * (rowBytes + 2 * slack), rowBytes);
}

function undo16(source: usize, rowBytes: i32, target: usize, stride: i32, above: usize, pixelBytes: i32): void {
  let isAllPaeth = true;
  for (let row = 0; row < 16; row++) {
    const filter = load<u8>(source + row * (rowBytes + 1));
    if (filter != 4) isAllPaeth = false;
    for (let one: u8 = 1; one <= 4; one++) store<u8>(masks + ((one - 1) << 4) + row, filter == one ? 255 : 0);
  }
  const isSub = v128.load(masks),
    isUp = v128.load(masks, 16),
    isAverage = v128.load(masks, 32),
    isPaeth = v128.load(masks, 48);
  const zero = i8x16.splat(0);
  const ones = i8x16.splat(1);
  // What each lane made one and two steps ago, and what was above it then.
  let made1 = zero,
    made2 = zero,
    above1 = zero,
    above2 = zero;
  const isWide = pixelBytes == 2;
  const steps = rowBytes + 15;
  for (let start = 0; start < steps; start += 16) {
    for (let row = 0; row < 16; row++)
      v128.store(block + (row << 4), v128.load(source + row * (rowBytes + 1) + 1 + start - row));
    transpose(block);
    // Lanes that have not reached their row yet read zeros, so that what they make is zero too.
    if (start == 0) for (let t = 0; t < 16; t++) memory.fill(block + (t << 4) + t + 1, 0, 15 - t);
    if (isAllPaeth && !isWide) {
      for (let t = 0; t < 16; t++) {
        const up = i8x16.replace_lane(shifted(made1), 0, load<u8>(above + start + t));
        made1 = i8x16.add(v128.load(block + (t << 4)), paeth(made1, up, above1));
        above1 = up;
        v128.store(block + (t << 4), made1);
      }
    } else {
      for (let t = 0; t < 16; t++) {
        const up = i8x16.replace_lane(shifted(made1), 0, load<u8>(above + start + t));
        const left = isWide ? made2 : made1;
        const upperLeft = isWide ? above2 : above1;
        const half = i8x16.sub(i8x16.avgr_u(left, up), v128.and(v128.xor(left, up), ones)); // avgr rounds up, PNG down
        const predicted = v128.or(
          v128.or(v128.and(left, isSub), v128.and(up, isUp)),
          v128.or(v128.and(half, isAverage), v128.and(paeth(left, up, upperLeft), isPaeth)),
        );
        made2 = made1;
        made1 = i8x16.add(v128.load(block + (t << 4)), predicted);
        above2 = above1;
        above1 = up;
        v128.store(block + (t << 4), made1);
      }
    }
    transpose(block);
    for (let row = 0; row < 16; row++) v128.store(target + row * stride + start - row, v128.load(block + (row << 4)));
  }
}

/** Lane r gets what lane r - 1 had. */
function shifted(a: v128): v128 {
  return v128.shuffle<u8>(a, a, 0, 0, 1, 2, 3, 4, 5, 6, 7, 8, 9, 10, 11, 12, 13, 14);
}

/** Of left, up and upper left the nearest to left + up - upper left, the earlier of equals, in 8 bits without a carry. */
function paeth(left: v128, up: v128, upperLeft: v128): v128 {
  const upRise = i8x16.sub_sat_u(up, upperLeft),
    upFall = i8x16.sub_sat_u(upperLeft, up);
  const leftRise = i8x16.sub_sat_u(left, upperLeft),
    leftFall = i8x16.sub_sat_u(upperLeft, left);
  const toLeft = v128.or(upRise, upFall);
  const toUp = v128.or(leftRise, leftFall);
  // Both steps up or both down: upper left is the farthest. Else it is as far as the steps differ.
  const isSameWay = v128.or(i8x16.min_u(upRise, leftRise), i8x16.min_u(upFall, leftFall));
  const isOpposite = i8x16.eq(isSameWay, i8x16.splat(0));
  const difference = i8x16.sub(i8x16.max_u(toLeft, toUp), i8x16.min_u(toLeft, toUp));
  const toUpperLeft = v128.or(difference, v128.not(isOpposite));
  const other = v128.bitselect(up, upperLeft, i8x16.le_u(toUp, toUpperLeft));
  return v128.bitselect(left, other, i8x16.le_u(toLeft, i8x16.min_u(toUp, toUpperLeft)));
}

function undoRow(filter: u8, source: usize, rowBytes: i32, target: usize, above: usize, pixelBytes: i32): void {
  if (filter == 0) {
    memory.copy(target, source, rowBytes);
    return;
  }
  if (filter == 2) {
    let x = 0;
    for (; x + 16 <= rowBytes; x += 16) v128.store(target + x, i8x16.add(v128.load(source + x), v128.load(above + x)));
    for (; x < rowBytes; x++) store<u8>(target + x, load<u8>(source + x) + load<u8>(above + x));
    return;
  }
  for (let x = 0; x < rowBytes; x++) {
    const isFirst = x < pixelBytes;
    const left: i32 = isFirst ? 0 : load<u8>(target + x - pixelBytes);
    const up: i32 = load<u8>(above + x);
    const upperLeft: i32 = isFirst ? 0 : load<u8>(above + x - pixelBytes);
    const predicted = filter == 1 ? left : filter == 3 ? (left + up) >> 1 : nearest(left, up, upperLeft);
    store<u8>(target + x, load<u8>(source + x) + <u8>predicted);
  }
}

function nearest(left: i32, up: i32, upperLeft: i32): i32 {
  const toLeft = abs(up - upperLeft);
  const toUp = abs(left - upperLeft);
  const toUpperLeft = abs(left + up - 2 * upperLeft);
  return select(left, select(up, upperLeft, toUp <= toUpperLeft), (toLeft <= toUp) & (toLeft <= toUpperLeft));
}

/** 16 x 16 bytes in place: four rounds that interleave vector i with vector i + 8. */
function transpose(at: usize): void {
  for (let round = 0; round < 2; round++) {
    interleave(at, spare);
    interleave(spare, at);
  }
}

const spare = memory.data(256, 16);

function interleave(from: usize, to: usize): void {
  for (let i = 0; i < 8; i++) {
    const a = v128.load(from + (i << 4)),
      b = v128.load(from + (i << 4), 128);
    v128.store(to + (i << 5), v128.shuffle<u8>(a, b, 0, 16, 1, 17, 2, 18, 3, 19, 4, 20, 5, 21, 6, 22, 7, 23));
    v128.store(to + (i << 5), v128.shuffle<u8>(a, b, 8, 24, 9, 25, 10, 26, 11, 27, 12, 28, 13, 29, 14, 30, 15, 31), 16);
  }
}
