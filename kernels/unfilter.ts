// Undoes PNG's row filters (PNG specification, section 9) for pixels of 1 or 2 bytes, 32 rows at a time.
//
// Left, up and upper left make a chain of dependent steps along a row. 32 rows are worked on at once as a slanted front: at step t lane r
// is at byte t - r of row r, so "up" is what lane r - 1 made one step before. The lanes are two vectors, whose chains overlap.
// Blocks of 16 x 16 bytes are transposed to get there and back.

import { high8, low8 } from "./shuffles";

const slack: i32 = 16;

/** 16 steps of the upper and of the lower vector. */
const upper = memory.data(512, 16);
const lower: usize = upper + 256;
/** 16 x 16 bytes half-way through a transposition; filters of 16 rows. */
const spare = memory.data(256, 16);

/** For each of 32 lanes: all ones where its row has the filter. */
const masks = memory.data(128, 16);
/** What each vector made one step ago and what was above that, and the same two steps ago: four vectors each. */
const state = memory.data(128, 16);

/** Fewer rows than these among 32 that depend on their left neighbours are undone one by one. */
const fewRows: i32 = 3;

/**
 * Rows are undone in `band`, which stays in the cache, and copied from there: at the target they would be written 16 bytes at a time, 32
 * lines far apart, and had to be moved together afterwards.
 *
 * @param from - rows of a filter byte and `rowBytes` bytes, with 16 readable bytes before and 32 after them
 * @param to - the rows, one right after another, with 32 readable bytes behind them
 * @param band - 32 times `rowBytes + 32` bytes, with 16 writable ones before and 32 after them
 * @param above - `rowBytes + 32` bytes, with 16 readable ones before: the row above the first one, zero where there is none
 * @param pixelBytes - 1 or 2
 * @returns 0, or -1 when a row has a filter that PNG does not have
 */
export function unfilter(
  from: usize,
  rows: i32,
  rowBytes: i32,
  to: usize,
  band: usize,
  above: usize,
  pixelBytes: i32,
): i32 {
  const stride = rowBytes + 2 * slack;
  for (let y = 0; y < rows; y++) if (load<u8>(from + y * (rowBytes + 1)) > 4) return -1;
  let y = 0;
  while (y < rows) {
    const height = rows - y >= 32 ? 32 : 16;
    // The last rows are undone together with some that are done already.
    const first = min(y, max(rows - height, 0));
    const source = from + first * (rowBytes + 1);
    if (rowBytes >= 32 && rows >= height && dependent(source, height, rowBytes + 1) >= fewRows) {
      const upperRow = first > 0 ? to + (first - 1) * rowBytes : above;
      undoRows(source, rowBytes, band, stride, upperRow, height == 32, pixelBytes);
      y = first + height;
      for (let row = first; row < y; row++) memory.copy(to + row * rowBytes, band + (row - first) * stride, rowBytes);
    } else {
      const row = from + y * (rowBytes + 1);
      undoRow(load<u8>(row), row + 1, rowBytes, to + y * rowBytes, y > 0 ? to + (y - 1) * rowBytes : above, pixelBytes);
      y++;
    }
  }
  return 0;
}

/** Rows whose bytes depend on their left neighbours. */
function dependent(source: usize, rows: i32, stride: i32): i32 {
  let count = 0;
  for (let row = 0; row < rows; row++) {
    const filter = load<u8>(source + row * stride);
    if (filter != 0 && filter != 2) count++;
  }
  return count;
}

/** In memory: computed ones would be computed again at every step, for want of registers. */
function setMasks(source: usize, stride: i32, to: usize): void {
  for (let row = 0; row < 16; row++) store<u8>(spare + row, load<u8>(source + row * stride));
  const filters = v128.load(spare);
  for (let one: u8 = 1; one <= 4; one++) v128.store(to + ((one - 1) << 4), i8x16.eq(filters, i8x16.splat(one)));
}

