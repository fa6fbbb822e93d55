import assert from "node:assert/strict";
import { describe, it } from "node:test";
import { gzipSync, inflateRawSync } from "node:zlib";
import { deflateLiterals } from "#src/kernels/deflate-literals.js";
import { loadKernels } from "#src/kernels/kernels.js";
import { numbers } from "./numbers.js";

const none = { before: 0, after: 0 };

describe("deflateLiterals", () => {
  it("finds the binary that npm run build makes", () => assert.ok(loadKernels()));

  it("makes streams that zlib inflates to the same bytes, whatever they are", () => {
    const next = numbers(7);
    const lengths = [1, 2, 3, 7, 8, 9, 255, 4096, 32767, 32768, 32769, 65536, 100_001];
    const alphabets = [1, 2, 3, 17, 200, 256];
    for (const length of lengths)
      for (const alphabet of alphabets) {
        const bytes = Uint8Array.from({ length }, () => next() % alphabet);
        const packed = deflateLiterals(bytes, none)!;
        assert.deepEqual(new Uint8Array(inflateRawSync(packed)), bytes, `${length} bytes of ${alphabet} values`);
      }
  });

  it("limits the codes of very rare bytes", () => {
    // Counts that grow like Fibonacci's numbers make the longest codes there are.
    const counts = [1, 1];
    while (counts.length < 21) counts.push(counts.at(-1)! + counts.at(-2)!);
    const bytes = Uint8Array.from(counts.flatMap((count, value) => Array<number>(count).fill(value)));
    for (const part of [bytes, bytes.subarray(-32_768), bytes.subarray(0, 32_000)])
      assert.deepEqual(new Uint8Array(inflateRawSync(deflateLiterals(part, none)!)), new Uint8Array(part));
  });

  it("is as small as zlib's level 6 on noise", () => {
    const next = numbers(1);
    const noise = Uint8Array.from({ length: 262_144 }, () => 128 + (next() % 64) + (next() % 64) - (next() % 64));
    const ratio = deflateLiterals(noise, none)!.length / gzipSync(noise, { level: 6 }).length;
    assert.ok(ratio < 1.002, `${ratio}`);
  });

  it("leaves room before and after", () => {
    const packed = deflateLiterals(Uint8Array.of(1, 2, 3), { before: 10, after: 8 })!;
    assert.deepEqual([...inflateRawSync(packed.subarray(10, -8))], [1, 2, 3]);
  });

  it("leaves nothing and too much to others", () => {
    assert.equal(deflateLiterals(new Uint8Array(0), none), undefined);
    assert.equal(deflateLiterals(new Uint8Array(2 ** 24 + 1), none), undefined);
  });
});
