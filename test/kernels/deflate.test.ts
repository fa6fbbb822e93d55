import assert from "node:assert/strict";
import { describe, it } from "node:test";
import { constants, deflateRawSync, gzipSync, inflateRawSync } from "node:zlib";
import fc from "fast-check";
import { deflate, type DeflateKind } from "#src/kernels/deflate.js";
import { loadKernels } from "#src/kernels/kernels.js";
import { numbers } from "./numbers.js";

const none = { before: 0, after: 0 };
const kinds: readonly DeflateKind[] = ["literals", "matches"];
const inflated = (packed: Uint8Array): Uint8Array => new Uint8Array(inflateRawSync(packed));

describe("deflate", () => {
  it("finds the binary that npm run build makes", () => assert.ok(loadKernels()));

  for (const kind of kinds) {
    it(`makes streams that zlib inflates to the same bytes, whatever they are (${kind})`, () => {
      const next = numbers(7);
      const lengths = [1, 2, 3, 7, 8, 9, 255, 4096, 32767, 32768, 32769, 65536, 100_001];
      const alphabets = [1, 2, 3, 17, 200, 256];
      for (const length of lengths)
        for (const alphabet of alphabets) {
          const bytes = Uint8Array.from({ length }, () => next() % alphabet);
          assert.deepEqual(inflated(deflate(kind, bytes, none)!), bytes, `${length} bytes of ${alphabet} values`);
        }
    });

    it(`makes them of any length (${kind})`, () => {
      const next = numbers(11);
      for (let i = 0; i < 60; i++) {
        const length = 1 + ((next() * 256 + next()) % 70_000);
        const [least, most] = [next() % 128, 1 + (next() % 64)];
        const bytes = Uint8Array.from({ length }, () => least + (next() % most) + (next() % most));
        assert.deepEqual(inflated(deflate(kind, bytes, none)!), bytes, `${length} bytes from ${least} on`);
      }
    });

    it(`limits the codes of very rare bytes (${kind})`, () => {
      // Counts that grow like Fibonacci's numbers make the longest codes there are.
      const counts = [1, 1];
      while (counts.length < 21) counts.push(counts.at(-1)! + counts.at(-2)!);
      const bytes = Uint8Array.from(counts.flatMap((count, value) => Array<number>(count).fill(value)));
      for (const part of [bytes, bytes.subarray(-32_768), bytes.subarray(0, 32_000)])
        assert.deepEqual(inflated(deflate(kind, part, none)!), new Uint8Array(part));
    });

    it(`leaves room before and after (${kind})`, () => {
      const packed = deflate(kind, Uint8Array.of(1, 2, 3), { before: 10, after: 8 })!;
      assert.deepEqual([...inflateRawSync(packed.subarray(10, -8))], [1, 2, 3]);
    });

    it(`leaves nothing and too much to others (${kind})`, () => {
      assert.equal(deflate(kind, new Uint8Array(0), none), undefined);
      assert.equal(deflate(kind, new Uint8Array(2 ** 24 + 1), none), undefined);
    });
  }

  it("writes matches of every length and distance, also across blocks and from bytes that are still being written", () => {
    const next = numbers(3);
    const fresh = (length: number) => Uint8Array.from({ length }, () => next() % 256);
    const parts: Uint8Array[] = [];
    for (const length of [3, 4, 5, 8, 10, 11, 19, 34, 35, 66, 67, 130, 131, 227, 257, 258, 259, 600]) {
      const piece = fresh(length);
      for (const distance of [0, 1, 24, 500, 9000, 32_000]) parts.push(piece, fresh(distance));
      parts.push(piece, new Uint8Array(length).fill(7), new Uint8Array(length).fill(7));
    }
    const bytes = Buffer.concat(parts);
    assert.deepEqual(inflated(deflate("matches", bytes, none)!), new Uint8Array(bytes));
  });

  it("gives back what repeats in any way", () => {
    const piece = fc.uint8Array({ minLength: 1, maxLength: 400 });
    const pieces = fc.array(fc.record({ of: fc.nat(9), times: fc.integer({ min: 1, max: 60 }), alter: fc.boolean() }), {
      minLength: 1,
      maxLength: 80,
    });
    fc.assert(
      fc.property(fc.array(piece, { minLength: 10, maxLength: 10 }), pieces, (dictionary, order) => {
        const bytes = Buffer.concat(
          order.flatMap(({ of, times, alter }, i) => {
            const copy = dictionary[of]!.slice();
            if (alter) copy[i % copy.length]! ^= 1;
            return Array<Uint8Array>(times).fill(copy);
          }),
        );
        for (const kind of kinds) assert.ok(bytes.equals(inflated(deflate(kind, bytes, none)!)));
      }),
      { numRuns: 60 },
    );
  });

  it("needs no more than 1 % beyond the bytes themselves", () => {
    const next = numbers(5);
    const noise = Uint8Array.from({ length: 200_000 }, () => next() % 256);
    for (const kind of kinds) assert.ok(deflate(kind, noise, none)!.length < 1.01 * noise.length);
  });

  it("has codes also for values that are nowhere where it looks", () => {
    const next = numbers(13);
    for (const length of [8192, 32_768, 65_536, 70_001])
      for (let trial = 0; trial < 12; trial++) {
        const bytes = Uint8Array.from({ length }, () => 100 + (next() % 32) + (next() % 32));
        // 8 of 23 places are looked at, so most of these are missed.
        for (const value of [0, 1, 99, 163, 164, 254, 255]) bytes[(next() * 256 + next()) % length] = value;
        assert.deepEqual(inflated(deflate("literals", bytes, none)!), bytes);
      }
  });

  it("has codes also for bytes of 16-bit voxels that are nowhere where it looks", () => {
    const next = numbers(19);
    for (const highFirst of [0, 1])
      for (const rare of [[], [1], [2, 9], [0, 31], [200]])
        for (const length of [8192, 32_768, 65_537]) {
          const bytes = Uint8Array.from({ length }, (_, i) => (i % 2 === highFirst ? next() : 4 + (next() % 4)));
          // Among the high bytes, and of the low ones all values occur.
          for (const value of rare) bytes[2 * ((next() * 256 + next()) % (length >> 1)) + 1 - highFirst] = value;
          assert.deepEqual(inflated(deflate("literals", bytes, none)!), bytes);
        }
  });

  it("makes good codes also where some bytes do not tell enough of all: two values, combs, values of two bytes, outliers", () => {
    const next = numbers(17);
    const draw: Readonly<Record<string, (i: number) => number>> = {
      "two values": () => (next() % 8 === 0 ? 3 : 200),
      "every fourth value": () => (next() % 16) * 4 + (next() % 48) * 4,
      "values of two bytes": (i) => (i % 2 === 0 ? next() : 5 + (next() % 3)),
      "narrow noise with a few bytes of any value": () =>
        next() % 128 === 0 ? next() : 40 + (next() % 4) + (next() % 4),
      "one value in half of the bytes": () => (next() % 2 === 0 ? 0 : 80 + (next() % 60)),
    };
    for (const [name, value] of Object.entries(draw)) {
      const bytes = Uint8Array.from({ length: 262_144 }, (_, i) => value(i));
      const zlibs = deflateRawSync(bytes, { strategy: constants.Z_HUFFMAN_ONLY, memLevel: 9 }).length;
      const ratio = deflate("literals", bytes, none)!.length / zlibs;
      assert.ok(ratio < 1.003, `${name}: ${ratio}`);
    }
  });

  it("is as small as zlib's level 6 on noise", () => {
    const next = numbers(1);
    const noise = Uint8Array.from({ length: 262_144 }, () => 128 + (next() % 64) + (next() % 64) - (next() % 64));
    const ratio = deflate("literals", noise, none)!.length / gzipSync(noise, { level: 6 }).length;
    assert.ok(ratio < 1.002, `${ratio}`);
  });
});
