// Inflate: the codes of one stream.
import {
  bitCount,
  distanceTable,
  endOfIn,
  endOfOut,
  heldBits,
  literalTable,
  nextIn,
  nextOut,
  pauseIn,
  pauseOut,
  startOfOut,
} from "./inflate-state";
import { distanceBits, distanceMask, isDistanceLink, isEnd, isLink, isOther, literalMask } from "./inflate-tables";

/** Copies a match of up to 258 bytes, by eight where it does not overlap itself within eight. */
export function copyMatch(to: usize, distance: usize, length: usize): void {
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

/** Decodes to the end of the block: 1; 0: paused; -1: damaged. Every look is tested at once, which matters where matches are many. */
export function decodeBlock(stream: usize): i32 {
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
    at += (~count >> 3) & 7;
    count |= 56;
    let entry = load<u32>(stream + (((<usize>bits) & literalMask) << 2), literalTable);
    if ((entry & isOther) == 0) {
      bits >>= <u64>entry;
      count -= entry;
      store<u16>(to, entry >> 8);
      to += entry >> 30;
      entry = load<u32>(stream + (((<usize>bits) & literalMask) << 2), literalTable);
      if ((entry & isOther) == 0) {
        bits >>= <u64>entry;
        count -= entry;
        store<u16>(to, entry >> 8);
        to += entry >> 30;
        entry = load<u32>(stream + (((<usize>bits) & literalMask) << 2), literalTable);
        if ((entry & isOther) == 0) {
          bits >>= <u64>entry;
          count -= entry;
          store<u16>(to, entry >> 8);
          to += entry >> 30;
          entry = load<u32>(stream + (((<usize>bits) & literalMask) << 2), literalTable);
          if ((entry & isOther) == 0) {
            bits >>= <u64>entry;
            count -= entry;
            store<u16>(to, entry >> 8);
            to += entry >> 30;
            continue;
          }
        }
      }
      bits |= load<u64>(at) << (<u64>count);
      at += (~count >> 3) & 7;
      count |= 56;
    }
    // Up to 48 bits follow: nothing has to be read in between.
    bits >>= <u64>((entry >> 8) & 15);
    count -= (entry >> 8) & 15;
    if (entry & isLink) {
      const index = (entry >> 16) + ((<u32>bits) & ((1 << ((entry >> 12) & 15)) - 1));
      entry = load<u32>(stream + ((<usize>index) << 2), literalTable);
      if ((entry & isOther) == 0) {
        bits >>= <u64>entry;
        count -= entry;
        store<u8>(to++, entry >> 8);
        continue;
      }
      bits >>= <u64>((entry >> 8) & 15);
      count -= (entry >> 8) & 15;
    }
    if (entry & isEnd) break;
    let extra = (entry >> 12) & 15;
    const length = (entry >> 16) + ((<u32>bits) & ((1 << extra) - 1));
    bits >>= <u64>extra;
    count -= extra;
    entry = load<u32>(stream + (((<usize>bits) & distanceMask) << 2), distanceTable);
    if (entry & isDistanceLink) {
      bits >>= distanceBits;
      count -= distanceBits;
      const index = ((entry >> 12) & 0xffff) + ((<u32>bits) & ((1 << ((entry >> 8) & 15)) - 1));
      entry = load<u32>(stream + ((<usize>index) << 2), distanceTable);
    }
    bits >>= <u64>entry;
    count -= entry;
    extra = (entry >> 8) & 15;
    const distance = (entry >> 12) + ((<u32>bits) & ((1 << extra) - 1));
    bits >>= <u64>extra;
    count -= extra;
    // Length 0 and distance 0 are the symbols that deflate does not have.
    if (length == 0 || distance == 0 || <usize>distance > to - start) return -1;
    copyMatch(to, distance, length);
    to += length;
  }
  store<u32>(stream, <u32>at, nextIn);
  store<u32>(stream, <u32>to, nextOut);
  store<u64>(stream, bits, heldBits);
  store<u32>(stream, count & 63, bitCount);
  return result;
}
