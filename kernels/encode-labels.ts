// compressed_segmentation of one chunk in blocks of 8 x 8 x 8. The same bytes as src/formats/precomputed/encodings/compressed_segmentation.ts makes:
// headers, tables of labels, packed indices; equal tables and equal indices are stored once.

/** More labels than this in one block are for TypeScript: indices are bytes here. */
const mostLabels: i32 = 256;
const indexBytes: usize = 512;

/** Index of every voxel of a block; rows of 8, planes of 64. */
const indices = memory.data(512 + 16, 16);
/** Labels of a block in the order of their first voxels, and sorted. */
const labels = memory.data(8 * 256, 16);
const sorted = memory.data(8 * 256, 16);
/** Place of a label in the sorted table, one byte each. */
const ranks = memory.data(256 + 16, 16);
/** Open hashing: label (u64), block that filled the slot last (u32), index (u32). */
const slots = memory.data(16 * 1024, 16);
const slotMask: u32 = 1023;

/** 2^64 / golden ratio: spreads labels over slots. In halves, because JavaScript's tools read this file too. */
const scatter: u64 = ((<u64>0x9e3779b9) << 32) | 0x7f4a7c15;
const everyOtherByte: u64 = ((<u64>0x00ff00ff) << 32) | 0x00ff00ff;

let block: u32 = 0;
let count: i32 = 0;

/**
 * @param from - labels, x fastest, then y, z; 16 bytes behind them may be read
 * @param labelBytes - 4 or 8, as they lie there
 * @param words - 1 or 2 words per label in the tables; 2 where labels have 8 bytes
 * @param to - room for 2 + 256 * words words per block and one more
 * @param values - room for 128 words per block
 * @param places - room for 2 * 16 << placeBits bytes, with 1 << placeBits at least twice the number of blocks, and 64 bytes per block of a row
 * @returns words written; -1 for a block with more than 256 labels
 */
export function encodeLabels(
  from: usize,
  labelBytes: i32,
  words: i32,
  nx: i32,
  ny: i32,
  nz: i32,
  to: usize,
  values: usize,
  places: usize,
  placeBits: i32,
): i32 {
  const headers = 2 * ((nx + 7) >> 3) * ((ny + 7) >> 3) * ((nz + 7) >> 3);
  const valuePlaces = places + ((<usize>16) << placeBits);
  const changes = places + ((<usize>32) << placeBits);
  memory.fill(places, 0, (<usize>32) << placeBits);
  const start = to + 4;
  store<u32>(to, 1);
  let header = start;
  let tableWords: u32 = 0;
  let valueWords: u32 = 0;
  for (let z = 0; z < nz; z += 8)
    for (let y = 0; y < ny; y += 8) {
      const band = from + <usize>labelBytes * <usize>nx * (<usize>y + <usize>ny * <usize>z);
      findChanges(band, labelBytes, nx, nx * ny, min(8, ny - y), min(8, nz - z), changes);
      for (let x = 0; x < nx; x += 8) {
        const first = band + <usize>labelBytes * <usize>x;
        const own = changes + ((<usize>x) << 3);
        readBlock(first, labelBytes, nx, nx * ny, min(8, nx - x), min(8, ny - y), min(8, nz - z), own);
        if (count > mostLabels) return -1;
        sortLabels();
        const table = start + ((<usize>(<u32>headers + tableWords)) << 2);
        for (let i = 0; i < count; i++) {
          const label = load<u64>(sorted + ((<usize>i) << 3));
          if (words == 2) store<u64>(table + ((<usize>i) << 3), label);
          else store<u32>(table + ((<usize>i) << 2), <u32>label);
        }
        const tableAt = known(places, placeBits, start + ((<usize>headers) << 2), tableWords, count * words);
        if (tableAt == tableWords) tableWords += count * words;
        const bits = bitsFor(count);
        let valuesAt: u32 = 0;
        if (bits > 0) {
          pack(bits, values + ((<usize>valueWords) << 2));
          valuesAt = known(valuePlaces, placeBits, values, valueWords, bits << 4);
          if (valuesAt == valueWords) valueWords += bits << 4;
        }
        store<u32>(header, (<u32>headers + tableAt) | (bits << 24));
        store<u32>(header, valuesAt, 4);
        header += 8;
      }
    }
  for (let at = start; at < header; at += 8)
    if (load<u32>(at) >>> 24) store<u32>(at, load<u32>(at, 4) + headers + tableWords, 4);
  memory.copy(start + ((<usize>(<u32>headers + tableWords)) << 2), values, (<usize>valueWords) << 2);
  return 1 + headers + tableWords + valueWords;
}