/** @param hasLower - 32 rows, not 16 */
function undoRows(
  source: usize,
  rowBytes: i32,
  target: usize,
  stride: i32,
  above: usize,
  hasLower: bool,
  pixelBytes: i32,
): void {
  memory.fill(masks, 0, 128);
  memory.fill(state, 0, 128);
  memory.fill(lower, 0, 256);
  setMasks(source, rowBytes + 1, masks);
  if (hasLower) setMasks(source + 16 * (rowBytes + 1), rowBytes + 1, masks + 64);
  const others = v128.or(
    v128.or(v128.load(masks), v128.load(masks, 16)),
    v128.or(v128.load(masks, 64), v128.load(masks, 80)),
  );
  const isUsual = pixelBytes == 1 && !v128.any_true(others);
  const steps = rowBytes + 15;
  const stepsOfAll = hasLower ? steps + 16 : steps;
  // The lower vector is one block behind.
  const lowerSource = source + 16 * (rowBytes + 1) - 15,
    lowerTarget = target + 16 * stride - 16;
  for (let start = 0; start < stepsOfAll; start += 16) {
    if (start < steps) toSteps(source + 1 + start, rowBytes, upper);
    if (hasLower && start > 0) toSteps(lowerSource + start, rowBytes, lower);
    // Lanes that have not reached their row yet read zeros, so that what they make is zero too.
    if (start == 0) clearCorner(upper);
    if (start == 16 && hasLower) clearCorner(lower);
    if (isUsual) undoUsual(above + start);
    else if (pixelBytes == 1) undoAny<u8>(above + start);
    else undoAny<u16>(above + start);
    if (start < steps) toRows(upper, target + start, stride - 1);
    if (hasLower && start > 0) toRows(lower, lowerTarget + start, stride - 1);
  }
}

function clearCorner(block: usize): void {
  for (let t = 0; t < 16; t++) memory.fill(block + (t << 4) + t + 1, 0, 15 - t);
}

/** Rows with Paeth and Average alone, pixels of one byte: 16 steps. */
function undoUsual(above: usize): void {
  const isAverageA = v128.load(masks, 32),
    isPaethA = v128.load(masks, 48),
    isAverageB = v128.load(masks, 96),
    isPaethB = v128.load(masks, 112);
  let leftA = v128.load(state),
    cornerA = v128.load(state, 16),
    leftB = v128.load(state, 64),
    cornerB = v128.load(state, 80);
  for (let at = upper; at < upper + 256; at += 16, above++) {
    const upB = after(leftA, leftB);
    const upA = after(v128.load(above - 15), leftA);
    const othersA = v128.or(v128.and(floorAverage(leftA, upA), isAverageA), v128.and(cornerA, isPaethA));
    const othersB = v128.or(v128.and(floorAverage(leftB, upB), isAverageB), v128.and(cornerB, isPaethB));
    leftA = i8x16.add(i8x16.add(v128.load(at), othersA), fromCorner(leftA, upA, cornerA, isPaethA));
    leftB = i8x16.add(i8x16.add(v128.load(at, 256), othersB), fromCorner(leftB, upB, cornerB, isPaethB));
    v128.store(at, leftA);
    v128.store(at, leftB, 256);
    cornerA = upA;
    cornerB = upB;
  }
  v128.store(state, leftA);
  v128.store(state, cornerA, 16);
  v128.store(state, leftB, 64);
  v128.store(state, cornerB, 80);
}

/** Any filters: 16 steps. */
function undoAny<T>(above: usize): void {
  for (let at = upper; at < upper + 256; at += 16, above++) {
    const upB = after(v128.load(state), v128.load(state, 64));
    const upA = after(v128.load(above - 15), v128.load(state));
    undoAnyStep<T>(at, upA, state, masks);
    undoAnyStep<T>(at + 256, upB, state + 64, masks + 64);
  }
}

