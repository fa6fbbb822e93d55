// Huffman codes of JPEG (ITU-T T.81, annex C and F.2.2) for decoding: most AC symbols with their extra bits, two of them where both fit, by one
// look into a table. The tables are the module's own and stay until the next image's are made.

/** Bits that AC codes are looked up by: the table of pairs has 16 KiB, and all of it is in use all of the time. */
export const lookBits: u32 = 13;
/** Bits that DC codes are looked up by. */
export const dcLookBits: u32 = 9;

/** By the next bits, where a code fits: extra bits (12 to 15), length of the code (16 to 20). */
export const dcLook = memory.data(4 << 9, 16);

/**
 * By the next bits: one AC symbol. Its value (upper 16 bits, never 0), the zeros before it (8 to 11), all its bits (lower 6). Where the value
 * is 0 the symbol has none, or its extra bits did not fit: extra bits (12 to 15), zeros, and the bits of the code alone.
 */
export const acSingles = memory.data(4 << 13, 16);

/**
 * By the next bits: one or two AC symbols. All bits (lower 6), `endOfBlock` when the last one is that, zeros before the first value (8 to 11), from
 * the first value's place to the second's (12 to 15), the second value (16 to 23) and the first (24 to 31), signed. Without a second one that is 0 in
 * the same place, so that the first is to be stored last. Where all bits are 0 there is only the code, as longCode tells it.
 */
export const acPairs = memory.data(4 << 13, 16);

/** What the next symbol's place is beyond 63 by when the block is at its end. */
export const endOfBlock: u32 = 128;

// Codes by length, for those that are longer than the tables' bits. Addresses relative to their start.
const limits: usize = 0;
const offsets: usize = 4 * 20;
const symbols: usize = 2 * 4 * 20;
export const dcCodes = memory.data(2 * 4 * 20 + 256, 16);
export const acCodes = memory.data(2 * 4 * 20 + 256, 16);

/**
 * @param counts - codes of 1 to 16 bits, 16 bytes, their symbols behind them (up to 256 bytes)
 * @returns false when there are more codes than fit, or a symbol that 8-bit images do not have
 */
export function setDcCodes(counts: usize): bool {
  memory.fill(dcLook, 0, 4 << dcLookBits);
  return readCodes(counts, dcCodes, false);
}

/** The same for AC codes. */
export function setAcCodes(counts: usize): bool {
  memory.fill(acSingles, 0, 4 << lookBits);
  if (!readCodes(counts, acCodes, true)) return false;
  for (let index: u32 = 0; index < 1 << lookBits; index++) store<u32>(acPairs + (index << 2), pairOf(index));
  return true;
}

function readCodes(counts: usize, codes: usize, isAc: bool): bool {
  let code: u32 = 0,
    index: u32 = 0;
  for (let length: u32 = 1; length <= 16; length++) {
    const number = <u32>load<u8>(counts + length - 1);
    store<i32>(codes + (length << 2), <i32>index - <i32>code, offsets);
    for (let i: u32 = 0; i < number; i++, code++, index++) {
      if (index > 255 || code >= 1 << length) return false;
      const symbol = <u32>load<u8>(counts + 16 + index);
      if (!isKnown(symbol, isAc)) return false;
      store<u8>(codes + index, symbol, symbols);
      if (isAc) enterAc(code, length, symbol);
      else enterDc(code, length, symbol);
    }
    store<u32>(codes + (length << 2), code << (16 - length), limits);
    code <<= 1;
  }
  return true;
}

/** No value of an 8-bit image has more than 11 bits; without bits there is the end of the block and a run of 16 zeros. */
function isKnown(symbol: u32, isAc: bool): bool {
  const bits = symbol & 15;
  if (!isAc) return symbol <= 11;
  return bits == 0 ? symbol == 0 || symbol == 0xf0 : bits <= 10;
}

function enterDc(code: u32, length: u32, symbol: u32): void {
  if (length > dcLookBits) return;
  const at = dcLook + ((code << (dcLookBits - length)) << 2);
  for (let i: u32 = 0; i < 1 << (dcLookBits - length); i++) store<u32>(at + (i << 2), (length << 16) | (symbol << 12));
}

function enterAc(code: u32, length: u32, symbol: u32): void {
  if (length > lookBits) return;
  const zeros = symbol >> 4,
    extra = symbol & 15,
    free = lookBits - length;
  const at = acSingles + ((code << free) << 2);
  for (let i: u32 = 0; i < 1 << free; i++) {
    let entry = (extra << 12) | (zeros << 8) | length;
    // A value in a pair has 8 bits.
    if (extra > 0 && extra <= free && extra < 8)
      entry = ((<u32>extended(i >> (free - extra), extra)) << 16) | (zeros << 8) | (length + extra);
    store<u32>(at + (i << 2), entry);
  }
}

/** The value that `extra` bits say: the lower half of them counts up from below zero. */
export function extended(bits: u32, extra: u32): i32 {
  return <i32>bits - (bits < (1 << extra) >> 1 ? (1 << extra) - 1 : 0);
}

function pairOf(index: u32): u32 {
  const first = load<u32>(acSingles + (index << 2));
  const bits = first & 63,
    zeros = first & 0xf00;
  if (!isWhole(first)) return first == 0 ? 0 : (bits << 16) | (first & 0xff00);
  if (isEnd(first)) return bits | endOfBlock;
  const value = (first >> 16) << 24;
  const second = load<u32>(acSingles + (((index << bits) & ((1 << lookBits) - 1)) << 2));
  const all = bits + (second & 63);
  const step = 1 + ((second >> 8) & 15);
  if (!isWhole(second) || all > lookBits || step > 15) return value | zeros | bits;
  if (isEnd(second)) return value | zeros | endOfBlock | all;
  return value | (((second >> 16) & 255) << 16) | (step << 12) | zeros | all;
}

/** With its extra bits, if it has any. */
function isWhole(entry: u32): bool {
  return entry != 0 && (entry >= 0x10000 || entry >> 12 == 0);
}
function isEnd(entry: u32): bool {
  return entry < 0x10000 && ((entry >> 8) & 15) == 0;
}

/**
 * A code of more than `looked` bits that begins the 16 bits of `next`.
 *
 * @returns zeros (8 to 11), extra bits (12 to 15), length of the code (16 to 20); 0 when there is none
 */
export function longCode(codes: usize, looked: u32, next: u32): u32 {
  for (let length = looked + 1; length <= 16; length++) {
    if (next >= load<u32>(codes + (length << 2), limits)) continue;
    const index = load<i32>(codes + (length << 2), offsets) + <i32>(next >> (16 - length));
    const symbol = <u32>load<u8>(codes + index, symbols);
    return (length << 16) | ((symbol & 15) << 12) | ((symbol >> 4) << 8);
  }
  return 0;
}
