// Baseline JPEG of one component (ITU-T T.81): entropy-coded data to pixels.
//
// Nothing here trusts its input: whatever is not as an encoder writes it ends with -1, and the caller asks libjpeg. Reads may go up to 16 bytes
// beyond the input.
import { acCodes, acPairs, acSingles, dcCodes, dcLook, dcLookBits, endOfBlock, extended, longCode, lookBits, setAcCodes, setDcCodes } from "./jpeg-huffman"; // prettier-ignore
import { flatBlock, inverseDct } from "./jpeg-idct";
import { places } from "./jpeg-zigzag";

const quantiser = memory.data(128, 16);
const edge = memory.data(64, 16);
/** A block is 64 coefficients (i16) and, behind them, a place that nobody looks at and the place behind its last symbol. */
const blockBytes: i32 = 144;
const afterLast: usize = 132;
/** Blocks are decoded before their pixels are made: what is just stored two bytes at a time cannot be loaded by sixteen yet. */
const batch: i32 = 16;
const blocks = memory.data(16 * 144, 16);

/**
 * For all calls of decodeJpegScan until the next of this one.
 *
 * @param factors - 64 bytes in zigzag order
 * @param dc - counts (16 bytes) and symbols of the DC codes, 272 bytes
 * @returns 0, or -1 for codes that are not for this decoder
 */
export function openJpegDecoder(factors: usize, dc: usize, ac: usize): i32 {
  for (let i = 0; i < 64; i++) store<u16>(quantiser + load<u8>(places + i), <u16>load<u8>(factors + i));
  return setDcCodes(dc) && setAcCodes(ac) ? 0 : -1;
}

/** Where `unstuff` found the marker. */
let markerAt: usize = 0;

/** Room below a segment: no block can read more than this beyond its end. */
const slack: usize = 512;

/**
 * Entropy-coded data without the zero bytes that follow 255, last byte first: eight of them loaded at once have the first bit on top.
 *
 * @param top - the first byte goes below this; there is room for `end - from + slack` bytes
 * @returns bytes up to the marker at `markerAt`, or -1 when there is none
 */
function unstuff(from: usize, end: usize, top: usize): i32 {
  const all = i8x16.splat(-1);
  let at = from,
    to = top;
  for (;;) {
    if (at + 2 > end) return -1;
    const bytes = v128.load(at);
    const found = i8x16.bitmask(i8x16.eq(bytes, all));
    v128.store(to - 16, v128.shuffle<u8>(bytes, bytes, 15, 14, 13, 12, 11, 10, 9, 8, 7, 6, 5, 4, 3, 2, 1, 0));
    if (found == 0) {
      at += 16;
      to -= 16;
      continue;
    }
    const before = <usize>ctz(found);
    at += before;
    to -= before;
    if (at + 2 > end) return -1;
    if (load<u8>(at, 1) != 0) break;
    to--; // the 255 is stored already
    at += 2;
  }
  markerAt = at;
  memory.fill(to - slack, 0, slack);
  return <i32>(top - to);
}

/**
 * @param from - entropy-coded data, the markers between them and the one behind them
 * @param work - room for `length + 1024` bytes
 * @param restart - blocks between two restart markers, 0 for none
 * @param to - rows of `width` pixels, and room for 8 rows more
 * @returns bytes before the marker that ends the scan, or -1
 */
export function decodeJpegScan(
  from: usize,
  length: i32,
  work: usize,
  restart: i32,
  width: i32,
  height: i32,
  to: usize,
): i32 {
  const columns = (width + 7) >> 3,
    all = columns * ((height + 7) >> 3),
    end = from + length,
    top = work + length + 1024;
  let at = from;
  for (let first = 0, number = 0; first < all; number++) {
    const bytes = unstuff(at, end, top);
    const stop = restart > 0 ? min(first + restart, all) : all;
    if (bytes < 0 || !decodeBlocks(top, bytes, first, stop, columns, width, height, to)) return -1;
    at = markerAt;
    first = stop;
    if (first < all) {
      if (load<u8>(at, 1) != <u8>(0xd0 + (number & 7))) return -1;
      at += 2;
    }
  }
  return <i32>(at - from);
}

// Between calls of decodeCoefficients.
/** The bytes below this come next. */
let next: usize = 0;
/** Bits that wait, the first on top, and their number; more may be there. */
let held: u64 = 0;
let heldBits: u32 = 0;
let lastDc: i32 = 0;

/** Blocks `[first, stop)` out of `bytes` bytes below `top`: exactly those, up to the bits that fill the last byte. */
function decodeBlocks(
  top: usize,
  bytes: i32,
  first: i32,
  stop: i32,
  columns: i32,
  width: i32,
  height: i32,
  to: usize,
): bool {
  // prettier-ignore
  const lowest = top - bytes - 8;
  next = top;
  held = 0;
  heldBits = 0;
  lastDc = 0;
  let column = first % columns,
    y = (first / columns) << 3;
  for (let index = first; index < stop;) {
    const number = min(min(batch, columns - column), stop - index);
    memory.fill(blocks, 0, number * blockBytes);
    if (!decodeCoefficients(top, number, lowest)) return false;
    for (let i = 0; i < number; i++, column++)
      if (!putBlock(blocks + <usize>i * blockBytes, column << 3, to + y * width, width)) return false;
    index += number;
    if (column == columns) {
      column = 0;
      y += 8;
    }
  }
  const left = (bytes << 3) - <i32>(((top - next) << 3) - heldBits);
  return left >= 0 && left < 8;
}

