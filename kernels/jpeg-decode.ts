// Baseline JPEG of one component (ITU-T T.81): entropy-coded data to pixels.
//
// Nothing here trusts its input: whatever is not as an encoder writes it ends with -1, and the caller asks libjpeg. Reads may go up to 16 bytes
// beyond the input.
import { buildJpegTable, endOfBlock, extended, longCode, lookBits, pairSymbols, pairTableBytes, tableBytes } from "./jpeg-huffman"; // prettier-ignore
import { flatBlock, inverseDct } from "./jpeg-idct";
import { places } from "./jpeg-zigzag";

// A decoder's state and tables, addresses relative to its start.
const nextIn: usize = 0;
const bitCount: usize = 4;
const lastDc: usize = 8;
const heldBits: usize = 16;
const dcTable: usize = 64;
const acTable: usize = dcTable + tableBytes;
const acPairs: usize = acTable + tableBytes;
const quantiser: usize = acPairs + pairTableBytes;
const edge: usize = quantiser + 128;
const blocks: usize = edge + 64;
/** A block is 64 coefficients (i16) and, behind them, a place that nobody looks at and the number of symbols. */
const blockBytes: i32 = 144;
const symbolsOfBlock: usize = 132;
/** Blocks that are decoded before their pixels are made: what is just stored byte by byte cannot be loaded by sixteen yet. */
const batch: i32 = 16;
/** Bytes of memory that a decoder needs beside input and output. */
export const jpegDecoderBytes: i32 = <i32>blocks + batch * blockBytes;

/**
 * @param factors - 64 bytes in zigzag order
 * @param dc - counts (16 bytes) and symbols of the DC codes, 272 bytes
 * @returns 0, or -1 for codes that are not for this decoder
 */
export function openJpegDecoder(decoder: usize, factors: usize, dc: usize, ac: usize): i32 {
  for (let i = 0; i < 64; i++) store<u16>(decoder + load<u8>(places + i), <u16>load<u8>(factors + i), quantiser);
  const areGood = buildJpegTable(decoder + dcTable, dc, false) && buildJpegTable(decoder + acTable, ac, true);
  if (!areGood) return -1;
  pairSymbols(decoder + acTable, decoder + acPairs);
  return 0;
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
  decoder: usize,
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
    if (bytes < 0 || !decodeBlocks(decoder, top, bytes, first, stop, columns, width, height, to)) return -1;
    at = markerAt;
    first = stop;
    if (first < all) {
      if (load<u8>(at, 1) != <u8>(0xd0 + (number & 7))) return -1;
      at += 2;
    }
  }
  return <i32>(at - from);
}

/** Blocks `[first, stop)` out of `bytes` bytes below `top`: exactly those, up to the bits that fill the last byte. */
function decodeBlocks(
  decoder: usize,
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
  store<u32>(decoder, <u32>top, nextIn);
  store<u32>(decoder, 0, bitCount);
  store<u32>(decoder, 0, lastDc);
  store<u64>(decoder, 0, heldBits);
  let column = first % columns,
    y = (first / columns) << 3;
  for (let index = first; index < stop;) {
    const number = min(min(batch, columns - column), stop - index);
    memory.fill(decoder + blocks, 0, number * blockBytes);
    if (!decodeCoefficients(decoder, top, number, lowest)) return false;
    for (let i = 0; i < number; i++, column++)
      if (!putBlock(decoder, decoder + blocks + i * blockBytes, column << 3, to + y * width, width)) return false;
    index += number;
    if (column == columns) {
      column = 0;
      y += 8;
    }
  }
  const left = (bytes << 3) - <i32>(((top - load<u32>(decoder, nextIn)) << 3) - load<u32>(decoder, bitCount));
  return left >= 0 && left < 8;
}

/** @param row - the first of the block's rows of `width` pixels */
function putBlock(decoder: usize, block: usize, x: i32, row: usize, width: i32): bool {
  const isEdge = x + 8 > width;
  const target = isEdge ? decoder + edge : row + x;
  const stride: usize = isEdge ? 8 : width;
  const isFlat = load<u32>(block, symbolsOfBlock) == 1;
  const isGood = isFlat
    ? flatBlock(<i32>load<i16>(block) * <i32>load<u16>(decoder, quantiser), target, stride)
    : inverseDct(block, decoder + quantiser, target, stride);
  if (isEdge) for (let y = 0; y < 8; y++) memory.copy(row + y * width + x, target + (y << 3), width - x);
  return isGood;
}

