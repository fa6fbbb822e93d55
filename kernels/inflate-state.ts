// What inflate keeps of a stream between two calls, and its tables; addresses relative to the stream's start.

export const nextIn: usize = 0;
export const endOfIn: usize = 4;
export const nextOut: usize = 8;
export const startOfOut: usize = 12;
export const endOfOut: usize = 16;
export const bitCount: usize = 20;
export const isLast: usize = 24;
export const heldBits: usize = 32;
/** Where decoding may pause: soon after the output gets here, or before the input does. */
export const pauseOut: usize = 40;
export const pauseIn: usize = 44;
/** 1 inside of a block of codes. */
export const isInside: usize = 48;
export const literalTable: usize = 64;
/** 4096 entries, and behind them at most two for each of 288 symbols with a longer code. */
export const distanceTable: usize = literalTable + 4 * (4096 + 2 * 288);
/** 512 entries, and behind them at most 64 for every 7 of 32 symbols. */
export const lengthsOfCodes: usize = distanceTable + 4 * 1024;
export const work: usize = lengthsOfCodes + 512;
/** Bytes of memory that a stream needs beside its input and output. */
export const streamBytes: i32 = <i32>work + 2048;

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

/** Bytes of the input that are used up. */
export function usedBytes(stream: usize, from: usize): i32 {
  return <i32>(load<u32>(stream, nextIn) - <u32>from);
}

export function madeBytes(stream: usize, to: usize): i32 {
  return <i32>(load<u32>(stream, nextOut) - <u32>to);
}

export function isPaused(stream: usize): bool {
  return (
    load<u32>(stream, nextOut) >= load<u32>(stream, pauseOut) || load<u32>(stream, nextIn) >= load<u32>(stream, pauseIn)
  );
}

/** Input bytes behind the deflate data of a stream at its end, or -1 when it has not made all bytes that are wanted. */
export function leftOver(stream: usize): i32 {
  const unread = load<u32>(stream, bitCount) >> 3;
  const left = <i32>(load<u32>(stream, endOfIn) - load<u32>(stream, nextIn) + unread);
  return load<u32>(stream, nextOut) == load<u32>(stream, endOfOut) ? left : -1;
}

/** Whole bytes among the held bits are read again. */
export function giveBack(stream: usize): void {
  const count = load<u32>(stream, bitCount);
  const kept = <u64>(count & 7);
  const others = u64.MAX_VALUE << kept; // they were loaded, and will be again
  store<u32>(stream, load<u32>(stream, nextIn) - (count >> 3), nextIn);
  store<u32>(stream, count & 7, bitCount);
  store<u64>(stream, load<u64>(stream, heldBits) & ~others, heldBits);
}
