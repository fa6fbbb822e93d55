// Inflate: the beginnings of blocks.
import {
  bitCount,
  distanceTable,
  endOfIn,
  endOfOut,
  heldBits,
  isInside,
  isLast,
  lengthsOfCodes,
  literalTable,
  nextIn,
  nextOut,
  work,
} from "./inflate-state";
import { buildTable, distanceBits, literalBits } from "./inflate-tables";

const headerOrder = memory.data<u8>([16, 17, 18, 0, 8, 7, 9, 6, 10, 5, 11, 4, 12, 3, 13, 2, 14, 1, 15]);

export const coded = 0;
export const stored = 1;
export const ended = 2;

/** The next block of codes, or the end; what is stored before it is copied. -1: damaged. */
export function nextCodes(stream: usize): i32 {
  let head = beginBlock(stream);
  while (head == stored) head = beginBlock(stream);
  return head;
}

/** Reads a block's header. A stored block is copied at once. */
export function beginBlock(stream: usize): i32 {
  store<u32>(stream, 0, isInside);
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
  store<u32>(stream, 1, isInside);
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