/** The next `number` blocks, whose coefficients are 0 so far. False when they are damaged, or the input is at its end. */
function decodeCoefficients(decoder: usize, top: usize, number: i32, lowest: usize): bool {
  const dcCodes = decoder + dcTable,
    acCodes = decoder + acPairs;
  let next: usize = load<u32>(decoder, nextIn), // the bytes below this come next
    bits = load<u64>(decoder, heldBits),
    count = load<u32>(decoder, bitCount), // bits that are held; more may be there
    dc = load<i32>(decoder, lastDc),
    block = decoder + blocks;
  for (let end = block + number * blockBytes; block < end; block += blockBytes) {
    if (next < lowest) return false;
    bits |= load<u64>(next - 8) >> (<u64>count);
    next -= (63 - count) >> 3;
    count |= 56;
    let entry = load<u32>(dcCodes + ((<usize>(bits >> (64 - lookBits))) << 2));
    if (entry >= 0x10000) {
      bits <<= <u64>entry;
      count -= entry & 63;
      dc += (<i32>entry) >> 16;
    } else {
      if (entry == 0) {
        entry = longCode(dcCodes, <u32>(bits >> 48));
        if (entry == 0) return false;
      }
      bits <<= <u64>entry;
      count -= entry & 63;
      const extra = entry >> 12;
      if (extra != 0) {
        dc += extended(<u32>(bits >> (<u64>(64 - extra))), extra);
        bits <<= <u64>extra;
        count -= extra;
      }
    }
    store<i16>(block, <i16>dc);

    let k: u32 = 1,
      place: u32 = 1;
    do {
      bits |= load<u64>(next - 8) >> (<u64>count);
      next -= (63 - count) >> 3;
      count |= 56;
      let pair = load<u64>(acCodes + ((<usize>(bits >> (64 - lookBits))) << 3));
      let drop = (<u32>pair) & 63;
      if (drop != 0) {
        bits <<= pair;
        count -= drop;
        place = k + (((<u32>pair) >> 8) & 15);
        store<i16>(block + load<u8>(places + place), <i16>(pair >> 32));
        k = place + (((<u32>pair) >> 16) & 31);
        store<i16>(block + load<u8>(places + k), <i16>(pair >> 48));
        k += (<u32>pair) >> 24;
        if (k < 64) {
          pair = load<u64>(acCodes + ((<usize>(bits >> (64 - lookBits))) << 3));
          drop = (<u32>pair) & 63;
          if (drop != 0) {
            bits <<= pair;
            count -= drop;
            place = k + (((<u32>pair) >> 8) & 15);
            store<i16>(block + load<u8>(places + place), <i16>(pair >> 32));
            k = place + (((<u32>pair) >> 16) & 31);
            store<i16>(block + load<u8>(places + k), <i16>(pair >> 48));
            k += (<u32>pair) >> 24;
            if (k < 64) {
              pair = load<u64>(acCodes + ((<usize>(bits >> (64 - lookBits))) << 3));
              drop = (<u32>pair) & 63;
              if (drop != 0) {
                bits <<= pair;
                count -= drop;
                place = k + (((<u32>pair) >> 8) & 15);
                store<i16>(block + load<u8>(places + place), <i16>(pair >> 32));
                k = place + (((<u32>pair) >> 16) & 31);
                store<i16>(block + load<u8>(places + k), <i16>(pair >> 48));
                k += (<u32>pair) >> 24;
                if (k < 64) continue;
              }
            }
          }
        }
        if (drop != 0) {
          const first = ((<u32>pair) >> 12) & 15;
          if (place == 63 && first != drop) {
            // The first symbol ended the block; the second one is the next block's: back before it.
            const position = <u32>((top - next) << 3) - count - (drop - first);
            const skipped = position & 7;
            next = top - (position >> 3);
            bits = load<u64>(next - 8);
            bits <<= <u64>skipped;
            next -= 7;
            count = 56 - skipped;
            k = 64;
          }
          break;
        }
      }
      let symbol = load<u32>(decoder + acTable + ((<usize>(bits >> (64 - lookBits))) << 2));
      if (symbol == 0) {
        symbol = longCode(decoder + acTable, <u32>(bits >> 48));
        if (symbol == 0) return false;
      }
      bits <<= <u64>symbol;
      count -= symbol & 63;
      place = k + ((symbol >> 8) & 15);
      k = place + 1;
      const extra = symbol >> 12;
      if (extra != 0) {
        store<i16>(block + load<u8>(places + place), <i16>extended(<u32>(bits >> (<u64>(64 - extra))), extra));
        bits <<= <u64>extra;
        count -= extra;
      } else if (((symbol >> 8) & 15) == 0) k += endOfBlock - 1;
    } while (k < 64);
    if (place > 63 || (k > 64 && k < endOfBlock)) return false;
    store<u32>(block, k - endOfBlock, symbolsOfBlock);
  }
  store<u32>(decoder, <u32>next, nextIn);
  store<u32>(decoder, count, bitCount);
  store<u64>(decoder, bits, heldBits);
  store<i32>(decoder, dc, lastDc);
  return true;
}
