import assert from "node:assert/strict";
import { describe, it } from "node:test";
import { constants, deflateSync } from "node:zlib";
import { asVoxels } from "#src/core/data-type.js";
import { inflateBlocks, undoDifferencesInPlace, unpackLzwBlock } from "#src/kernels/tiff-blocks.js";
import { unpackLzw } from "#src/tiles/tiff/lzw.js";
import { undoDifferences } from "#src/tiles/tiff/predictor.js";
import { compress } from "../fixtures/tiff-codes.js";
import { numbers } from "./numbers.js";

const next = numbers(11);
/** From noise to long repetitions, of any length. */
const someBytes = (length: number): Uint8Array => {
  const most = 1 + (next() % 256);
  const run = 1 + (next() % 40);
  const bytes = Uint8Array.from({ length }, () => next() % most);
  for (let i = run; i < length; i++) if (next() % 4 !== 0 && run > 3) bytes[i] = bytes[i - run]!;
  return bytes;
};
const copyOf = (bytes: Uint8Array | undefined): Uint8Array | undefined => bytes && new Uint8Array(bytes);

describe("unpackLzwBlock", () => {
  it("equals the plain decoder for noise, runs, repetitions and full dictionaries", () => {
    for (const length of [0, 1, 2, 7, 8, 9, 300, 5000, 70_000])
      for (let i = 0; i < 12; i++) {
        const bytes = i === 0 ? new Uint8Array(length) : someBytes(length);
        const stored = compress(bytes, "lzw");
        assert.deepEqual(copyOf(unpackLzwBlock({ stored, expectedBytes: length })), bytes);
        // What is behind the expected bytes is not asked for.
        const part = length >> 1;
        assert.deepEqual(copyOf(unpackLzwBlock({ stored, expectedBytes: part })), bytes.slice(0, part));
      }
  });

  it("equals the plain decoder for cut and altered codes, errors included", () => {
    const bytes = someBytes(20_000);
    const good = compress(bytes, "lzw");
    for (let i = 0; i < 400; i++) {
      const stored = i % 2 === 0 ? good.slice(0, next() % good.length) : new Uint8Array(good);
      if (i % 2 === 1) for (let n = 0; n < 3; n++) stored[next() % stored.length] = next() % 256;
      const block = { stored, expectedBytes: bytes.length };
      let wanted: Uint8Array | undefined;
      try {
        wanted = unpackLzw(stored, bytes.length);
      } catch {
        assert.throws(() => unpackLzwBlock(block), RangeError);
        continue;
      }
      assert.deepEqual(copyOf(unpackLzwBlock(block)), new Uint8Array(wanted));
    }
  });
});

describe("inflateBlocks", () => {
  it("gives the bytes of one and of two streams of any kind", () => {
    const { Z_DEFAULT_STRATEGY, Z_HUFFMAN_ONLY, Z_RLE, Z_FIXED } = constants;
    for (const length of [1, 100, 5000, 90_000])
      for (const strategy of [Z_DEFAULT_STRATEGY, Z_HUFFMAN_ONLY, Z_RLE, Z_FIXED])
        for (let i = 0; i < 6; i++) {
          const two = [someBytes(length), someBytes(1 + (next() % length))];
          const blocks = two.map((bytes) => ({
            stored: deflateSync(bytes, { level: next() % 10, strategy }),
            expectedBytes: bytes.length,
          }));
          assert.deepEqual(inflateBlocks(blocks).map(copyOf), two);
          assert.deepEqual(inflateBlocks(blocks.slice(0, 1)).map(copyOf), two.slice(0, 1));
        }
  });

  it("leaves damaged streams, and those of another length, to zlib", () => {
    const bytes = someBytes(5000);
    const stored = deflateSync(bytes);
    const good = { stored, expectedBytes: 5000 };
    const altered = new Uint8Array(stored);
    altered[stored.length >> 1]! ^= 4;
    for (const bad of [
      { stored, expectedBytes: 4999 },
      { stored, expectedBytes: 5001 },
      { stored: stored.subarray(0, stored.length - 5), expectedBytes: 5000 },
      { stored: altered, expectedBytes: 5000 },
      { stored: new Uint8Array(0), expectedBytes: 5000 },
    ]) {
      assert.deepEqual(inflateBlocks([bad]), [undefined]);
      assert.deepEqual(inflateBlocks([bad, good]).map(copyOf), [undefined, bytes]);
      assert.deepEqual(inflateBlocks([good, bad]).map(copyOf), [bytes, undefined]);
    }
  });
});

describe("undoDifferencesInPlace", () => {
  it("equals the plain sums for rows of every length, 8 and 16 bits", () => {
    for (const dataType of ["uint8", "uint16", "int8", "int16"] as const)
      for (const rowSamples of [1, 2, 7, 8, 9, 15, 16, 17, 31, 64, 100]) {
        const sampleBytes = dataType.endsWith("8") ? 1 : 2;
        const bytes = Uint8Array.from({ length: rowSamples * sampleBytes * 5 }, () => next() % 256);
        const [block] = inflateBlocks([{ stored: deflateSync(bytes), expectedBytes: bytes.length }]);
        assert.ok(undoDifferencesInPlace(block!, rowSamples, sampleBytes));
        const wanted = asVoxels(dataType, bytes);
        undoDifferences(wanted, rowSamples, 1);
        assert.deepEqual(asVoxels(dataType, new Uint8Array(block!)), wanted);
      }
  });

  it("leaves other memory alone", () => {
    assert.equal(undoDifferencesInPlace(Uint8Array.of(1, 2, 3), 3, 1), false);
  });
});