function undoAnyStep<T>(at: usize, up: v128, state: usize, masks: usize): void {
  const left = v128.load(state + (sizeof<T>() - 1) * 32),
    corner = v128.load(state + (sizeof<T>() - 1) * 32, 16);
  const isPaeth = v128.load(masks, 48);
  const direct = v128.or(v128.and(left, v128.load(masks)), v128.and(up, v128.load(masks, 16)));
  const others = v128.or(v128.and(floorAverage(left, up), v128.load(masks, 32)), v128.and(corner, isPaeth));
  const made = i8x16.add(i8x16.add(v128.load(at), v128.or(direct, others)), fromCorner(left, up, corner, isPaeth));
  v128.store(at, made);
  if (sizeof<T>() == 2) {
    v128.store(state, v128.load(state), 32);
    v128.store(state, v128.load(state, 16), 48);
  }
  v128.store(state, made);
  v128.store(state, up, 16);
}

/** Lane r gets what lane r - 1 had, the first one the last of `before`. */
function after(before: v128, lanes: v128): v128 {
  return v128.shuffle<u8>(before, lanes, 15, 16, 17, 18, 19, 20, 21, 22, 23, 24, 25, 26, 27, 28, 29, 30);
}

/** avgr rounds up, PNG down. */
function floorAverage(left: v128, up: v128): v128 {
  return i8x16.sub(i8x16.avgr_u(left, up), v128.and(v128.xor(left, up), i8x16.splat(1)));
}

/**
 * From upper left to what Paeth takes: of left, up and upper left the nearest to left + up - upper left, the earlier of equals. That is the
 * smaller of left and up where upper left is at least twice as far above it as below the greater one, which both are 0 otherwise; the
 * greater one the other way round; else upper left. All in 8 bits without a carry.
 */
function fromCorner(left: v128, up: v128, corner: v128, isPaeth: v128): v128 {
  const toHigh = i8x16.sub_sat_u(i8x16.max_u(left, up), corner),
    toLow = i8x16.sub_sat_u(corner, i8x16.min_u(left, up));
  const isLow = i8x16.le_u(i8x16.add_sat_u(toHigh, toHigh), toLow),
    isHigh = i8x16.le_u(i8x16.add_sat_u(toLow, toLow), toHigh);
  return i8x16.sub(v128.and(v128.and(toHigh, isPaeth), isHigh), v128.and(v128.and(toLow, isPaeth), isLow));
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

/** 16 x 16 bytes, in two passes of two rounds each; a round interleaves vector i with vector i + 8. From rows to steps of a front. */
function toSteps(rows: usize, stride: usize, steps: usize): void {
  Round.of4(rows, stride, spare, 16);
  Round.of4(rows + stride, stride, spare + 64, 16);
  Round.of4(rows + (stride << 1), stride, spare + 128, 16);
  Round.of4(rows + stride * 3, stride, spare + 192, 16);
  Round.of4(spare, 16, steps, 16);
  Round.of4(spare + 16, 16, steps + 64, 16);
  Round.of4(spare + 32, 16, steps + 128, 16);
  Round.of4(spare + 48, 16, steps + 192, 16);
}

/** And back. */
function toRows(steps: usize, rows: usize, stride: usize): void {
  Round.of4(steps, 16, spare, 16);
  Round.of4(steps + 16, 16, spare + 64, 16);
  Round.of4(steps + 32, 16, spare + 128, 16);
  Round.of4(steps + 48, 16, spare + 192, 16);
  Round.of4(spare, 16, rows, stride);
  Round.of4(spare + 16, 16, rows + (stride << 2), stride);
  Round.of4(spare + 32, 16, rows + (stride << 3), stride);
  Round.of4(spare + 48, 16, rows + stride * 12, stride);
}

/** A class, because its methods alone may be told to be written out where they are called: most strides are known there. */
class Round {
  /** Vectors 0, 4, 8 and 12 from `from` on to four neighbours. */
  @inline
  static of4(from: usize, fromStride: usize, to: usize, toStride: usize): void {
    const a = v128.load(from),
      b = v128.load(from + (fromStride << 2)),
      c = v128.load(from + (fromStride << 3)),
      d = v128.load(from + fromStride * 12);
    const ac = low8(a, c),
      ca = high8(a, c),
      bd = low8(b, d),
      db = high8(b, d);
    v128.store(to, low8(ac, bd));
    v128.store(to + toStride, high8(ac, bd));
    v128.store(to + (toStride << 1), low8(ca, db));
    v128.store(to + toStride * 3, high8(ca, db));
  }
}
