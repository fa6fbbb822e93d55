// Huffman codes of JPEG (ITU-T T.81, annex C and F.2.2) for decoding: most symbols with their extra bits by one look into a table.

/** Bits that the tables are indexed by. */
export const lookBits: u32 = 12;

// An entry: the value (upper 16 bits, never 0), the zeros before it (bits 8 to 11), all its bits (lower 6). Where the value is 0, the code
// alone was found: its bits (lower 6), zeros (8 to 11) and extra bits (12 to 15); an entry 0 is a longer code, or none.
const limits: usize = 4 << lookBits;
const offsets: usize = limits + 4 * 20;
const symbols: usize = offsets + 4 * 20;
/** Bytes of memory that a table takes. */
export const tableBytes: usize = symbols + 256;

/**
 * @param counts - codes of 1 to 16 bits, 16 bytes, their symbols behind them (up to 256 bytes)
 * @param isAc - an AC symbol says how many zeros come before it
 * @returns false when there are more codes than fit, or a symbol that 8-bit images do not have
 */
export function buildJpegTable(table: usize, counts: usize, isAc: bool): bool {
  memory.fill(table, 0, tableBytes);
  let code: u32 = 0,
    index: u32 = 0;
  for (let length: u32 = 1; length <= 16; length++) {
    const number = <u32>load<u8>(counts + length - 1);
    store<i32>(table + (length << 2), <i32>index - <i32>code, offsets);
    for (let i: u32 = 0; i < number; i++, code++, index++) {
      if (index > 255 || code >= 1 << length) return false;
      const symbol = <u32>load<u8>(counts + 16 + index);
      if (!isKnown(symbol, isAc)) return false;
      store<u8>(table + index, symbol, symbols);
      if (length <= lookBits) enter(table, code, length, symbol);
    }
    store<u32>(table + (length << 2), code << (16 - length), limits);
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

function enter(table: usize, code: u32, length: u32, symbol: u32): void {
  const zeros = symbol >> 4,
    extra = symbol & 15,
    size: u32 = 1 << (lookBits - length);
  const at = table + ((code << (lookBits - length)) << 2);
  for (let i: u32 = 0; i < size; i++) {
    let entry = (extra << 12) | (zeros << 8) | length;
    if (extra > 0 && length + extra <= lookBits) {
      const value = extended(i >> (lookBits - length - extra), extra);
      entry = ((<u32>value) << 16) | (zeros << 8) | (length + extra);
    }
    store<u32>(at + (i << 2), entry);
  }
}

/** The value that `extra` bits say: the lower half of them counts up from below zero. */
export function extended(bits: u32, extra: u32): i32 {
  return <i32>bits - (bits < (1 << extra) >> 1 ? (1 << extra) - 1 : 0);
}

/** @returns an entry without a value for a code of more than `lookBits` bits that begins the 16 bits of `next`; 0 when there is none */
export function longCode(table: usize, next: u32): u32 {
  for (let length = lookBits + 1; length <= 16; length++) {
    if (next >= load<u32>(table + (length << 2), limits)) continue;
    const index = load<i32>(table + (length << 2), offsets) + <i32>(next >> (16 - length));
    const symbol = <u32>load<u8>(table + index, symbols);
    return ((symbol & 15) << 12) | ((symbol >> 4) << 8) | length;
  }
  return 0;
}

/** Bytes of a table of pairs. */
export const pairTableBytes: usize = 8 << lookBits;

/**
 * Two AC symbols at once where both fit: most of an electron micrograph's have 3 to 7 bits.
 *
 * An entry: all bits (lower 6), zeros before the first value (bits 8 to 11), bits of the first alone (12 to 15), from the first value's place to
 * the second's (16 to 20), from there to the next symbol's (24 to 31; `endOfBlock` more at the block's end), the values (32 to 47, 48 to 63). A
 * symbol without a second has a second value 0 that the next symbol overwrites. Where all bits are 0 the code is looked up alone.
 */
export function pairSymbols(table: usize, pairs: usize): void {
  const size: u32 = 1 << lookBits;
  for (let index: u32 = 0; index < size; index++) {
    const first = load<u32>(table + (index << 2));
    let entry: u64 = 0;
    if (isWhole(first)) {
      const bits = first & 63;
      let all = bits,
        step: u32 = 1,
        rest: u32 = 0,
        value: u32 = 0;
      const zeros = (first >> 8) & 15;
      if (isEnd(first)) rest = endOfBlock - 1;
      else {
        const second = load<u32>(table + (((index << bits) & (size - 1)) << 2));
        if (isWhole(second) && bits + (second & 63) <= lookBits) {
          all += second & 63;
          if (isEnd(second)) rest = endOfBlock;
          else {
            step = 1 + ((second >> 8) & 15);
            rest = 1;
            value = second >> 16;
          }
        }
      }
      entry = <u64>(all | (zeros << 8) | (bits << 12) | (step << 16) | (rest << 24)) | (<u64>(first >> 16) << 32) | (<u64>value << 48); // prettier-ignore
    }
    store<u64>(pairs + (index << 3), entry);
  }
}

/** What the place of the next symbol is beyond 63 by when the block is at its end. */
export const endOfBlock: u32 = 128;

/** With its extra bits, if there are any. */
function isWhole(entry: u32): bool {
  return entry != 0 && (entry >= 0x10000 || entry >> 12 == 0);
}
function isEnd(entry: u32): bool {
  return entry < 0x10000 && ((entry >> 8) & 15) == 0;
}
