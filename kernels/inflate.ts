// Inflate (RFC 1951), two streams at a time: decoding waits for memory after every symbol, and the other stream's steps fill the wait.
//
// Nothing here trusts its input: what would leave its memory, or is no complete set of codes, ends with -1 and the caller asks zlib. Reads may go
// up to 24 bytes beyond the input, writes up to 272 beyond the output.

/** A stream's state and tables; addresses relative to its start. */
const nextIn: usize = 0;
const endOfIn: usize = 4;
const nextOut: usize = 8;
const startOfOut: usize = 12;
const endOfOut: usize = 16;
const bitCount: usize = 20;
const isLast: usize = 24;
const heldBits: usize = 32;
/** Where decoding may pause: soon after the output gets here, or before the input does. */
const pauseOut: usize = 40;
const pauseIn: usize = 44;
/** 1 inside of a block of codes. */
const isInside: usize = 48;
const literalTable: usize = 64;
const distanceTable: usize = literalTable + 4 * 4096;
const lengthsOfCodes: usize = distanceTable + 4 * 2048;
const work: usize = lengthsOfCodes + 512;
/** Bytes of memory that a stream needs beside its input and output. */
export const streamBytes: i32 = <i32>work + 2048;

const literalBits: u32 = 11;
const distanceBits: u32 = 9;
const literalMask: u32 = (1 << literalBits) - 1;
const distanceMask: u32 = (1 << distanceBits) - 1;

// An entry: bits to drop (low 6), extra bits (8 to 11), value (12 or 16 and up), and what it is. The sign says literal: the most frequent test.
const isLiteral: u32 = 0x80000000;
const isEnd: u32 = 0x40000000;
const isLink: u32 = 0x20000000;

const lengthBases = memory.data<u16>([3,4,5,6,7,8,9,10,11,13,15,17,19,23,27,31,35,43,51,59,67,83,99,115,131,163,195,227,258,0,0]); // prettier-ignore
const lengthExtras = memory.data<u8>([0,0,0,0,0,0,0,0,1,1,1,1,2,2,2,2,3,3,3,3,4,4,4,4,5,5,5,5,0,0,0]); // prettier-ignore
const distanceBases = memory.data<u16>([1,2,3,4,5,7,9,13,17,25,33,49,65,97,129,193,257,385,513,769,1025,1537,2049,3073,4097,6145,8193,12289,16385,24577,0,0]); // prettier-ignore
const distanceExtras = memory.data<u8>([0,0,0,0,1,1,2,2,3,3,4,4,5,5,6,6,7,7,8,8,9,9,10,10,11,11,12,12,13,13,0,0]); // prettier-ignore
const headerOrder = memory.data<u8>([16, 17, 18, 0, 8, 7, 9, 6, 10, 5, 11, 4, 12, 3, 13, 2, 14, 1, 15]);

/** Prepares a stream: `length` bytes of deflate data at `from`, exactly `outLength` bytes wanted at `to`. */
export function openStream(stream: usize, from: usize, length: i32, to: usize, outLength: i32): void {
  memory.fill(stream, 0, literalTable);
  store<u32>(stream, <u32>from, nextIn);
  store<u32>(stream, <u32>from + length, endOfIn);
  store<u32>(stream, <u32>to, nextOut);
  store<u32>(stream, <u32>to, startOfOut);
  store<u32>(stream, <u32>to + outLength, endOfOut);
  store<u32>(stream, u32.MAX_VALUE, pauseOut);
  store<u32>(stream, u32.MAX_VALUE, pauseIn);
}

/**
 * Goes on with a stream that is too long for memory: its `streamBytes` were kept, and 32 KiB of its output before `to`. Pauses at the first
 * symbol or block behind `outLength`, which may be up to 65,535 bytes late, or within the last `inputReserveBytes` of the input.
 *
 * @param from - the input that was not used: `length` bytes of it, all there is when `isAll`
 * @param known - bytes of output that there are before `to`
 * @returns 0: paused, 1: at its end, -1: damaged. `usedBytes` and `madeBytes` tell how far it came
 */
