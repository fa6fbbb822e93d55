// Huffman codes (RFC 1951, 3.2.7) and the bits that they make: what both forms of deflate share.

export const endOfBlock: i32 = 256;

const headerCounts = memory.data(4 * 20, 16);
const headerCodes = memory.data(4 * 20, 16);
/** Symbols of the header's run lengths, one u16 each: symbol, and repeat count - base in the high byte. */
const headerRuns = memory.data(2 * 330, 16);
let runs: i32 = 0;
/** The places of the code lengths of code lengths (RFC 1951, 3.2.7). */
const headerOrder = memory.data<u8>([16, 17, 18, 0, 8, 7, 9, 6, 10, 5, 11, 4, 12, 3, 13, 2, 14, 1, 15]);

// The output: bits that wait for a full byte, their number, and where the next byte goes.
export let held: u64 = 0;
export let heldBits: u64 = 0;
export let out: usize = 0;

export function startOutput(to: usize): void {
  held = 0;
  heldBits = 0;
  out = to;
}

/** Where a caller that put bits out by itself has come to. */
export function resumeOutput(bits: u64, number: u64, to: usize): void {
  held = bits;
  heldBits = number;
  out = to;
}

/** @returns bytes written since `startOutput(to)` */
export function endOutput(to: usize): i32 {
  if (heldBits > 0) store<u8>(out++, <u8>held);
  return <i32>(out - to);
}

export function put(bits: u64, number: u64): void {
  held |= bits << heldBits;
  heldBits += number;
  store<u64>(out, held);
  out += <usize>(heldBits >> 3);
  held >>= heldBits & ~7;
  heldBits &= 7;
}

export function putCode(code: u32): void {
  put(code & 0xffff, code >> 16);
}

export function countOne(at: usize): void {
  store<u32>(at, load<u32>(at) + 1);
}

/** Begins a block with codes of its own: its header, for literals (and lengths) up to `literals` and distances up to `distances`. */
export function putHeader(isLast: bool, codes: usize, literals: i32, distanceCodes: usize, distances: i32): void {
  put(isLast ? 1 : 0, 1);
  put(2, 2);
  runs = 0;
  memory.fill(headerCounts, 0, 4 * 20);
  putLengths(codes, literals);
  putLengths(distanceCodes, distances);
  buildCodes(headerCounts, 19, headerCodes, 7);
  let kept = 19;
  while (kept > 4 && load<u32>(headerCodes + ((<usize>load<u8>(headerOrder + kept - 1)) << 2)) == 0) kept--;
  put(literals - 257, 5);
  put(distances - 1, 5);
  put(kept - 4, 4);
  for (let i = 0; i < kept; i++) put(load<u32>(headerCodes + ((<usize>load<u8>(headerOrder + i)) << 2)) >> 16, 3);
  for (let i = 0; i < runs; i++) {
    const run = load<u16>(headerRuns + (i << 1));
    const symbol = run & 255;
    putCode(load<u32>(headerCodes + ((<usize>symbol) << 2)));
    if (symbol >= 16) put(run >> 8, symbol == 16 ? 2 : symbol == 17 ? 3 : 7);
  }
}

/** The lengths of `n` codes as runs. */
function putLengths(codes: usize, n: i32): void {
  for (let i = 0; i < n;) {
    const length = lengthOf(codes, i);
    let run = 1;
    while (i + run < n && run < 138 && lengthOf(codes, i + run) == length) run++;
    if (length == 0 && run >= 3) {
      putRun(run <= 10 ? 17 : 18, run <= 10 ? run - 3 : run - 11);
      i += run;
    } else {
      putRun(length, 0);
      i++;
      run = min(run - 1, 6);
      if (length != 0 && run >= 3) {
        putRun(16, run - 3);
        i += run;
      }
    }
  }
}

function lengthOf(codes: usize, symbol: i32): i32 {
  return load<u32>(codes + (symbol << 2)) >> 16;
}

function putRun(symbol: i32, extra: i32): void {
  store<u16>(headerRuns + (runs++ << 1), symbol | (extra << 8));
  countOne(headerCounts + (symbol << 2));
}

// Scratch of buildCodes. Keys: count << 9 | symbol, from the rarest to the most frequent.
const keys = memory.data(4 * 300, 16);
const otherKeys = memory.data(4 * 300, 16);
const places = memory.data(4 * 256, 16);
const lengths = memory.data(4 * 300, 16);
const leaves = memory.data(4 * 304, 16);
const inner = memory.data(4 * 304, 16);
const parents = memory.data(4 * 304, 16);
/** Two of these fit into 32 bits. */
const heaviest: i32 = 0x3fffffff;
const ofLength = memory.data(4 * 32, 16);
const nextCode = memory.data(4 * 32, 16);

function at(array: usize, index: i32): i32 {
  return load<i32>(array + ((<usize>index) << 2));
}
function set(array: usize, index: i32, value: i32): void {
  store<i32>(array + ((<usize>index) << 2), value);
}

