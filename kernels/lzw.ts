// LZW as TIFF has it (TIFF 6.0, section 13): the fast twin of src/tiles/tiff/lzw.ts.
//
// The string of a code is never put together: it was written when the code before it was read, so the dictionary is where in the output that was.
// Each string ends with the first byte of the one behind it; so the next entry tells its length too, and one load of eight bytes gets both.

const clearCode: u32 = 256;
const firstFree: u32 = 258;
const dictionarySize: u32 = 4096;
/** Micrographs make strings of one to three bytes. */
const mostAtOnce: u32 = 8;
/** Between two looks at the bits, the dictionary and the room: 48 bits at most, of 57 that are there. */
const codesAtOnce: u32 = 4;

/** Where the string of each code begins, and behind the last one where the next would. Those below 256 are the bytes of `literals`. */
const starts = memory.data(4 * 4098, 16);
const literals = memory.data(256 + 16, 16);

/** Bytes beyond the expected ones that may be written: a string of every code, in steps of eight. */
export const lzwSlackBytes: i32 = 4096 + 16;

/**
 * @param from - `length` bytes; up to 8 behind them are read and do not count
 * @param to - room for `expected` bytes and `lzwSlackBytes`
 * @returns bytes written, fewer than expected where the codes end too early and perhaps more; -1 for a code that cannot be
 */
export function unpackLzw(from: usize, length: i32, to: usize, expected: i32): i32 {
  for (let byte: u32 = 0; byte <= 256; byte++) {
    store<u8>(literals + byte, byte);
    store<u32>(starts + ((<usize>byte) << 2), <u32>(literals + byte));
  }
  // What has no string seems to have one of more than `mostAtOnce` bytes: from the literals' end to 0, and from 0 to the first string.
  store<u32>(starts, 0, 4 * 257);
  const stop = to + expected;
  const bitsLength = (<u64>length) << 3;
  let out = to,
    at: u64 = 0, // bits
    width: u64 = 9,
    next: u32 = firstFree,
    widenAt: u32 = 511, // or the dictionary is full
    isCleared = true;
  while (out < stop) {
    if (!isCleared) {
      const shift = 64 - width;
      // No round has more codes, bits or bytes than these.
      const rounds = min(
        (widenAt - next) / codesAtOnce,
        min(<u32>((bitsLength - at) >> 6), <u32>(stop - out) / (codesAtOnce * mostAtOnce)),
      );
      for (let left = rounds; left > 0; left--) {
        let bits = bigEndian(from + <usize>(at >> 3)) << (at & 7);
        // Strings that are long, or made by this very code, are left to the one at a time below.
        const place = starts + ((<usize>next + 1) << 2);

        let code = <u32>(bits >> shift);
        store<u32>(place, <u32>out);
        let both = bothOf(code);
        let bytes = lengthOf(both, code);
        if (u32(code >= next) | u32(bytes > mostAtOnce)) break;
        store<u64>(out, load<u64>(<usize>(<u32>both)));
        out += bytes;
        next++;
        at += width;
        bits <<= width;

        code = <u32>(bits >> shift);
        store<u32>(place, <u32>out, 4);
        both = bothOf(code);
        bytes = lengthOf(both, code);
        if (u32(code >= next) | u32(bytes > mostAtOnce)) break;
        store<u64>(out, load<u64>(<usize>(<u32>both)));
        out += bytes;
        next++;
        at += width;
        bits <<= width;

        code = <u32>(bits >> shift);
        store<u32>(place, <u32>out, 8);
        both = bothOf(code);
        bytes = lengthOf(both, code);
        if (u32(code >= next) | u32(bytes > mostAtOnce)) break;
        store<u64>(out, load<u64>(<usize>(<u32>both)));
        out += bytes;
        next++;
        at += width;
        bits <<= width;

        code = <u32>(bits >> shift);
        store<u32>(place, <u32>out, 12);
        both = bothOf(code);
        bytes = lengthOf(both, code);
        if (u32(code >= next) | u32(bytes > mostAtOnce)) break;
        store<u64>(out, load<u64>(<usize>(<u32>both)));
        out += bytes;
        next++;
        at += width;
      }
    }
    if (next == widenAt && width < 12) {
      width++;
      widenAt = width == 12 ? dictionarySize : (widenAt << 1) | 1;
    }
    if (at + width > bitsLength) break;
    const code = <u32>((bigEndian(from + <usize>(at >> 3)) << (at & 7)) >> (64 - width));
    at += width;
    if ((code & ~1) == clearCode) {
      if (code != clearCode) break;
      width = 9;
      next = firstFree;
      widenAt = 511;
      isCleared = true;
      continue;
    }
    if (isCleared || next < dictionarySize) {
      if (!isCleared) next++;
      store<u32>(starts + ((<usize>next) << 2), <u32>out);
      isCleared = false;
    }
    if (code >= next) return -1;
    const both = bothOf(code);
    const bytes = lengthOf(both, code);
    copyForward(out, <usize>(<u32>both), bytes);
    out += bytes;
  }
  return <i32>(out - to);
}

/** Where the string of the code begins, and in the upper half where that of the next code does. */
function bothOf(code: u32): u64 {
  return load<u64>(starts + ((<usize>code) << 2));
}

/** Strings of codes from 258 on share a byte with their next one. */
function lengthOf(both: u64, code: u32): u32 {
  return <u32>(both >> 32) - <u32>both + ((code + (dictionarySize - firstFree)) >> 12);
}

/** The next eight bytes, the first one highest. */
function bigEndian(at: usize): u64 {
  const bytes = v128.load64_zero(at);
  return i64x2.extract_lane(v128.shuffle<i8>(bytes, bytes, 7, 6, 5, 4, 3, 2, 1, 0, 7, 6, 5, 4, 3, 2, 1, 0), 0);
}

/** The string that was just written may reach one byte into its own copy: that byte is the one that it begins with. */
function copyForward(to: usize, from: usize, length: u32): void {
  const end = to + length;
  if (length <= mostAtOnce) {
    for (; to < end; to++, from++) store<u8>(to, load<u8>(from));
    return;
  }
  for (; to < end; to += 8, from += 8) store<u64>(to, load<u64>(from));
}