export function resumeStream(
  stream: usize,
  from: usize,
  length: i32,
  isAll: i32,
  to: usize,
  known: i32,
  outLength: i32,
): i32 {
  store<u32>(stream, <u32>from, nextIn);
  store<u32>(stream, <u32>from + length, endOfIn);
  store<u32>(stream, isAll ? u32.MAX_VALUE : <u32>from + length - inputReserveBytes, pauseIn);
  store<u32>(stream, <u32>to, nextOut);
  store<u32>(stream, <u32>to - known, startOfOut);
  store<u32>(stream, <u32>to + outLength, pauseOut);
  store<u32>(stream, <u32>to + outLength + 65536, endOfOut);
  const done = decodeOn(stream);
  giveBack(stream);
  return done;
}

function decodeOn(stream: usize): i32 {
  let head = coded;
  while (head >= 0) {
    if (load<u32>(stream, isInside) == 0) {
      if (isPaused(stream)) return 0;
      head = beginBlock(stream);
      if (head == ended) return 1;
      if (head != coded) continue;
      store<u32>(stream, 1, isInside);
    }
    const done = decodeBlock(stream);
    if (done <= 0) return done;
    store<u32>(stream, 0, isInside);
  }
  return -1;
}

/** Whole bytes among the held bits are read again. */
function giveBack(stream: usize): void {
  const count = load<u32>(stream, bitCount);
  const kept = <u64>(count & 7);
  const others = u64.MAX_VALUE << kept; // they were loaded, and will be again
  store<u32>(stream, load<u32>(stream, nextIn) - (count >> 3), nextIn);
  store<u32>(stream, count & 7, bitCount);
  store<u64>(stream, load<u64>(stream, heldBits) & ~others, heldBits);
}

/** A block's header, or a stored block, is read as a whole. */
export const inputReserveBytes: i32 = 66 * 1024;

/** Bytes of the input that are used up. */
export function usedBytes(stream: usize, from: usize): i32 {
  return <i32>(load<u32>(stream, nextIn) - <u32>from);
}

export function madeBytes(stream: usize, to: usize): i32 {
  return <i32>(load<u32>(stream, nextOut) - <u32>to);
}

function isPaused(stream: usize): bool {
  return (
    load<u32>(stream, nextOut) >= load<u32>(stream, pauseOut) || load<u32>(stream, nextIn) >= load<u32>(stream, pauseIn)
  );
}

/** @returns input bytes left over behind the deflate data, or -1 */
export function inflateOne(stream: usize): i32 {
  return finish(stream, nextHuffmanBlock(stream)) ? leftOver(stream) : -1;
}

/** Both streams to their ends; 0, or -1 when either fails. `inflateOne` of each tells what is left over. */
export function inflateTwo(a: usize, b: usize): i32 {
  let headA = nextHuffmanBlock(a),
    headB = nextHuffmanBlock(b);
  let steps: u32 = 0,
    written = bytesOut(a) + bytesOut(b);
  while (headA == coded && headB == coded) {
    const step = decodeBoth(a, b);
    if (step < 0) return -1;
    if (++steps == stepsLooked) {
      // Streams with a match every few bytes are faster one after the other.
      const now = bytesOut(a) + bytesOut(b);
      if (now - written < stepsLooked * bytesPerStep) break;
      written = now;
      steps = 0;
    }
    if (step & 1) {
      const symbol = decodeSymbol(a);
      if (symbol < 0) return -1;
      if (symbol == 1) headA = nextHuffmanBlock(a);
    }
    if (step & 2) {
      const symbol = decodeSymbol(b);
      if (symbol < 0) return -1;
      if (symbol == 1) headB = nextHuffmanBlock(b);
    }
  }
  if (headA < 0 || headB < 0) return -1;
  return finish(a, headA) && finish(b, headB) ? 0 : -1;
}

const stepsLooked: u32 = 512;
const bytesPerStep: u32 = 40;

function bytesOut(stream: usize): u32 {
  return load<u32>(stream, nextOut) - load<u32>(stream, startOfOut);
}

const coded = 0;
const stored = 1;
const ended = 2;

/** Runs a stream that may be inside of a block to its end. */
function finish(stream: usize, head: i32): bool {
  while (head == coded) {
    if (decodeBlock(stream) <= 0) return false;
    head = nextHuffmanBlock(stream);
  }
  return head == ended;
}

function nextHuffmanBlock(stream: usize): i32 {
  let head = beginBlock(stream);
  while (head == stored) head = beginBlock(stream);
  return head;
}

