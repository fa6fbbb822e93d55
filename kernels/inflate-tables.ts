// Inflate: tables that are indexed by the next bits of a stream.

export const literalBits: u32 = 12;
export const distanceBits: u32 = 9;
export const literalMask: u32 = (1 << literalBits) - 1;
export const distanceMask: u32 = (1 << distanceBits) - 1;

// An entry for literals: bits to drop (0 to 5), one or two literals (8 to 23), how many (30 and 31).
const oneLiteral: u32 = 1 << 30;
// An entry for anything else drops nothing by itself and makes nothing: bits to drop (8 to 11), extra bits (12 to 15), value (16 and up).
export const isOther: u32 = 64;
export const isLink: u32 = 128;
export const isEnd: u32 = 1 << 29;
// An entry for distances: bits to drop (0 to 5), extra bits (8 to 11), value (12 and up).
export const isDistanceLink: u32 = 1 << 29;

const lengthBases = memory.data<u16>([3,4,5,6,7,8,9,10,11,13,15,17,19,23,27,31,35,43,51,59,67,83,99,115,131,163,195,227,258,0,0]); // prettier-ignore
const lengthExtras = memory.data<u8>([0,0,0,0,0,0,0,0,1,1,1,1,2,2,2,2,3,3,3,3,4,4,4,4,5,5,5,5,0,0,0]); // prettier-ignore
const distanceBases = memory.data<u16>([1,2,3,4,5,7,9,13,17,25,33,49,65,97,129,193,257,385,513,769,1025,1537,2049,3073,4097,6145,8193,12289,16385,24577,0,0]); // prettier-ignore
const distanceExtras = memory.data<u8>([0,0,0,0,1,1,2,2,3,3,4,4,5,5,6,6,7,7,8,8,9,9,10,10,11,11,12,12,13,13,0,0]); // prettier-ignore

function entryOf(kind: i32, symbol: i32, length: i32): u32 {
  if (kind == 0) return (symbol << 16) | length;
  if (kind == 1) {
    if (symbol < 256) return oneLiteral | (symbol << 8) | length;
    if (symbol == 256) return isOther | isEnd | (length << 8);
    const i = symbol - 257;
    const base = <u32>load<u16>(lengthBases + (i << 1));
    return isOther | (base << 16) | ((<u32>load<u8>(lengthExtras + i)) << 12) | (length << 8);
  }
  const base = <u32>load<u16>(distanceBases + (symbol << 1));
  return (base << 12) | ((<u32>load<u8>(distanceExtras + symbol)) << 8) | length;
}

/**
 * Fills a table that is indexed by the next `primaryBits` bits; longer codes are found through a link to a second table behind it.
 *
 * @param kind - 0 code lengths, 1 literals and lengths, 2 distances
 * @returns false unless the codes are complete (one single code of one bit, or no distance code at all, also will do)
 */
export function buildTable(lengths: usize, n: i32, table: usize, primaryBits: u32, kind: i32, scratch: usize): bool {
  const ofLength = scratch,
    firstOf = scratch + 64,
    sorted = scratch + 128;
  const used = countLengths(lengths, n, ofLength);
  let room = 1 << 15;
  let place = 0;
  for (let length = 1; length <= 15; length++) {
    store<u32>(firstOf + (length << 2), place);
    const number = load<u32>(ofLength + (length << 2));
    place += number;
    room -= number << (15 - length);
  }
  const size = 1 << primaryBits;
  if (room != 0) {
    // Every index leads to the only code; a stream that uses the other one bit decodes to what no checksum will take.
    const isLone = used == 1 && load<u32>(ofLength, 4) == 1;
    if (kind != 2 || (used != 0 && !isLone)) return false;
    let only = 0;
    while (used == 1 && load<u8>(lengths + only) == 0) only++;
    for (let i = 0; i < size; i++) store<u32>(table + (i << 2), entryOf(kind, only, 1));
    return true;
  }
  for (let i = 0; i < n; i++) {
    const length = load<u8>(lengths + i);
    if (length == 0) continue;
    const at = firstOf + ((<usize>length) << 2);
    const index = load<u32>(at);
    store<u32>(at, index + 1);
    store<u16>(sorted + (index << 1), i);
  }
  fillTable(sorted, ofLength, table, primaryBits, kind);
  if (kind == 1) pairLiterals(sorted, ofLength, table);
  return true;
}

/**
 * Counts at `ofLength` how many codes have each of 1 to 15 bits: compared 16 at a time, because counters in memory would wait for each other.
 *
 * @returns how many there are
 */
function countLengths(lengths: usize, n: i32, ofLength: usize): i32 {
  const whole = n & ~15;
  let used: i32 = 0;
  for (let length = 1; length <= 15; length++) {
    let minus = i8x16.splat(0); // 18 vectors are no more than a byte holds
    const wanted = i8x16.splat(<i8>length);
    for (let i = 0; i < whole; i += 16) minus = i8x16.add(minus, i8x16.eq(v128.load(lengths + i), wanted));
    const sums = i32x4.extadd_pairwise_i16x8_s(i16x8.extadd_pairwise_i8x16_s(minus));
    const number =
      -i32x4.extract_lane(sums, 0) -
      i32x4.extract_lane(sums, 1) -
      i32x4.extract_lane(sums, 2) -
      i32x4.extract_lane(sums, 3);
    store<u32>(ofLength + (length << 2), number);
    used += number;
  }
  for (let i = whole; i < n; i++) {
    const length = <usize>load<u8>(lengths + i);
    if (length == 0) continue;
    const at = ofLength + (length << 2);
    store<u32>(at, load<u32>(at) + 1);
    used++;
  }
  return used;
}

