// Baseline JPEG of one component (ITU-T T.81): pixels to entropy-coded data, with the codes that it is given.
import { asBytes, asRows, blockBytes, forwardDct, notZero, setFactors } from "./jpeg-fdct";
import { places } from "./jpeg-zigzag";

// The tables are the module's own and stay from call to call. An entry is a code, with its extra bits behind it where the value is known, above
// its number of bits (lower 6).
/** By number of bits: of DC differences. */
const dcCodes = memory.data(4 * 16, 16);
/** By symbol: zeros before the value (upper 4 bits) and its number of bits. */
const acCodes = memory.data(4 * 256, 16);
/** By zeros (0 to 62) and value (one byte): code and extra bits at once; 0 for more than 15 zeros, and for what may be a value cut to a byte. */
const acValues = memory.data(4 * 256 * 63, 16);
const edge = memory.data(64, 16);
/** Blocks are transformed some at a time: nothing to be guessed stands between them. */
const batch: i32 = 16;
const blocks = memory.data(16 * 208, 16);

const endOfBlock = 0;
const sixteenZeros = 4 * 0xf0;

/**
 * For all calls of encodeJpegScan until the next of this one.
 *
 * @param steps - of the quantiser, 64 bytes in zigzag order
 * @param dc - counts (16 bytes) and symbols of the DC codes
 * @param ac - the same of the AC codes
 */
export function openJpegEncoder(steps: usize, dc: usize, ac: usize): void {
  setFactors(steps);
  fillCodes(dc, dcCodes);
  fillCodes(ac, acCodes);
  for (let zeros = 0; zeros < 16; zeros++)
    for (let value = -127; value < 127; value++) {
      const bits = bitsOf(value);
      const entry = load<u32>(acCodes + (((zeros << 4) | bits) << 2));
      const all = ((entry >> 6) << bits) | extraBits(value, bits);
      store<u32>(acValues + (((zeros << 8) | (value & 255)) << 2), (all << 6) | ((entry & 63) + bits));
    }
}

function fillCodes(counts: usize, table: usize): void {
  let code: u32 = 0,
    index = 0;
  for (let length: u32 = 1; length <= 16; length++, code <<= 1)
    for (let left = load<u8>(counts + length - 1); left > 0; left--, code++, index++)
      store<u32>(table + ((<usize>load<u8>(counts + 16 + index)) << 2), (code << 6) | length);
}

function bitsOf(value: i32): u32 {
  return 32 - clz(abs(value));
}
/** Values below zero count up from 0. */
function extraBits(value: i32, bits: u32): u32 {
  return (value + (value >> 31)) & ((1 << bits) - 1);
}

/**
 * @param from - `height` rows of `width` pixels
 * @param work - room for `workBytes` bytes
 * @param to - room for `room` bytes
 * @returns bytes of entropy-coded data, or -1 when they have no room
 */
export function encodeJpegScan(
  from: usize,
  width: i32,
  height: i32,
  work: usize,
  workBytes: i32,
  to: usize,
  room: i32,
): i32 {
  const top = work + workBytes;
  return encodeBlocks(from, width, height, work, top) ? stuff(top, to, room) : -1;
}

/** No block has more bytes. */
const mostBlockBytes: usize = 256;

/** Where the data end: they begin at the top and go down, so that 64 bits of them are one number. */
let end: usize = 0;
// Bits that wait for a full byte, lowest last (what is above them does not count), and their number.
let held: u64 = 0;
let heldBits: u64 = 0;

/** @returns false when there is no room */
function encodeBlocks(from: usize, width: i32, height: i32, work: usize, top: usize): bool {
  end = top;
  heldBits = 0;
  const columns = (width + 7) >> 3;
  let dc = 0;
  for (let y = 0; y < height; y += 8)
    for (let column = 0; column < columns; column += batch) {
      const number = min(batch, columns - column);
      if (end < work + <usize>batch * mostBlockBytes) return false;
      for (let i = 0; i < number; i++)
        transform(from, width, height, (column + i) << 3, y, blocks + <usize>i * blockBytes);
      dc = putBlocks(number, dc);
    }
  // The last byte is filled with ones.
  if (heldBits > 0) {
    held <<= 8 - heldBits;
    store<u8>(--end, (<u8>held) | ((<u8>255) >> (<u8>heldBits)));
  }
  return true;
}

function transform(from: usize, width: i32, height: i32, x: i32, y: i32, to: usize): void {
  const pixels = from + <usize>(y * width + x);
  if (x + 8 <= width && y + 8 <= height) return forwardDct(pixels, width, to);
  fillEdge(pixels, width, min(width - x, 8), min(height - y, 8), edge);
  forwardDct(edge, 8, to);
}

