// Inflate (RFC 1951), two streams at a time: decoding waits for memory after every look into a table, and the other stream's steps fill the
// wait.
//
// Nothing here trusts its input: what would leave its memory, or is no complete set of codes, ends with -1 and the caller asks zlib. Reads may go
// up to 24 bytes beyond the input, writes up to 272 beyond the output.
import { beginBlock, coded, ended, nextCodes } from "./inflate-blocks";
import { decodeBlock } from "./inflate-one";
import { decodeBoth } from "./inflate-two";
import {
  endOfIn,
  endOfOut,
  giveBack,
  isInside,
  isPaused,
  leftOver,
  nextIn,
  nextOut,
  pauseIn,
  pauseOut,
  startOfOut,
} from "./inflate-state";

/** A block's header, or a stored block, is read as a whole. */
export const inputReserveBytes: i32 = 66 * 1024;

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

/**
 * Runs a stream to its end from wherever it is.
 *
 * @returns input bytes left over behind the deflate data, or -1
 */
export function inflateOne(stream: usize): i32 {
  return decodeOn(stream) == 1 ? leftOver(stream) : -1;
}

/**
 * Runs two streams side by side until one is near its end, or they have matches so often that one after the other is faster; `inflateOne` of
 * each does the rest.
 *
 * @returns 0, or -1 when either is damaged
 */
export function inflateTwo(a: usize, b: usize): i32 {
  const headA = nextCodes(a),
    headB = nextCodes(b);
  if (headA < 0 || headB < 0) return -1;
  return headA == coded && headB == coded ? decodeBoth(a, b) : 0;
}

/** @returns 1: at its end, 0: paused, -1: damaged */
function decodeOn(stream: usize): i32 {
  let head = coded;
  while (head >= 0) {
    if (load<u32>(stream, isInside) == 0) {
      if (isPaused(stream)) return 0;
      head = beginBlock(stream);
      if (head == ended) return 1;
      if (head != coded) continue;
    }
    const done = decodeBlock(stream);
    if (done <= 0) return done;
    store<u32>(stream, 0, isInside);
  }
  return -1;
}
