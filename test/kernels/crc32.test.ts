import assert from "node:assert/strict";
import { randomBytes } from "node:crypto";
import { describe, it } from "node:test";
import { crc32 as byZlib } from "node:zlib";
import { crc32 } from "#src/kernels/crc32.js";
import { loadKernels } from "#src/kernels/kernels.js";

describe("crc32", () => {
  it("gives what the specification's check value is", () => {
    assert.equal(crc32(Buffer.from("123456789")), 0xcbf43926);
    assert.equal(crc32(new Uint8Array(0)), 0);
  });

  it("equals zlib's for any length and alignment, in one piece or two", () => {
    const bytes = new Uint8Array(randomBytes(70_000));
    for (const length of [1, 7, 15, 16, 31, 64, 127, 128, 129, 255, 1000, 4097, 65_536])
      for (const from of [0, 1, 3, 8]) {
        const part = bytes.subarray(from, from + length);
        assert.equal(crc32(part), byZlib(part), `${length} bytes from ${from}`);
        const half = length >> 1;
        assert.equal(crc32(part.subarray(half), crc32(part.subarray(0, half))), byZlib(part));
      }
  });

  it("reads the kernels' memory where it lies", () => {
    const memory = loadKernels()!.reserve(100_000);
    const part = memory.subarray(memory.length - 5000, memory.length - 100);
    part.set(randomBytes(part.length));
    assert.equal(crc32(part), byZlib(part));
  });
});
