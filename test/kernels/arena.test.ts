import assert from "node:assert/strict";
import { describe, it } from "node:test";
import { gunzipSync } from "node:zlib";
import fc from "fast-check";
import { gzipChunk } from "#src/formats/precomputed/encodings/compression.js";
import { addressOf, foreseeArena, giveBytes, keepBytes, openArena, takeBytes } from "#src/kernels/arena.js";
import { numbers } from "./numbers.js";

const arenaBytes = 2 ** 20;
foreseeArena(2 ** 40); // more than there is: what can be had now, if anything
foreseeArena(128 * arenaBytes);
const arena = openArena(arenaBytes);
assert.ok(arena, "the kernels are not built");

/** Takes all there is, to see how much that is. */
function largestGap(): number {
  for (let bytes = arenaBytes; bytes > 0; bytes -= 64) {
    const view = takeBytes(bytes);
    if (!view) continue;
    giveBytes(view);
    return bytes;
  }
  return 0;
}

describe("the arena", () => {
  it("is as large as it was asked for, whatever was foreseen", () => {
    const whole = largestGap();
    assert.ok(whole > arenaBytes / 2 && takeBytes(arenaBytes + 1) === undefined);
  });

  it("never gives the same memory twice, whatever is taken, kept in part and given back, and is whole again at the end", () => {
    const whole = largestGap();
    const steps = fc.array(
      fc.record({ bytes: fc.integer({ min: 0, max: 300_000 }), give: fc.nat(), kept: fc.nat(100) }),
      {
        maxLength: 60,
      },
    );
    fc.assert(
      fc.property(steps, (run) => {
        const held: { view: Uint8Array; value: number }[] = [];
        for (const [i, { bytes, give, kept }] of run.entries()) {
          const taken = takeBytes(bytes);
          if (taken) {
            const view = keepBytes(taken, Math.floor((bytes * kept) / 100));
            const value = i % 251;
            view.fill(value);
            held.push({ view, value });
          }
          if (give % 3 === 0 && held.length) giveBytes(held.splice(give % held.length, 1)[0].view);
        }
        for (const { view, value } of held) assert.ok(view.every((byte) => byte === value));
        for (const { view } of held) giveBytes(view);
        assert.equal(largestGap(), whole);
      }),
      { numRuns: 100 },
    );
  });

  it("has nothing for what is larger than it, and leaves other memory alone", () => {
    assert.equal(takeBytes(arenaBytes + 1), undefined);
    assert.equal(giveBytes(new Uint8Array(10)), false);
    assert.equal(addressOf(new Uint8Array(10)), undefined);
  });

  it("holds compressed chunks that are whole gzip files, side by side", () => {
    const next = numbers(7);
    const chunks = [3000, 40_000, 100].map((length) => Uint8Array.from({ length }, () => next() % 200));
    const packed = chunks.map((bytes) => gzipChunk(bytes));
    assert.notEqual(addressOf(packed[1]), undefined);
    packed.forEach((bytes, i) => assert.deepEqual(new Uint8Array(gunzipSync(bytes)), chunks[i]));
    for (const bytes of packed) giveBytes(bytes);
  });
});