/** @returns the last block's first coefficient */
function putBlocks(number: i32, dc: i32): i32 {
  let at = end,
    bits = held,
    count = heldBits;
  const stop = blocks + <usize>number * blockBytes;
  for (let block = blocks; block < stop; block += blockBytes) {
    const value = <i32>load<i16>(block, asRows);
    const difference = value - dc;
    dc = value;
    const extra = bitsOf(difference);
    let entry = load<u32>(dcCodes + (extra << 2));
    bits = (((bits << (<u64>entry)) | (<u64>(entry >> 6))) << (<u64>extra)) | (<u64>extraBits(difference, extra));
    count += <u64>((entry & 63) + extra);

    store<u64>(at - 8, bits << (64 - count));
    at -= <usize>(count >> 3);
    count &= 7;

    let left = load<u64>(block, notZero) & ~1;
    let next: u32 = 1;
    while (left != 0) {
      // Two values before bits are stored: 7 that were left over and two times 23.
      let k = <u32>ctz(left);
      entry = load<u32>(acValues + ((((k - next) << 8) + load<u8>(block + k, asBytes)) << 2));
      left &= left - 1;
      if (entry != 0) {
        bits = (bits << (<u64>entry)) | (<u64>(entry >> 6));
        count += <u64>(entry & 63);
        next = k + 1;
        if (left != 0) {
          k = <u32>ctz(left);
          entry = load<u32>(acValues + ((((k - next) << 8) + load<u8>(block + k, asBytes)) << 2));
          if (entry != 0) {
            left &= left - 1;
            bits = (bits << (<u64>entry)) | (<u64>(entry >> 6));
            count += <u64>(entry & 63);
            next = k + 1;
          }
        }
      } else {
        let zeros = k - next;
        store<u64>(at - 8, bits << (64 - count));
        at -= <usize>(count >> 3);
        count &= 7;
        for (; zeros > 15; zeros -= 16) {
          entry = load<u32>(acCodes, sixteenZeros);
          bits = (bits << (<u64>entry)) | (<u64>(entry >> 6));
          count += <u64>(entry & 63);
          store<u64>(at - 8, bits << (64 - count));
          at -= <usize>(count >> 3);
          count &= 7;
        }
        const value = <i32>load<i16>(block + load<u8>(places + k), asRows);
        const extra = bitsOf(value);
        entry = load<u32>(acCodes + (((zeros << 4) | extra) << 2));
        bits = (((bits << (<u64>entry)) | (<u64>(entry >> 6))) << (<u64>extra)) | (<u64>extraBits(value, extra));
        count += <u64>((entry & 63) + extra);
        next = k + 1;
      }
      store<u64>(at - 8, bits << (64 - count));
      at -= <usize>(count >> 3);
      count &= 7;
    }
    if (next < 64) {
      entry = load<u32>(acCodes, endOfBlock);
      bits = (bits << (<u64>entry)) | (<u64>(entry >> 6));
      count += <u64>(entry & 63);
    }
    store<u64>(at - 8, bits << (64 - count));
    at -= <usize>(count >> 3);
    count &= 7;
  }
  end = at;
  held = bits;
  heldBits = count;
  return dc;
}

/** What is beyond the right and lower edge repeats the pixels on it. */
function fillEdge(from: usize, stride: usize, width: i32, height: i32, to: usize): void {
  for (let y = 0; y < 8; y++) {
    const row = from + <usize>min(y, height - 1) * stride;
    for (let x = 0; x < 8; x++) store<u8>(to + (y << 3) + x, load<u8>(row + min(x, width - 1)));
  }
}

/** Turns the data around and puts a zero byte behind every 255. @returns bytes, or -1 when they have no room */
function stuff(top: usize, to: usize, room: i32): i32 {
  const all = i8x16.splat(-1);
  const stop = to + room - 32;
  let at = top,
    next = to;
  while (at > end) {
    if (next > stop) return -1;
    const bytes = v128.load(at - 16);
    v128.store(next, v128.shuffle<u8>(bytes, bytes, 15, 14, 13, 12, 11, 10, 9, 8, 7, 6, 5, 4, 3, 2, 1, 0));
    const found = i8x16.bitmask(i8x16.eq(bytes, all));
    // The first byte is the highest one.
    const intact: usize = found == 0 ? 16 : clz(found << 16) + 1;
    const number = min<usize>(intact, at - end);
    at -= number;
    next += number;
    if (found != 0 && number == intact) store<u8>(next++, 0);
  }
  return <i32>(next - to);
}