function leftOver(stream: usize): i32 {
  const unread = load<u32>(stream, bitCount) >> 3;
  const left = <i32>(load<u32>(stream, endOfIn) - load<u32>(stream, nextIn) + unread);
  return load<u32>(stream, nextOut) == load<u32>(stream, endOfOut) ? left : -1;
}

/** Reads a block's header. A stored block is copied at once. */
function beginBlock(stream: usize): i32 {
  if (load<u32>(stream, isLast)) return ended;
  let at: usize = load<u32>(stream, nextIn);
  let bits = load<u64>(stream, heldBits);
  let count = load<u32>(stream, bitCount);
  if (at > <usize>load<u32>(stream, endOfIn) + 8) return -1;
  bits |= load<u64>(at) << (<u64>count);
  at += (63 - count) >> 3;
  count |= 56;
  store<u32>(stream, (<u32>bits) & 1, isLast);
  const type = (<u32>(bits >> 1)) & 3;
  bits >>= 3;
  count -= 3;
  if (type == 0) return copyStored(stream, at - (count >> 3));
  if (type == 3) return -1;
  let literals = 288,
    distances = 30;
  const lengths = stream + lengthsOfCodes;
  if (type == 1) {
    memory.fill(lengths, 8, 144);
    memory.fill(lengths + 144, 9, 112);
    memory.fill(lengths + 256, 7, 24);
    memory.fill(lengths + 280, 8, 8);
    memory.fill(lengths + 288, 5, 32);
    distances = 32; // the fixed set is complete with two that never occur
  } else {
    literals = ((<i32>bits) & 31) + 257;
    distances = (((<i32>bits) >> 5) & 31) + 1;
    const given = (((<i32>bits) >> 10) & 15) + 4;
    bits >>= 14;
    count -= 14;
    if (literals > 286 || distances > 30) return -1;
    const ofHeader = stream + work + 1024;
    memory.fill(ofHeader, 0, 19);
    for (let i = 0; i < given; i++) {
      if (count < 16) {
        bits |= load<u64>(at) << (<u64>count);
        at += (63 - count) >> 3;
        count |= 56;
      }
      store<u8>(ofHeader + load<u8>(headerOrder + i), (<u32>bits) & 7);
      bits >>= 3;
      count -= 3;
    }
    // The header's own codes have up to 7 bits: the literal table serves for them too.
    const table = stream + literalTable;
    if (!buildTable(ofHeader, 19, table, 7, 0, stream + work)) return -1;
    const all = literals + distances;
    for (let i = 0; i < all;) {
      if (count < 16) {
        if (at > <usize>load<u32>(stream, endOfIn) + 8) return -1;
        bits |= load<u64>(at) << (<u64>count);
        at += (63 - count) >> 3;
        count |= 56;
      }
      const entry = load<u32>(table + (((<usize>bits) & 127) << 2));
      bits >>= <u64>(entry & 63);
      count -= entry & 63;
      const symbol = (entry >> 16) & 0x1ff;
      if (symbol < 16) {
        store<u8>(lengths + i++, symbol);
        continue;
      }
      let repeat = 0,
        value: u8 = 0;
      if (symbol == 16) {
        if (i == 0) return -1;
        value = load<u8>(lengths + i - 1);
        repeat = 3 + ((<i32>bits) & 3);
        bits >>= 2;
        count -= 2;
      } else if (symbol == 17) {
        repeat = 3 + ((<i32>bits) & 7);
        bits >>= 3;
        count -= 3;
      } else {
        repeat = 11 + ((<i32>bits) & 127);
        bits >>= 7;
        count -= 7;
      }
      if (i + repeat > all) return -1;
      memory.fill(lengths + i, value, repeat);
      i += repeat;
    }
    if (load<u8>(lengths + 256) == 0) return -1;
  }
  if (!buildTable(lengths, literals, stream + literalTable, literalBits, 1, stream + work)) return -1;
  if (!buildTable(lengths + literals, distances, stream + distanceTable, distanceBits, 2, stream + work)) return -1;
  store<u32>(stream, <u32>at, nextIn);
  store<u64>(stream, bits, heldBits);
  store<u32>(stream, count, bitCount);
  return coded;
}