function bitsFor(labelCount: i32): u32 {
  let bits: u32 = labelCount > 1 ? 1 : 0;
  while (1 << bits < labelCount) bits <<= 1;
  return bits;
}

/**
 * Which voxels of a row of blocks differ from those of the row above, or of the section below where there is none above: 8 bytes per section and
 * block, one per row, one bit per voxel. All rows at once, because memory gives long rows faster than pieces of them.
 */
function findChanges(
  band: usize,
  labelBytes: i32,
  rowLabels: i32,
  planeLabels: i32,
  sy: i32,
  sz: i32,
  changes: usize,
): void {
  const rowBytes = <usize>(rowLabels * labelBytes);
  const planeBytes = <usize>planeLabels * labelBytes;
  const whole = rowLabels >> 3;
  const step = 8 * labelBytes;
  for (let z = 0; z < sz; z++)
    for (let y = 0; y < sy; y++) {
      let at = changes + ((<usize>z) << 3) + y;
      let row = band + <usize>z * planeBytes + <usize>y * rowBytes;
      if (y + z == 0) {
        for (let x = 0; x < whole; x++, at += 64) store<u8>(at, 0xff);
        continue;
      }
      const back = y > 0 ? rowBytes : planeBytes;
      for (let x = 0; x < whole; x++, at += 64, row += step) store<u8>(at, differing(row, row - back, labelBytes));
    }
}

/**
 * Finds the labels of a block and the index of each voxel; voxels beyond the chunk's edge get the first one.
 *
 * @param changes - of this block, as findChanges leaves them; unused for blocks that are not 8 voxels wide
 */
function readBlock(
  first: usize,
  labelBytes: i32,
  rowLabels: i32,
  planeLabels: i32,
  sx: i32,
  sy: i32,
  sz: i32,
  changes: usize,
): void {
  count = 0;
  if (++block == 0) {
    memory.fill(slots, 0, 16 * 1024);
    block = 1;
  }
  if (sx < 8 || sy < 8 || sz < 8) memory.fill(indices, 0, indexBytes);
  const rowBytes = <usize>(rowLabels * labelBytes);
  const planeBytes = <usize>planeLabels * labelBytes;
  for (let z = 0; z < sz; z++) {
    const plane = indices + ((<usize>z) << 6);
    if (sx == 8 && sy == 8 && load<u64>(changes + ((<usize>z) << 3)) == 0) {
      const row = i64x2.splat(load<u64>(plane - 64));
      v128.store(plane, row);
      v128.store(plane, row, 16);
      v128.store(plane, row, 32);
      v128.store(plane, row, 48);
      continue;
    }
    for (let y = 0; y < sy; y++) {
      const row = first + <usize>z * planeBytes + <usize>y * rowBytes;
      const to = plane + ((<usize>y) << 3);
      if (sx < 8) {
        for (let x = 0; x < sx; x++) store<u8>(to + x, indexOf(row + x * labelBytes, labelBytes));
        continue;
      }
      if (y + z > 0) store<u64>(to, load<u64>(y > 0 ? to - 8 : to - 64));
      let others: u32 = load<u8>(changes + ((<usize>z) << 3) + y);
      while (others) {
        const x = ctz(others);
        others &= others - 1;
        store<u8>(to + x, indexOf(row + x * labelBytes, labelBytes));
      }
    }
    if (count > mostLabels) return;
  }
}

/** Voxels of two rows of eight that are not equal, one bit each. */
function differing(a: usize, b: usize, labelBytes: i32): u32 {
  if (labelBytes == 4)
    return (
      i32x4.bitmask(i32x4.ne(v128.load(a), v128.load(b))) |
      (i32x4.bitmask(i32x4.ne(v128.load(a, 16), v128.load(b, 16))) << 4)
    );
  return (
    i64x2.bitmask(i64x2.ne(v128.load(a), v128.load(b))) |
    (i64x2.bitmask(i64x2.ne(v128.load(a, 16), v128.load(b, 16))) << 2) |
    (i64x2.bitmask(i64x2.ne(v128.load(a, 32), v128.load(b, 32))) << 4) |
    (i64x2.bitmask(i64x2.ne(v128.load(a, 48), v128.load(b, 48))) << 6)
  );
}

