import assert from "node:assert/strict";
import { describe, it } from "node:test";
import { boxAt } from "#src/core/bounding-box.js";
import { decodesPerTile, type ImageForm } from "#src/ingest/decode-cost.js";

/** A section of 4096 x 4096 pixels, read by tasks of 4096 x 512 or 512 x 512. */
const base = {
  mip: 0,
  factor: [1, 1, 1],
  grid: { bounds: boxAt([0, 0, 0], [4096, 4096, 8]), chunkSize: [64, 64, 64] },
} as const;
const tile = { size: [4096, 4096], origin: [0, 0] } as const;
const bands = [64, 8, 1] as const;
const squares = [8, 8, 1] as const;
const decodes = (span: readonly [number, number, number], form: Omit<ImageForm, "tile">): number =>
  decodesPerTile(span, base, { tile, ...form });

describe("decodesPerTile", () => {
  it("counts every task for small images, and down to a task's last row for big ones", () => {
    assert.equal(decodes(bands, { access: "whole" }), 8);
    assert.equal(decodes(bands, { access: "whole", isStreamed: true }), 4.5);
    assert.equal(decodes(squares, { access: "whole" }), 64);
  });

  it("counts workers where each goes on below its last band", () => {
    assert.equal(decodes(bands, { access: "downward", isStreamed: true, workers: 2 }), 2);
    assert.equal(decodes(bands, { access: "downward", isStreamed: true, workers: 16 }), 8);
    assert.equal(decodes(squares, { access: "downward", isStreamed: true, workers: 2 }), 36);
  });

  it("counts strips and tiles that tasks cut", () => {
    assert.equal(decodes(bands, { access: "rows", blockSizePx: [4096, 64] }), 1);
    assert.equal(decodes(bands, { access: "rows", blockSizePx: [4096, 1024] }), 2);
    assert.equal(decodes(squares, { access: "blocks", blockSizePx: [512, 512] }), 1);
    assert.equal(decodes(squares, { access: "blocks", blockSizePx: [1024, 1024] }), 4);
  });
});
