// Deflate (RFC 1951) of bytes that do not repeat: Huffman codes for the bytes alone, new codes for every 32 KiB.
// Electron micrographs become as small as with zlib's level 6, at twenty times its speed.
import { countBytes } from "./byte-counts";
import {
  buildCodes,
  endOfBlock,
  endOutput,
  held,
  heldBits,
  out,
  putCode,
  putHeader,
  resumeOutput,
  startOutput,
} from "./huffman";

const blockBytes: i32 = 32768;
const symbols: i32 = 257;
/** Four codes of this length and seven bits left over fit into 64 bits. With 13 bits, rare bytes in narrow noise would cost 0.5 % more. */
const longestCode: i32 = 14;

const counts = memory.data(4 * 264, 16);
/** Code (low 16 bits, reversed for deflate's bit order) and length (high 16 bits) per symbol. */
const codes = memory.data(4 * 264, 16);
/** Per byte its code in the highest bits of 64 and its length in the lowest. */
const topCodes = memory.data(8 * 256, 16);
/** Two distance codes that nothing uses: every decoder takes a full set. */
const noDistances = memory.data<u32>([1 << 16, (1 << 16) | 1]);

/**
 * @param to - room for `length + length / 8 + 1024` bytes
 * @returns bytes written: a whole deflate stream
 */
export function deflateLiterals(from: usize, length: i32, to: usize): i32 {
  startOutput(to);
  let start = 0;
  do {
    const end = min(start + blockBytes, length);
    countBytes(from + start, from + end, counts);
    store<u32>(counts + (endOfBlock << 2), 1);
    buildCodes(counts, symbols, codes, longestCode);
    putHeader(end == length, codes, symbols, noDistances, 2);
    putLiterals(from + start, from + end);
    putCode(load<u32>(codes + (endOfBlock << 2)));
    start = end;
  } while (start < length);
  return endOutput(to);
}

function putLiterals(from: usize, end: usize): void {
  for (let i: usize = 0; i < 256; i++) {
    const code = load<u32>(codes + (i << 2));
    const length = <u64>(code >> 16);
    store<u64>(topCodes + (i << 3), ((<u64>(code & 0xffff)) << (64 - length)) | length);
  }
  // Here the bits that wait are the highest ones, so that those that are out leave at the low end by themselves. A shift by a word that has a length
  // in its lowest six bits needs no mask, nor does one by the sum of four; only what four words are together loses its lengths.
  let number = heldBits,
    bits = held << (64 - number),
    to = out,
    at = from;
  let a: u64, b: u64, c: u64, d: u64, lastTwo: u64, four: u64;
  // The same four times: a round of this loop costs V8 a look at its stack and spilled values, a seventh of the rate.
  for (; at + 16 <= end; at += 16) {
    a = topCode(at);
    b = topCode(at + 1);
    c = topCode(at + 2);
    d = topCode(at + 3);
    lastTwo = c + d;
    four = a + b + lastTwo;
    number += four & 63;
    bits = (bits >> four) | (((((a >> b) | b) >> lastTwo) | (c >> d) | d) & ~63);
    store<u64>(to, bits >> (64 - number));
    to += <usize>(number >> 3);
    number &= 7;

    a = topCode(at + 4);
    b = topCode(at + 5);
    c = topCode(at + 6);
    d = topCode(at + 7);
    lastTwo = c + d;
    four = a + b + lastTwo;
    number += four & 63;
    bits = (bits >> four) | (((((a >> b) | b) >> lastTwo) | (c >> d) | d) & ~63);
    store<u64>(to, bits >> (64 - number));
    to += <usize>(number >> 3);
    number &= 7;

    a = topCode(at + 8);
    b = topCode(at + 9);
    c = topCode(at + 10);
    d = topCode(at + 11);
    lastTwo = c + d;
    four = a + b + lastTwo;
    number += four & 63;
    bits = (bits >> four) | (((((a >> b) | b) >> lastTwo) | (c >> d) | d) & ~63);
    store<u64>(to, bits >> (64 - number));
    to += <usize>(number >> 3);
    number &= 7;

    a = topCode(at + 12);
    b = topCode(at + 13);
    c = topCode(at + 14);
    d = topCode(at + 15);
    lastTwo = c + d;
    four = a + b + lastTwo;
    number += four & 63;
    bits = (bits >> four) | (((((a >> b) | b) >> lastTwo) | (c >> d) | d) & ~63);
    store<u64>(to, bits >> (64 - number));
    to += <usize>(number >> 3);
    number &= 7;
  }
  resumeOutput(number == 0 ? 0 : bits >> (64 - number), number, to);
  for (; at < end; at++) putCode(load<u32>(codes + ((<usize>load<u8>(at)) << 2)));
}

function topCode(at: usize): u64 {
  return load<u64>(topCodes + ((<usize>load<u8>(at)) << 3));
}