/** Length-limited Huffman codes of `n` symbols; a symbol that does not occur gets 0. Where one occurs, two codes are made, so that the set is full. */
export function buildCodes(frequencies: usize, n: i32, table: usize, longest: i32): void {
  let used = 0,
    most = 0;
  for (let i = 0; i < n; i++) {
    const frequency = at(frequencies, i);
    set(table, i, 0);
    set(keys, used, (frequency << 9) | i); // overwritten by the next when there is none
    used += i32(frequency > 0);
    most = max(most, frequency);
  }
  if (used == 0) return;
  if (used == 1) {
    const only = at(keys, 0) & 511;
    set(keys, used++, (1 << 9) | (only == 0 ? 1 : 0));
  }
  sortKeys(used, most);
  codeLengths(used);
  limitLengths(used, longest);
  memory.fill(ofLength, 0, 4 * 32);
  let longer = at(lengths, 0),
    first = 0;
  for (let i = 0; i < used; i++) {
    const length = at(lengths, i);
    if (length != longer) {
      set(ofLength, longer, at(ofLength, longer) + i - first);
      longer = length;
      first = i;
    }
    set(table, at(keys, i) & 511, length << 16);
  }
  set(ofLength, longer, at(ofLength, longer) + used - first);
  let code = 0;
  for (let length = 1; length <= longest; length++) {
    code = (code + (length > 1 ? at(ofLength, length - 1) : 0)) << 1;
    set(nextCode, length, code);
  }
  for (let i = 0; i < n; i++) {
    const length = at(table, i) >> 16;
    if (length == 0) continue;
    code = at(nextCode, length);
    set(nextCode, length, code + 1);
    set(table, i, reversed(code, length) | (length << 16));
  }
}

function reversed(code: i32, length: i32): i32 {
  let bits = ((code & 0x5555) << 1) | ((code >> 1) & 0x5555);
  bits = ((bits & 0x3333) << 2) | ((bits >> 2) & 0x3333);
  bits = ((bits & 0x0f0f) << 4) | ((bits >> 4) & 0x0f0f);
  bits = ((bits & 0x00ff) << 8) | (bits >> 8);
  return bits >> (16 - length);
}

/** By counts, stable, with digits of as few bits as give the fewest rounds: few digits to add up, and hardly ever the same one twice in a row. */
function sortKeys(n: i32, most: i32): void {
  const countBits = 32 - clz(most);
  const rounds = (countBits + 7) >> 3;
  const digitBits = (countBits + rounds - 1) / rounds;
  const mask = (1 << digitBits) - 1;
  let from = keys,
    to = otherKeys,
    shift = 9;
  for (let round = 0; round < rounds; round++) {
    memory.fill(places, 0, 4 << digitBits);
    for (let i = 0; i < n; i++) countOne(places + (((at(from, i) >> shift) & mask) << 2));
    let place = 0;
    for (let i = 0; i <= mask; i++) {
      const number = at(places, i);
      set(places, i, place);
      place += number;
    }
    for (let i = 0; i < n; i++) {
      const key = at(from, i);
      const digit = (key >> shift) & mask;
      set(to, at(places, digit), key);
      countOne(places + (digit << 2));
    }
    const swap = from;
    from = to;
    to = swap;
    shift += digitBits;
  }
  if (from != keys) memory.copy(keys, from, n << 2);
}

/**
 * Huffman's tree of the sorted keys by two queues, leaves and inner nodes, each with something heavier than all behind its end; then the lengths,
 * falling. Which of four are the lightest two cannot be guessed, so nothing branches: they weigh the least of three sums, and a parent that is noted
 * for a node not taken is overwritten later.
 */
function codeLengths(n: i32): void {
  for (let i = 0; i < n; i++) set(leaves, i, at(keys, i) >> 9);
  set(leaves, n, heaviest);
  set(leaves, n + 1, heaviest);
  for (let i = 0; i <= n; i++) set(inner, i, heaviest);
  let leaf = 0,
    node = 0;
  for (let next = 0; next < n - 1; next++) {
    const a = at(leaves, leaf),
      secondA = at(leaves, leaf + 1),
      b = at(inner, node),
      secondB = at(inner, node + 1);
    set(parents, node, next);
    set(parents, node + 1, next);
    const inners = i32(b < secondA) + i32(secondB < a);
    const weight = min(min(a + secondA, a + b), b + secondB);
    node += inners;
    leaf += 2 - inners;
    set(inner, next, weight);
  }
  // Parents become depths, from the root down. A depth's nodes that are not inner ones are leaves.
  set(parents, n - 2, 0);
  for (let i = n - 3; i >= 0; i--) set(parents, i, at(parents, at(parents, i)) + 1);
  let free = 1,
    depth = 0,
    next = n - 1;
  node = n - 2;
  while (free > 0) {
    let inners = 0;
    while (node >= 0 && at(parents, node) == depth) {
      inners++;
      node--;
    }
    while (free > inners) {
      set(lengths, next--, depth);
      free--;
    }
    free = 2 * inners;
    depth++;
  }
}

/** Cuts lengths to the longest, lengthens rare symbols' codes until all fit, and gives what is left over to the most frequent. */
function limitLengths(n: i32, longest: i32): void {
  const whole = 1 << longest;
  let taken = 0;
  for (let i = 0; i < n; i++) {
    const length = min(at(lengths, i), longest);
    set(lengths, i, length);
    taken += whole >> length;
  }
  if (taken <= whole) return;
  for (let i = 0; taken > whole; i = i + 1 < n ? i + 1 : 0) {
    const length = at(lengths, i);
    if (length >= longest) continue;
    taken -= whole >> (length + 1);
    set(lengths, i, length + 1);
  }
  for (let i = n - 1; i >= 0; i--) {
    let length = at(lengths, i);
    while (length > 1 && taken + (whole >> length) <= whole) {
      taken += whole >> length;
      length--;
    }
    set(lengths, i, length);
  }
}
