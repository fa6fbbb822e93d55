import { describe, it } from "node:test";
import assert from "node:assert/strict";
import { createHash } from "node:crypto";
import { brotliCompressSync, gunzipSync, gzipSync } from "node:zlib";
import fc from "fast-check";
import { isCirrusError } from "#src/core/errors.js";
import { compressedSegmentation } from "#src/formats/precomputed/encodings/compressed_segmentation.js";
import {
  chooseStrategy,
  gunzipChunk,
  gzipChunk,
  unbrotliChunk,
} from "#src/formats/precomputed/encodings/compression.js";

const side = 64;
/** Bytes that look random and are the same everywhere. */
const noise = (length: number): Uint8Array => {
  const blocks = Array.from({ length: Math.ceil(length / 32) }, (_, i) =>
    createHash("sha256").update(String(i)).digest(),
  );
  return new Uint8Array(Buffer.concat(blocks).subarray(0, length));
};
const grain = noise(side ** 3);
const at = (f: (x: number, y: number, z: number, i: number) => number) =>
  new Uint8Array(side ** 3).map((_, i) => f(i % side, Math.floor(i / side) % side, Math.floor(i / side ** 2), i));

/** Sums of random bits: the histogram of a micrograph without its structure. */
const micrograph = at((x, y, z, i) => 60 + (grain[i]! & 63) + (grain[(i * 7 + 1) % grain.length]! & 63));
const bordered = at((x, y, z, i) => (x < 28 ? 0 : micrograph[i]!));
const gaps = at((x, y, z, i) => (z % 8 === 0 ? 0 : micrograph[i]!));
const labels = at((x, y, z) => (Math.hypot(x - 30, y - 30 - (z >> 3)) < 20 ? 7 : (x >> 4) + 8));
const smooth = at((x, y, z) => Math.round(100 + 60 * Math.sin(x / 9) * Math.cos(y / 11 + z / 5)));
/** Noise of which a sixteenth is found again a little later. */
const soft = at((x, y, z, i) => micrograph[i % 256 < 16 ? i % 256 : i]!);
const constant = new Uint8Array(side ** 3).fill(9);
const samples = { micrograph, bordered, gaps, labels, smooth, soft, constant };

describe("gzip of chunks", () => {
  it("chooses by content: Huffman codes for noise, runs for borders and gaps, matches for what repeats", () => {
    const chosen = Object.fromEntries(Object.entries(samples).map(([name, bytes]) => [name, chooseStrategy(bytes)]));
    assert.deepEqual(chosen, {
      micrograph: "noise",
      bordered: "runs",
      gaps: "runs",
      labels: "match",
      smooth: "match",
      soft: "quick-match",
      constant: "runs",
    });
  });

  it("finds near matches in compressed_segmentation, whatever it looks like: at most 8 % larger than level 6", () => {
    const voxels = Uint32Array.from({ length: side ** 3 }, (_, i) => labels[i]! + ((grain[i]! & 15) === 0 ? 1 : 0));
    const shape = { dataType: "uint64", size: [side, side, side], channels: 1 } as const;
    const encoded = compressedSegmentation.encode(voxels, shape, {}) as Uint8Array;
    const packed = gzipChunk(encoded, "compressed_segmentation");
    assert.ok(packed.length < 1.08 * gzipSync(encoded, { level: 6 }).length, `${packed.length}`);
    assert.deepEqual(new Uint8Array(gunzipSync(packed)), encoded);
  });

  it("is nowhere more than 1 % larger than level 6", () => {
    for (const [name, bytes] of Object.entries(samples)) {
      const ratio = gzipChunk(bytes).length / gzipSync(bytes, { level: 6 }).length;
      assert.ok(ratio < 1.01, `${name}: ${ratio}`);
    }
  });

  it("gives every content back", async () => {
    for (const bytes of Object.values(samples)) assert.deepEqual(new Uint8Array(gunzipSync(gzipChunk(bytes))), bytes);
    await fc.assert(
      fc.asyncProperty(fc.uint8Array({ maxLength: 20_000 }), async (bytes) => {
        assert.deepEqual(new Uint8Array(await gunzipChunk(gzipChunk(bytes), bytes.length + 1)), bytes);
      }),
      { numRuns: 50 },
    );
  });

  it("makes the same bytes each time, with no time and no machine in the header", () => {
    assert.deepEqual(gzipChunk(micrograph), gzipChunk(micrograph.slice()));
    assert.deepEqual([...gzipChunk(labels).subarray(0, 10)], [0x1f, 0x8b, 8, 0, 0, 0, 0, 0, 0, 0xff]);
  });

  it("refuses streams that are cut off, altered, or hold more than expected", async () => {
    const packed = gzipChunk(labels);
    const isCorrupt = (error: unknown) => isCirrusError(error, "E_CHUNK_CORRUPT");
    for (const length of [0, 5, 10, Math.floor(packed.length / 2), packed.length - 8, packed.length - 1])
      await assert.rejects(gunzipChunk(packed.slice(0, length), side ** 3), isCorrupt, `${length} of ${packed.length}`);
    const altered = packed.slice();
    altered[packed.length >> 1]! ^= 4;
    await assert.rejects(gunzipChunk(altered, side ** 3), isCorrupt);
    await assert.rejects(gunzipChunk(packed, side ** 3 - 1), isCorrupt);
    assert.equal((await gunzipChunk(packed, side ** 3)).length, side ** 3);
  });

  it("reads brotli under the same rules", async () => {
    const packed = brotliCompressSync(labels);
    assert.deepEqual(new Uint8Array(await unbrotliChunk(packed, side ** 3)), labels);
    await assert.rejects(unbrotliChunk(packed.subarray(0, 20), side ** 3), (error) =>
      isCirrusError(error, "E_CHUNK_CORRUPT"),
    );
    await assert.rejects(unbrotliChunk(packed, 100), (error) => isCirrusError(error, "E_CHUNK_CORRUPT"));
  });
});
