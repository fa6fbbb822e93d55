import assert from "node:assert/strict";
import { describe, it } from "node:test";
import { constants, deflateSync } from "node:zlib";
import { InflateStream } from "#src/kernels/inflate-stream.js";
import { numbers } from "./numbers.js";

const next = numbers(5);
const length = 700_000;
/** Noise, runs, and repetitions from far back. */
const bytes = Uint8Array.from({ length }, () => next() % 200);
for (let i = 40_000; i < length; i += 3000) bytes.copyWithin(i, i - 32_000 + (next() % 20_000), i - 10_000);
bytes.fill(7, 300_000, 450_000);

/** All of the stream, in pieces of about `mostBytes`; undefined where zlib has to judge. */
function inflateAll(stored: Uint8Array, mostBytes: number, inputBytes = 2 ** 17): Uint8Array | undefined {
  const stream = InflateStream.open()!;
  const out: Uint8Array[] = [];
  while (!stream.isEnded) {
    const input = stored.subarray(stream.inputOffset, stream.inputOffset + inputBytes);
    const piece = stream.next({ bytes: input, isAll: stream.inputOffset + input.length === stored.length }, mostBytes);
    if (!piece) return undefined;
    out.push(new Uint8Array(piece));
  }
  return new Uint8Array(Buffer.concat(out));
}

describe("an inflated stream", () => {
  it("gives the same bytes in pieces of any length, however they were compressed", () => {
    const { Z_DEFAULT_STRATEGY, Z_HUFFMAN_ONLY, Z_FIXED } = constants;
    for (const strategy of [Z_DEFAULT_STRATEGY, Z_HUFFMAN_ONLY, Z_FIXED])
      for (const level of [0, 1, 6]) {
        const stored = deflateSync(bytes, { level, strategy });
        for (const mostBytes of [1000, 65_536, 250_000]) assert.deepEqual(inflateAll(stored, mostBytes), bytes);
      }
  });

  it("goes on after other streams used the same memory", () => {
    const stored = deflateSync(bytes);
    const two = [InflateStream.open()!, InflateStream.open()!];
    const out: Uint8Array[][] = [[], []];
    while (two.some((stream) => !stream.isEnded))
      two.forEach((stream, i) => {
        if (stream.isEnded) return;
        const piece = stream.next({ bytes: stored.subarray(stream.inputOffset), isAll: true }, 10_000 + 7000 * i);
        out[i]!.push(new Uint8Array(piece!));
      });
    for (const pieces of out) assert.deepEqual(new Uint8Array(Buffer.concat(pieces)), bytes);
  });

  it("leaves cut and altered streams to zlib", () => {
    const stored = deflateSync(bytes);
    assert.equal(inflateAll(stored.subarray(0, stored.length - 3), 50_000), undefined);
    assert.equal(inflateAll(stored.subarray(0, stored.length >> 1), 50_000), undefined);
    for (let i = 0; i < 40; i++) {
      const altered = new Uint8Array(stored);
      altered[next() % stored.length]! ^= 1 << (next() % 8);
      assert.equal(inflateAll(altered, 50_000), undefined);
    }
    assert.equal(inflateAll(new Uint8Array(0), 50_000), undefined);
  });
});