/** @param at - the first byte that holds none of the block's header bits */
function copyStored(stream: usize, at: usize): i32 {
  const end: usize = load<u32>(stream, endOfIn);
  const to: usize = load<u32>(stream, nextOut);
  if (at + 4 > end) return -1;
  const length = <usize>load<u16>(at);
  if (<u16>length != ~load<u16>(at, 2)) return -1;
  if (at + 4 + length > end || to + length > <usize>load<u32>(stream, endOfOut)) return -1;
  memory.copy(to, at + 4, length);
  store<u32>(stream, <u32>(to + length), nextOut);
  store<u32>(stream, <u32>(at + 4 + length), nextIn);
  store<u64>(stream, 0, heldBits);
  store<u32>(stream, 0, bitCount);
  return stored;
}

function entryOf(kind: i32, symbol: i32, length: i32): u32 {
  if (kind == 0) return (symbol << 16) | length;
  if (kind == 1) {
    if (symbol < 256) return isLiteral | (symbol << 16) | length;
    if (symbol == 256) return isEnd | length;
    const i = symbol - 257;
    return ((<u32>load<u16>(lengthBases + (i << 1))) << 16) | ((<u32>load<u8>(lengthExtras + i)) << 8) | length;
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
function buildTable(lengths: usize, n: i32, table: usize, primaryBits: u32, kind: i32, scratch: usize): bool {
  const ofLength = scratch,
    firstOf = scratch + 64,
    sorted = scratch + 128;
  memory.fill(ofLength, 0, 64);
  for (let i = 0; i < n; i++) {
    const at = ofLength + ((<usize>load<u8>(lengths + i)) << 2);
    store<u32>(at, load<u32>(at) + 1);
  }
  const used = n - load<u32>(ofLength);
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
  return fillTable(sorted, ofLength, table, primaryBits, kind);
}

/** @param sorted - symbols by length of code, then by value: their codes count up, as deflate reads them from the lowest bit */
function fillTable(sorted: usize, ofLength: usize, table: usize, primaryBits: u32, kind: i32): bool {
  const size = 1 << primaryBits;
  let code = 0, // its bits reversed
    index = 0,
    linkedFrom = -1,
    subTable = 0,
    subBits: u32 = 0,
    next = size;
  for (let length: u32 = 1; length <= 15; length++) {
    const number = <i32>load<u32>(ofLength + (length << 2));
    for (let left = number; left > 0; left--) {
      const symbol = load<u16>(sorted + (index++ << 1));
      if (length <= primaryBits) {
        const entry = entryOf(kind, symbol, length);
        for (let i = code; i < size; i += 1 << length) store<u32>(table + (i << 2), entry);
      } else {
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
          store<u32>(table + (prefix << 2), isLink | (subTable << 12) | (subBits << 8) | primaryBits);
        }
        const entry = entryOf(kind, symbol, length - primaryBits);
        for (let i = code >> primaryBits; i < 1 << subBits; i += 1 << (length - primaryBits))
          store<u32>(table + ((subTable + i) << 2), entry);
      }
      // The next code: one more, in reversed bits.
      let bit = 1 << (length - 1);
      while (code & bit) {
        code ^= bit;
        bit >>= 1;
      }
      code |= bit;
    }
  }
  return true;
}

/** Copies a match of up to 258 bytes, by eight where it does not overlap itself within eight. */
function copyMatch(to: usize, distance: usize, length: usize): void {
  const end = to + length;
  let from = to - distance;
  if (distance >= 8) {
    do {
      store<u64>(to, load<u64>(from));
      to += 8;
      from += 8;
    } while (to < end);
  } else while (to < end) store<u8>(to++, load<u8>(from++));
}

/** Decodes one symbol. 0: go on, 1: the block is at its end, -1: damaged. */
function decodeSymbol(stream: usize): i32 {
  let at: usize = load<u32>(stream, nextIn),
    to: usize = load<u32>(stream, nextOut),
    bits = load<u64>(stream, heldBits),
    count = load<u32>(stream, bitCount);
  if (at > <usize>load<u32>(stream, endOfIn) + 8 || to > <usize>load<u32>(stream, endOfOut)) return -1;
  let result = 0;
  bits |= load<u64>(at) << (<u64>count);
  at += (63 - count) >> 3;
  count |= 56;
  let entry = load<u32>(stream + (((<usize>bits) & literalMask) << 2), literalTable);
  if (<i32>entry >= 0 && entry & isLink) {
    bits >>= literalBits;
    count -= literalBits;
    const index = ((entry >> 12) & 0xffff) + ((<u32>bits) & ((1 << ((entry >> 8) & 15)) - 1));
    entry = load<u32>(stream + ((<usize>index) << 2), literalTable);
  }
  bits >>= <u64>(entry & 63);
  count -= entry & 63;
  if (<i32>entry < 0) store<u8>(to++, entry >> 16);
  else if (entry & isEnd) result = 1;
  else {
    const lengthExtra = (entry >> 8) & 15;
    const length = ((entry >> 16) & 0x1ff) + ((<u32>bits) & ((1 << lengthExtra) - 1));
    bits >>= <u64>lengthExtra;
    count -= lengthExtra;
    entry = load<u32>(stream + (((<usize>bits) & distanceMask) << 2), distanceTable);
    if (entry & isLink) {
      bits >>= distanceBits;
      count -= distanceBits;
      const index = ((entry >> 12) & 0xffff) + ((<u32>bits) & ((1 << ((entry >> 8) & 15)) - 1));
      entry = load<u32>(stream + ((<usize>index) << 2), distanceTable);
    }
    bits >>= <u64>(entry & 63);
    count -= entry & 63;
    const extra = (entry >> 8) & 15;
    const distance = (entry >> 12) + ((<u32>bits) & ((1 << extra) - 1));
    bits >>= <u64>extra;
    count -= extra;
    // Length 0 and distance 0 are the symbols that deflate does not have.
    if (length == 0 || distance == 0 || <usize>distance > to - <usize>load<u32>(stream, startOfOut)) return -1;
    copyMatch(to, distance, length);
    to += length;
  }
  store<u32>(stream, <u32>at, nextIn);
  store<u32>(stream, <u32>to, nextOut);
  store<u64>(stream, bits, heldBits);
  store<u32>(stream, count, bitCount);
  return result;
}

/** Decodes to the end of the block: 1; 0: paused; -1: damaged. Nothing is stored in between, which matters where matches are many. */
function decodeBlock(stream: usize): i32 {
  const table = stream + literalTable;
  let at: usize = load<u32>(stream, nextIn),
    to: usize = load<u32>(stream, nextOut),
    bits = load<u64>(stream, heldBits),
    count = load<u32>(stream, bitCount);
  const lastIn = <usize>load<u32>(stream, endOfIn) + 8,
    lastOut: usize = load<u32>(stream, endOfOut),
    start: usize = load<u32>(stream, startOfOut),
    // One test for all reasons to stop.
    stopIn = min(lastIn + 1, <usize>load<u32>(stream, pauseIn)),
    stopOut = min(lastOut + 1, <usize>load<u32>(stream, pauseOut));
  let result = 1;
  for (;;) {
    if (at >= stopIn || to >= stopOut) {
      if (at > lastIn || to > lastOut) return -1;
      result = 0;
      break;
    }
    bits |= load<u64>(at) << (<u64>count);
    at += (63 - count) >> 3;
    count |= 56;
    let entry = load<u32>(table + (((<usize>bits) & literalMask) << 2));
    // Up to three literals of at most 11 bits leave enough bits for a length.
    if (<i32>entry < 0) {
      bits >>= <u64>(entry & 63);
      count -= entry & 63;
      store<u8>(to++, entry >> 16);
      entry = load<u32>(table + (((<usize>bits) & literalMask) << 2));
      if (<i32>entry < 0) {
        bits >>= <u64>(entry & 63);
        count -= entry & 63;
        store<u8>(to++, entry >> 16);
        entry = load<u32>(table + (((<usize>bits) & literalMask) << 2));
        if (<i32>entry < 0) {
          bits >>= <u64>(entry & 63);
          count -= entry & 63;
          store<u8>(to++, entry >> 16);
          entry = load<u32>(table + (((<usize>bits) & literalMask) << 2));
          if (<i32>entry < 0) {
            bits >>= <u64>(entry & 63);
            count -= entry & 63;
            store<u8>(to++, entry >> 16);
            continue;
          }
        }
      }
    }
    if (entry & isLink) {
      bits >>= literalBits;
      count -= literalBits;
      const index = ((entry >> 12) & 0xffff) + ((<u32>bits) & ((1 << ((entry >> 8) & 15)) - 1));
      entry = load<u32>(table + ((<usize>index) << 2));
    }
    bits >>= <u64>(entry & 63);
    count -= entry & 63;
    if (<i32>entry < 0) {
      store<u8>(to++, entry >> 16);
      continue;
    }
    if (entry & isEnd) break;
    const lengthExtra = (entry >> 8) & 15;
    const length = ((entry >> 16) & 0x1ff) + ((<u32>bits) & ((1 << lengthExtra) - 1));
    bits >>= <u64>lengthExtra;
    count -= lengthExtra;
    bits |= load<u64>(at) << (<u64>count);
    at += (63 - count) >> 3;
    count |= 56;
    entry = load<u32>(stream + (((<usize>bits) & distanceMask) << 2), distanceTable);
    if (entry & isLink) {
      bits >>= distanceBits;
      count -= distanceBits;
      const index = ((entry >> 12) & 0xffff) + ((<u32>bits) & ((1 << ((entry >> 8) & 15)) - 1));
      entry = load<u32>(stream + ((<usize>index) << 2), distanceTable);
    }
    bits >>= <u64>(entry & 63);
    count -= entry & 63;
    const extra = (entry >> 8) & 15;
    const distance = (entry >> 12) + ((<u32>bits) & ((1 << extra) - 1));
    bits >>= <u64>extra;
    count -= extra;
    if (length == 0 || distance == 0 || <usize>distance > to - start) return -1;
    copyMatch(to, distance, length);
    to += length;
  }
  store<u32>(stream, <u32>at, nextIn);
  store<u32>(stream, <u32>to, nextOut);
  store<u64>(stream, bits, heldBits);
  store<u32>(stream, count, bitCount);
  return result;
}

/** Literals of both streams until one has something else: bit 0 for a, bit 1 for b; -1: damaged. */
function decodeBoth(a: usize, b: usize): i32 {
  const tableA = a + literalTable,
    tableB = b + literalTable;
  let atA: usize = load<u32>(a, nextIn),
    toA: usize = load<u32>(a, nextOut),
    bitsA = load<u64>(a, heldBits),
    countA = load<u32>(a, bitCount);
  let atB: usize = load<u32>(b, nextIn),
    toB: usize = load<u32>(b, nextOut),
    bitsB = load<u64>(b, heldBits),
    countB = load<u32>(b, bitCount);
  const lastInA = <usize>load<u32>(a, endOfIn) + 8,
    lastInB = <usize>load<u32>(b, endOfIn) + 8;
  const lastOutA: usize = load<u32>(a, endOfOut),
    lastOutB: usize = load<u32>(b, endOfOut);
  let entryA: u32 = 0,
    entryB: u32 = 0;
  for (;;) {
    if (i32(atA > lastInA) | i32(atB > lastInB) | i32(toA > lastOutA) | i32(toB > lastOutB)) return -1;
    bitsA |= load<u64>(atA) << (<u64>countA);
    atA += (63 - countA) >> 3;
    countA |= 56;
    bitsB |= load<u64>(atB) << (<u64>countB);
    atB += (63 - countB) >> 3;
    countB |= 56;
    // Four literals of at most 11 bits each fit into the 56 bits. Written out: a loop here takes a quarter longer.
    entryA = load<u32>(tableA + (((<usize>bitsA) & literalMask) << 2));
    entryB = load<u32>(tableB + (((<usize>bitsB) & literalMask) << 2));
    if (<i32>(entryA & entryB) >= 0) break;
    bitsA >>= <u64>(entryA & 63);
    countA -= entryA & 63;
    store<u8>(toA++, entryA >> 16);
    bitsB >>= <u64>(entryB & 63);
    countB -= entryB & 63;
    store<u8>(toB++, entryB >> 16);
    entryA = load<u32>(tableA + (((<usize>bitsA) & literalMask) << 2));
    entryB = load<u32>(tableB + (((<usize>bitsB) & literalMask) << 2));
    if (<i32>(entryA & entryB) >= 0) break;
    bitsA >>= <u64>(entryA & 63);
    countA -= entryA & 63;
    store<u8>(toA++, entryA >> 16);
    bitsB >>= <u64>(entryB & 63);
    countB -= entryB & 63;
    store<u8>(toB++, entryB >> 16);
    entryA = load<u32>(tableA + (((<usize>bitsA) & literalMask) << 2));
    entryB = load<u32>(tableB + (((<usize>bitsB) & literalMask) << 2));
    if (<i32>(entryA & entryB) >= 0) break;
    bitsA >>= <u64>(entryA & 63);
    countA -= entryA & 63;
    store<u8>(toA++, entryA >> 16);
    bitsB >>= <u64>(entryB & 63);
    countB -= entryB & 63;
    store<u8>(toB++, entryB >> 16);
    entryA = load<u32>(tableA + (((<usize>bitsA) & literalMask) << 2));
    entryB = load<u32>(tableB + (((<usize>bitsB) & literalMask) << 2));
    if (<i32>(entryA & entryB) >= 0) break;
    bitsA >>= <u64>(entryA & 63);
    countA -= entryA & 63;
    store<u8>(toA++, entryA >> 16);
    bitsB >>= <u64>(entryB & 63);
    countB -= entryB & 63;
    store<u8>(toB++, entryB >> 16);
  }
  store<u32>(a, <u32>atA, nextIn);
  store<u32>(a, <u32>toA, nextOut);
  store<u64>(a, bitsA, heldBits);
  store<u32>(a, countA, bitCount);
  store<u32>(b, <u32>atB, nextIn);
  store<u32>(b, <u32>toB, nextOut);
  store<u64>(b, bitsB, heldBits);
  store<u32>(b, countB, bitCount);
  return (<i32>entryA >= 0 ? 1 : 0) | (<i32>entryB >= 0 ? 2 : 0);
}

/** The checksum of zlib streams (RFC 1950, 8.2). */
export function adler32(from: usize, length: i32): u32 {
  return adler32On(1, from, length);
}

/** Goes on from the checksum of what is before. */
export function adler32On(sum: u32, from: usize, length: i32): u32 {
  let low: u32 = sum & 0xffff,
    high: u32 = sum >> 16;
  const weights1 = i8x16(32, 31, 30, 29, 28, 27, 26, 25, 24, 23, 22, 21, 20, 19, 18, 17);
  const weights2 = i8x16(16, 15, 14, 13, 12, 11, 10, 9, 8, 7, 6, 5, 4, 3, 2, 1);
  const end = from + length;
  while (from + 32 <= end) {
    // As many steps as 32-bit sums hold without a division.
    const stop = min(from + 5536, from + ((end - from) & ~31));
    let sums = i32x4.splat(0),
      weighted = i32x4.splat(0),
      before = i32x4.splat(0);
    const steps = <u32>((stop - from) >> 5);
    for (; from < stop; from += 32) {
      const a = v128.load(from),
        b = v128.load(from, 16);
      before = i32x4.add(before, sums);
      sums = i32x4.add(
        sums,
        i32x4.add(
          i32x4.extadd_pairwise_i16x8_u(i16x8.extadd_pairwise_i8x16_u(a)),
          i32x4.extadd_pairwise_i16x8_u(i16x8.extadd_pairwise_i8x16_u(b)),
        ),
      );
      weighted = i32x4.add(weighted, i32x4.add(times(a, weights1), times(b, weights2)));
    }
    high = (high + low * (steps << 5) + (across(before) << 5) + across(weighted)) % 65521;
    low = (low + across(sums)) % 65521;
  }
  for (; from < end; from++) {
    low += load<u8>(from);
    high += low;
  }
  return ((high % 65521) << 16) | (low % 65521);
}

function times(bytes: v128, weights: v128): v128 {
  const low = i16x8.extmul_low_i8x16_u(bytes, weights),
    high = i16x8.extmul_high_i8x16_u(bytes, weights);
  return i32x4.add(i32x4.extadd_pairwise_i16x8_u(low), i32x4.extadd_pairwise_i16x8_u(high));
}

function across(v: v128): u32 {
  return i32x4.extract_lane(v, 0) + i32x4.extract_lane(v, 1) + i32x4.extract_lane(v, 2) + i32x4.extract_lane(v, 3);
}
