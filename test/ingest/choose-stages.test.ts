import assert from "node:assert/strict";
import { describe, it } from "node:test";
import { boxAt } from "#src/core/bounding-box.js";
import { automaticFactors } from "#src/geometry/pyramid.js";
import { chooseStages } from "#src/ingest/choose-stages.js";
import { gridLevels, planScales } from "#src/ingest/plan.js";

function stagesOf(size: readonly [number, number, number], tile: readonly [number, number], memoryBytes: number) {
  const bounds = boxAt([0, 0, 0], size);
  const chunkSize = [64, 64, 64] as const;
  const scales = planScales(bounds, [4, 4, 40], automaticFactors(bounds, [4, 4, 40], chunkSize));
  const levels = gridLevels(scales, chunkSize);
  return chooseStages({
    levels,
    bytesPerVoxel: 2,
    tileBytesPerVoxel: 2,
    memoryBytes,
    tile: { size: tile, origin: [0, 0] },
    access: "whole",
  });
}

describe("chooseStages", () => {
  it("reaches the coarsest mip, each stage above the one before, where sections are wide and memory is small", () => {
    const stages = stagesOf([8000, 8000, 3], [8000, 8000], 20e6);
    assert.deepEqual([stages[0]!.baseMip, stages[0]!.topMip, stages.at(-1)!.topMip], [0, 0, 7]);
    stages.slice(1).forEach((stage, i) => {
      assert.equal(stage.baseMip, stages[i]!.topMip);
      assert.ok(stage.topMip > stage.baseMip);
    });
  });

  it("decodes each tile once where tiles and tasks line up", () => {
    const [first] = stagesOf([4096, 4096, 128], [1024, 1024], 400e6);
    assert.equal((first!.span[0] * 64) % 1024, 0);
    assert.equal((first!.span[1] * 64) % 1024, 0);
  });

  it("falls back to the smallest task when nothing fits", () => {
    assert.deepEqual(stagesOf([640, 640, 64], [640, 640], 1)[0]!.span, [1, 1, 1]);
  });
});
