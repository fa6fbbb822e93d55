// Inflate: the codes of two streams side by side.
import { coded, nextCodes } from "./inflate-blocks";
import { copyMatch } from "./inflate-one";
import {
  bitCount,
  distanceTable,
  endOfIn,
  endOfOut,
  heldBits,
  literalTable,
  nextIn,
  nextOut,
  startOfOut,
} from "./inflate-state";
import { distanceBits, distanceMask, isDistanceLink, isEnd, isLink, isOther, literalMask } from "./inflate-tables";

// Streams with a match every few bytes are faster one after the other.
const stopsLooked: u32 = 512;
const bytesPerStop: u32 = 12;

// What a step uses and makes at most, and how many steps a match counts for.
const mostIn: usize = 7;
const mostOut: usize = 8;
const stepsPerMatch: i32 = 40;

/** Steps from here that stay within the stream's memory. */
function safeSteps(stream: usize, at: usize, to: usize): u32 {
  const lastIn = <usize>load<u32>(stream, endOfIn) + 8,
    lastOut = <usize>load<u32>(stream, endOfOut);
  if (at >= lastIn || to >= lastOut) return 0;
  return min(<u32>(lastIn - at) / mostIn, <u32>(lastOut - to) / mostOut);
}

/**
 * Both are inside of a block of codes. What is no literal drops no bits, so that a stream stands still there until the other one has made
 * its looks, which need no test; then the two change places, so that A is one that stands still.
 *
 * @returns 0 when one is near its end, or they are better gone on with alone; -1 when one is damaged
 */