/** @param row - the first of the block's rows of `width` pixels */
function putBlock(block: usize, x: i32, row: usize, width: i32): bool {
  const isEdge = x + 8 > width;
  const target = isEdge ? edge : row + x;
  const stride: usize = isEdge ? 8 : width;
  // One symbol at most, which was the end.
  const isFlat = load<u32>(block, afterLast) == 2 && load<i16>(block, 2) == 0;
  const isGood = isFlat
    ? flatBlock(<i32>load<i16>(block) * <i32>load<u16>(quantiser), target, stride)
    : inverseDct(block, quantiser, target, stride);
  if (isEdge) for (let y = 0; y < 8; y++) memory.copy(row + y * width + x, target + (y << 3), width - x);
  return isGood;
}

/** The next `number` blocks, whose coefficients are 0 so far. False when they are damaged, or the input is at its end. */
function decodeCoefficients(top: usize, number: i32, lowest: usize): bool {
  let at = next,
    bits = held,
    count = heldBits,
    dc = lastDc,
    block = blocks;
  for (let end = block + <usize>number * blockBytes; block < end; block += blockBytes) {
    if (at < lowest) return false;
    bits |= load<u64>(at - 8) >> (<u64>count);
    at -= (63 - count) >> 3;
    count |= 56;
    let code = load<u32>(dcLook + ((<usize>(bits >> (64 - dcLookBits))) << 2));
    if (code == 0) {
      code = longCode(dcCodes, dcLookBits, <u32>(bits >> 48));
      if (code == 0) return false;
    }
    let length = code >> 16,
      extra = (code >> 12) & 15;
    bits <<= <u64>length;
    if (extra != 0) {
      dc += extended(<u32>(bits >> (<u64>(64 - extra))), extra);
      bits <<= <u64>extra;
    }
    count -= length + extra;
    store<i16>(block, <i16>dc);

    let k: u32 = 1,
      place: u32 = 1;
    do {
      bits |= load<u64>(at - 8) >> (<u64>count);
      at -= (63 - count) >> 3;
      count |= 56;
      let pair = load<u32>(acPairs + ((<usize>(bits >> (64 - lookBits))) << 2));
      let drop = pair & 63;
      if (drop != 0) {
        bits <<= <u64>pair;
        count -= drop;
        place = k + ((pair >> 8) & 15);
        k = place + ((pair >> 12) & 15);
        store<i16>(block + load<u8>(places + k), <i16>((<i32>(pair << 8)) >> 24));
        store<i16>(block + load<u8>(places + place), <i16>((<i32>pair) >> 24));
        k += 1 + (pair & endOfBlock);
        if (k < 64) {
          pair = load<u32>(acPairs + ((<usize>(bits >> (64 - lookBits))) << 2));
          drop = pair & 63;
          if (drop != 0) {
            bits <<= <u64>pair;
            count -= drop;
            place = k + ((pair >> 8) & 15);
            k = place + ((pair >> 12) & 15);
            store<i16>(block + load<u8>(places + k), <i16>((<i32>(pair << 8)) >> 24));
            store<i16>(block + load<u8>(places + place), <i16>((<i32>pair) >> 24));
            k += 1 + (pair & endOfBlock);
            if (k < 64) {
              pair = load<u32>(acPairs + ((<usize>(bits >> (64 - lookBits))) << 2));
              drop = pair & 63;
              if (drop != 0) {
                bits <<= <u64>pair;
                count -= drop;
                place = k + ((pair >> 8) & 15);
                k = place + ((pair >> 12) & 15);
                store<i16>(block + load<u8>(places + k), <i16>((<i32>(pair << 8)) >> 24));
                store<i16>(block + load<u8>(places + place), <i16>((<i32>pair) >> 24));
                k += 1 + (pair & endOfBlock);
                if (k < 64) continue;
              }
            }
          }
        }
        if (drop != 0) {
          if (place != 63) break;
          // The first symbol ended the block, unless it was the end itself; what was taken with it is the next block's. Back before both.
          const position = <u32>((top - at) << 3) - count - drop;
          const skipped = position & 7;
          at = top - (position >> 3);
          bits = load<u64>(at - 8);
          bits <<= <u64>skipped;
          at -= 7;
          count = 56 - skipped;
          const first = load<u32>(acSingles + ((<usize>(bits >> (64 - lookBits))) << 2)) & 63;
          bits <<= <u64>first;
          count -= first;
          k = 64;
          break;
        }
      }
      // A code alone.
      if (pair == 0) {
        pair = longCode(acCodes, lookBits, <u32>(bits >> 48));
        if (pair == 0) return false;
      }
      length = pair >> 16;
      extra = (pair >> 12) & 15;
      place = k + ((pair >> 8) & 15);
      k = place + 1;
      bits <<= <u64>length;
      count -= length + extra;
      if (extra != 0) {
        store<i16>(block + load<u8>(places + place), <i16>extended(<u32>(bits >> (<u64>(64 - extra))), extra));
        bits <<= <u64>extra;
      } else if (((pair >> 8) & 15) == 0) k += endOfBlock;
    } while (k < 64);
    if (place > 63 || (k > 64 && k < endOfBlock)) return false;
    store<u32>(block, k - endOfBlock, afterLast);
  }
  next = at;
  held = bits;
  heldBits = count;
  lastDc = dc;
  return true;
}