/** Makes a table of `size` entries twice as long: the same for both values of one more bit. May write up to 12 bytes too far. */
function double(table: usize, size: i32): void {
  const end = table + (size << 2);
  for (let from = table, to = end; from < end; from += 16, to += 16) v128.store(to, v128.load(from));
}

/** @param sorted - symbols by length of code, then by value: their codes count up, as deflate reads them from the lowest bit */
function fillTable(sorted: usize, ofLength: usize, table: usize, primaryBits: u32, kind: i32): void {
  const size = 1 << primaryBits;
  let code = 0, // its bits reversed
    index = 0,
    linkedFrom = -1,
    subTable = 0,
    subBits: u32 = 0,
    next = size;
  for (let length: u32 = 1; length <= 15; length++) {
    if (length <= primaryBits) double(table, 1 << (length - 1));
    const number = <i32>load<u32>(ofLength + (length << 2));
    for (let left = number; left > 0; left--) {
      const symbol = load<u16>(sorted + (index++ << 1));
      if (length <= primaryBits) store<u32>(table + (code << 2), entryOf(kind, symbol, length));
      else {
        const prefix = code & (size - 1);
        if (prefix != linkedFrom) {
          linkedFrom = prefix;
          subTable = next;
          subBits = length - primaryBits;
          // Large enough for all codes with this prefix: those of this length and, while there is room, of the next ones.
          let room = left;
          while (room < 1 << subBits && primaryBits + subBits < 15) {
            subBits++;
            room = (room << 1) + <i32>load<u32>(ofLength + ((primaryBits + subBits) << 2));
          }
          next += 1 << subBits;
          const link =
            kind == 1
              ? isOther | isLink | (subTable << 16) | (subBits << 12) | (primaryBits << 8)
              : isDistanceLink | (subTable << 12) | (subBits << 8) | primaryBits;
          store<u32>(table + (prefix << 2), link);
        }
        const entry = entryOf(kind, symbol, length - primaryBits);
        for (let i = code >> primaryBits; i < 1 << subBits; i += 1 << (length - primaryBits))
          store<u32>(table + ((subTable + i) << 2), entry);
      }
      code = codeAfter(code, length);
    }
  }
}

/** One more, in reversed bits. */
function codeAfter(code: i32, length: u32): i32 {
  let bit = 1 << (length - 1);
  while (code & bit) {
    code ^= bit;
    bit >>= 1;
  }
  return code | bit;
}

/** For each index what a second literal adds to an entry for one: never with fewer bits than `noSecond` where there is none. */
const seconds = memory.data(4 << literalBits, 16);
const noSecond: i32 = 63;

/** Where an index holds the codes of two literals one after the other, its entry gets both. */
function pairLiterals(sorted: usize, ofLength: usize, table: usize): void {
  const isOtherOnes = i32x4.splat(isOther),
    lowest6 = i32x4.splat(63),
    literal = i32x4.splat(0xff00);
  let shortest: u32 = 1;
  while (shortest < literalBits && load<u32>(ofLength + (shortest << 2)) == 0) shortest++;
  for (let at: usize = 0; at < 4 << (literalBits - shortest); at += 16) {
    const entries = v128.load(table + at);
    const added = v128.or(
      v128.or(v128.and(entries, lowest6), i32x4.shl(v128.and(entries, literal), 8)),
      i32x4.splat(oneLiteral),
    );
    const isNone = i32x4.eq(v128.and(entries, isOtherOnes), isOtherOnes);
    v128.store(seconds + at, v128.bitselect(i32x4.splat(noSecond), added, isNone));
  }
  let code = 0,
    index = 0;
  // Fewer than two bits left: a vector of four would be too long, and there is hardly a code of one bit.
  for (let length: u32 = 1; length <= literalBits - 2; length++) {
    const limit = i32x4.splat(literalBits - length);
    const stride: usize = 4 << length;
    for (let left = load<u32>(ofLength + (length << 2)); left > 0; left--) {
      const symbol = load<u16>(sorted + (index++ << 1));
      if (symbol < 256) {
        let to = table + (code << 2);
        const first = i32x4.splat(load<u32>(to));
        const end = seconds + (4 << (literalBits - length));
        for (let from: usize = seconds; from < end; from += 16, to += stride << 2) {
          const added = v128.load(from);
          const entries = i32x4.add(first, v128.and(added, i32x4.le_s(v128.and(added, lowest6), limit)));
          v128.store_lane<u32>(to, entries, 0);
          v128.store_lane<u32>(to + stride, entries, 1);
          v128.store_lane<u32>(to + (stride << 1), entries, 2);
          v128.store_lane<u32>(to + stride * 3, entries, 3);
        }
      }
      code = codeAfter(code, length);
    }
  }
}