export function decodeBoth(a: usize, b: usize): i32 {
  let atA = load<u32>(a, nextIn),
    toA = load<u32>(a, nextOut),
    bitsA = load<u64>(a, heldBits),
    countA = load<u32>(a, bitCount);
  let atB = load<u32>(b, nextIn),
    toB = load<u32>(b, nextOut),
    bitsB = load<u64>(b, heldBits),
    countB = load<u32>(b, bitCount);
  let stops: u32 = 0,
    made = toA + toB,
    steps: i32 = 0;
  for (;;) {
    if (--steps < 0) {
      steps = min(safeSteps(a, atA, toA), safeSteps(b, atB, toB));
      if (steps < stepsPerMatch) break;
    }
    bitsA |= load<u64>(atA) << (<u64>countA);
    atA += (~countA >> 3) & 7;
    countA |= 56;
    bitsB |= load<u64>(atB) << (<u64>countB);
    atB += (~countB >> 3) & 7;
    countB |= 56;
    // Written out: at each look one or two literals of at most 12 bits together.
    let entryA = load<u32>(a + (((<usize>bitsA) & literalMask) << 2), literalTable);
    let entryB = load<u32>(b + (((<usize>bitsB) & literalMask) << 2), literalTable);
    bitsA >>= <u64>entryA;
    countA -= entryA;
    store<u16>(toA, entryA >> 8);
    toA += entryA >> 30;
    bitsB >>= <u64>entryB;
    countB -= entryB;
    store<u16>(toB, entryB >> 8);
    toB += entryB >> 30;
    entryA = load<u32>(a + (((<usize>bitsA) & literalMask) << 2), literalTable);
    entryB = load<u32>(b + (((<usize>bitsB) & literalMask) << 2), literalTable);
    bitsA >>= <u64>entryA;
    countA -= entryA;
    store<u16>(toA, entryA >> 8);
    toA += entryA >> 30;
    bitsB >>= <u64>entryB;
    countB -= entryB;
    store<u16>(toB, entryB >> 8);
    toB += entryB >> 30;
    entryA = load<u32>(a + (((<usize>bitsA) & literalMask) << 2), literalTable);
    entryB = load<u32>(b + (((<usize>bitsB) & literalMask) << 2), literalTable);
    bitsA >>= <u64>entryA;
    countA -= entryA;
    store<u16>(toA, entryA >> 8);
    toA += entryA >> 30;
    bitsB >>= <u64>entryB;
    countB -= entryB;
    store<u16>(toB, entryB >> 8);
    toB += entryB >> 30;
    entryA = load<u32>(a + (((<usize>bitsA) & literalMask) << 2), literalTable);
    entryB = load<u32>(b + (((<usize>bitsB) & literalMask) << 2), literalTable);
    bitsA >>= <u64>entryA;
    countA -= entryA;
    store<u16>(toA, entryA >> 8);
    toA += entryA >> 30;
    bitsB >>= <u64>entryB;
    countB -= entryB;
    store<u16>(toB, entryB >> 8);
    toB += entryB >> 30;
    if (((entryA | entryB) & isOther) == 0) continue;
    if (++stops == stopsLooked) {
      if (toA + toB - made < stopsLooked * bytesPerStop) break;
      made = toA + toB;
      stops = 0;
    }
    if ((entryA & isOther) == 0) {
      const other = a;
      a = b;
      b = other;
      const otherAt = atA;
      atA = atB;
      atB = otherAt;
      const otherTo = toA;
      toA = toB;
      toB = otherTo;
      const otherBits = bitsA;
      bitsA = bitsB;
      bitsB = otherBits;
      const otherCount = countA;
      countA = countB;
      countB = otherCount;
      entryA = entryB;
    }
    steps -= stepsPerMatch;
    // Up to 48 bits follow: nothing has to be read in between.
    bitsA |= load<u64>(atA) << (<u64>countA);
    atA += (~countA >> 3) & 7;
    countA |= 56;
    bitsA >>= <u64>((entryA >> 8) & 15);
    countA -= (entryA >> 8) & 15;
    if (entryA & isLink) {
      const index = (entryA >> 16) + ((<u32>bitsA) & ((1 << ((entryA >> 12) & 15)) - 1));
      entryA = load<u32>(a + ((<usize>index) << 2), literalTable);
      if ((entryA & isOther) == 0) {
        bitsA >>= <u64>entryA;
        countA -= entryA;
        store<u8>(toA++, entryA >> 8);
        continue;
      }
      bitsA >>= <u64>((entryA >> 8) & 15);
      countA -= (entryA >> 8) & 15;
    }
    if (entryA & isEnd) {
      store<u32>(a, <u32>atA, nextIn);
      store<u32>(a, <u32>toA, nextOut);
      store<u64>(a, bitsA, heldBits);
      store<u32>(a, countA & 63, bitCount);
      const head = nextCodes(a);
      if (head < 0) return -1;
      if (head != coded) {
        store<u32>(b, <u32>atB, nextIn);
        store<u32>(b, <u32>toB, nextOut);
        store<u64>(b, bitsB, heldBits);
        store<u32>(b, countB & 63, bitCount);
        return 0;
      }
      atA = load<u32>(a, nextIn);
      toA = load<u32>(a, nextOut);
      bitsA = load<u64>(a, heldBits);
      countA = load<u32>(a, bitCount);
      steps = 0;
      continue;
    }
    let extra = (entryA >> 12) & 15;
    const length = (entryA >> 16) + ((<u32>bitsA) & ((1 << extra) - 1));
    bitsA >>= <u64>extra;
    countA -= extra;
    entryA = load<u32>(a + (((<usize>bitsA) & distanceMask) << 2), distanceTable);
    if (entryA & isDistanceLink) {
      bitsA >>= distanceBits;
      countA -= distanceBits;
      const index = ((entryA >> 12) & 0xffff) + ((<u32>bitsA) & ((1 << ((entryA >> 8) & 15)) - 1));
      entryA = load<u32>(a + ((<usize>index) << 2), distanceTable);
    }
    bitsA >>= <u64>entryA;
    countA -= entryA;
    extra = (entryA >> 8) & 15;
    const distance = (entryA >> 12) + ((<u32>bitsA) & ((1 << extra) - 1));
    bitsA >>= <u64>extra;
    countA -= extra;
    // Length 0 and distance 0 are the symbols that deflate does not have.
    if (length == 0 || distance == 0 || <usize>distance > toA - <usize>load<u32>(a, startOfOut)) return -1;
    copyMatch(toA, distance, length);
    toA += length;
  }
  store<u32>(a, <u32>atA, nextIn);
  store<u32>(a, <u32>toA, nextOut);
  store<u64>(a, bitsA, heldBits);
  store<u32>(a, countA & 63, bitCount);
  store<u32>(b, <u32>atB, nextIn);
  store<u32>(b, <u32>toB, nextOut);
  store<u64>(b, bitsB, heldBits);
  store<u32>(b, countB & 63, bitCount);
  return 0;
}