function indexOf(at: usize, labelBytes: i32): u8 {
  const label = labelBytes == 4 ? <u64>load<u32>(at) : load<u64>(at);
  let slot = <u32>((label * scatter) >> 54);
  while (true) {
    const place = slots + ((<usize>slot) << 4);
    if (load<u32>(place, 8) != block) {
      const index = count++;
      if (index >= mostLabels) return 0;
      store<u64>(place, label);
      store<u32>(place, block, 8);
      store<u32>(place, index, 12);
      store<u64>(labels + ((<usize>index) << 3), label);
      return <u8>index;
    }
    if (load<u64>(place) == label) return <u8>load<u32>(place, 12);
    slot = (slot + 1) & slotMask;
  }
}

/** By value: the same voxels give the same bytes, and equal tables look equal. Indices become places in the sorted table. */
function sortLabels(): void {
  let isSorted = true;
  for (let i = 0; i < count; i++) {
    const label = load<u64>(labels + ((<usize>i) << 3));
    let at = i;
    for (; at > 0 && load<u64>(sorted + ((<usize>(at - 1)) << 3)) > label; at--) {
      store<u64>(sorted + ((<usize>at) << 3), load<u64>(sorted + ((<usize>(at - 1)) << 3)));
      isSorted = false;
    }
    store<u64>(sorted + ((<usize>at) << 3), label);
  }
  if (isSorted) return;
  for (let i = 0; i < count; i++) {
    const label = load<u64>(labels + ((<usize>i) << 3));
    let low = 0,
      high = count - 1;
    while (low < high) {
      const middle = (low + high) >> 1;
      if (load<u64>(sorted + ((<usize>middle) << 3)) < label) low = middle + 1;
      else high = middle;
    }
    store<u8>(ranks + i, low);
  }
  if (count <= 16) {
    const table = v128.load(ranks);
    for (let i: usize = 0; i < indexBytes; i += 16)
      v128.store(indices + i, i8x16.swizzle(table, v128.load(indices + i)));
  } else
    for (let i: usize = 0; i < indexBytes; i++) store<u8>(indices + i, load<u8>(ranks + <usize>load<u8>(indices + i)));
}

/** One index per voxel, `bits` each, little end first. */
function pack(bits: u32, to: usize): void {
  if (bits == 1)
    for (let i: usize = 0; i < indexBytes; i += 16, to += 2)
      store<u16>(to, i8x16.bitmask(i8x16.shl(v128.load(indices + i), 7)));
  else if (bits == 2)
    for (let i: usize = 0; i < indexBytes; i += 8, to += 2) {
      let row = load<u64>(indices + i);
      row = (row | (row >> 6)) & 0x000f000f000f000f;
      row = (row | (row >> 12)) & 0x000000ff000000ff;
      store<u16>(to, <u16>(row | (row >> 24)));
    }
  else if (bits == 4)
    for (let i: usize = 0; i < indexBytes; i += 8, to += 4) {
      let row = load<u64>(indices + i);
      row = (row | (row >> 4)) & everyOtherByte;
      row = (row | (row >> 8)) & 0x0000ffff0000ffff;
      store<u32>(to, <u32>(row | (row >> 16)));
    }
  else memory.copy(to, indices, indexBytes);
}

/**
 * Where the same words stand already: those at `base` + 4 * `at` are looked up among the earlier ones, and remembered where they are new.
 *
 * @param places - hash table: hash, word offset + 1, number of words, unused
 * @returns their offset in words; `at` when they are new
 */
function known(places: usize, placeBits: i32, base: usize, at: u32, words: u32): u32 {
  const here = base + ((<usize>at) << 2);
  let mixed: u64 = words;
  let i: u32 = 0;
  for (; i + 2 <= words; i += 2) mixed = rotl(mixed ^ load<u64>(here + ((<usize>i) << 2)), 29) * scatter;
  if (i < words) mixed = rotl(mixed ^ (<u64>load<u32>(here + ((<usize>i) << 2))), 29) * scatter;
  const hash = <u32>(mixed >> 32);
  const mask = ((<u32>1) << placeBits) - 1;
  let slot = hash & mask;
  while (true) {
    const place = places + ((<usize>slot) << 4);
    const before = load<u32>(place, 4);
    if (before == 0) {
      store<u32>(place, hash);
      store<u32>(place, at + 1, 4);
      store<u32>(place, words, 8);
      return at;
    }
    if (load<u32>(place) == hash && load<u32>(place, 8) == words)
      if (memory.compare(base + ((<usize>(before - 1)) << 2), here, (<usize>words) << 2) == 0) return before - 1;
    slot = (slot + 1) & mask;
  }
}
