// LZW as TIFF has it (TIFF 6.0, section 13): the fast twin of src/tiles/tiff/lzw.ts.
//
// Micrographs make strings of one to three bytes. Those of up to seven lie in the dictionary itself, so that a code is one load and one store, and
// where the next string goes waits for nothing but its length.

const clearCode: u32 = 256;
const firstFree: u32 = 258;
const dictionarySize: u32 = 4096;

/** Strings of more bytes are copied from where they were written. */
const mostInEntry: u64 = 7;
const bytesMask: u64 = (1 << 56) - 1;

/** Up to seven bytes of a string, the first one lowest, and its length in the highest byte; 255 for longer strings. */
const entries = memory.data(8 * 4096, 16);
/** Of longer strings: where they were written, and their length. */
const starts = memory.data(4 * 4096, 16);
const lengths = memory.data(4 * 4096, 16);

/** Bytes beyond the expected ones that may be written: a string of every code, in steps of eight. */
export const lzwSlackBytes: i32 = 4096 + 16;

/**
 * @param from - `length` bytes; up to 8 behind them are read and do not count
 * @param to - room for `expected` bytes and `lzwSlackBytes`
 * @returns bytes written, fewer than expected where the codes end too early and perhaps more; -1 for a code that cannot be
 */
export function unpackLzw(from: usize, length: i32, to: usize, expected: i32): i32 {
  for (let byte: u64 = 0; byte < 256; byte++) store<u64>(entries + ((<usize>byte) << 3), byte | ((<u64>1) << 56));
  const stop = to + expected;
  let out = to,
    at = from,
    bits: u64 = 0, // the next one highest
    count: u64 = 0,
    left = <i64>length * 8,
    width: u64 = 9,
    next: u32 = firstFree,
    widenAt: u32 = 511,
    previous: u64 = 0, // 0: none
    previousStart: usize = 0,
    previousLength: u32 = 0;
  while (out < stop) {
    if (count < 12) {
      bits |= bigEndian(at) >> count;
      at += <usize>((63 - count) >> 3);
      count |= 56;
    }
    left -= width;
    if (left < 0) break;
    const code = <u32>(bits >> (64 - width));
    bits <<= width;
    count -= width;
    if ((code & ~1) == clearCode) {
      if (code != clearCode) break;
      width = 9;
      next = firstFree;
      widenAt = 511;
      previous = 0;
      continue;
    }
    let entry: u64;
    if (code < next) entry = load<u64>(entries + ((<usize>code) << 3));
    // The one code that is used before it is known begins with the byte that the string before begins with.
    else if (code == next && previous != 0 && next < dictionarySize) entry = previous;
    else return -1;
    if (previous != 0 && next < dictionarySize) {
      const place = entries + ((<usize>next) << 3);
      const short = previous >> 56;
      if (short < mostInEntry)
        store<u64>(place, (previous & bytesMask) | ((entry & 255) << (short << 3)) | ((short + 1) << 56));
      else {
        store<u64>(place, previous | ((<u64>255) << 56));
        store<u32>(starts + ((<usize>next) << 2), <u32>previousStart);
        store<u32>(lengths + ((<usize>next) << 2), previousLength + 1);
      }
      if (code == next) entry = load<u64>(place);
      next++;
      if (next == widenAt && width < 12) {
        width++;
        widenAt = (widenAt << 1) | 1;
      }
    }
    previous = entry;
    previousStart = out;
    const short = <u32>(entry >> 56);
    store<u64>(out, entry);
    if (short < 255) {
      previousLength = short;
      out += short;
    } else {
      const long = load<u32>(lengths + ((<usize>code) << 2));
      copyForward(out, load<u32>(starts + ((<usize>code) << 2)), long);
      previousLength = long;
      out += long;
    }
  }
  return <i32>(out - to);
}

/** The next eight bytes, the first one highest. */
function bigEndian(at: usize): u64 {
  const bytes = v128.load64_zero(at);
  return i64x2.extract_lane(v128.shuffle<i8>(bytes, bytes, 7, 6, 5, 4, 3, 2, 1, 0, 7, 6, 5, 4, 3, 2, 1, 0), 0);
}

/**
 * Copies at least eight bytes, by eight. A string that was just written may reach into its own copy: its first byte is then the one behind it,
 * eight or more away.
 */
function copyForward(to: usize, from: usize, length: u32): void {
  const end = to + length;
  do {
    store<u64>(to, load<u64>(from));
    to += 8;
    from += 8;
  } while (to < end);
}
