import assert from "node:assert/strict";
import { describe, it } from "node:test";
import { rangeSizeFor } from "#src/ingest/range-size.js";
import { jobConfigSchema } from "#src/ingest/config.js";
import { planIngest } from "#src/ingest/plan.js";

/** Of a stack of so many voxels, tiles of 1024. */
function planOf(x: number, y: number, z: number) {
  const config = jobConfigSchema.parse({
    version: 1,
    source: { plugin: "catmaid", params: {} },
    destination: { path: "/volume", dataType: "uint8", resolutionNm: [4, 4, 40] },
  });
  const extent = { x: [0, x], y: [0, y], z: [0, z] } as const;
  const known = { missing: [], missingCount: 0, odd: [], files: 1, sizeBytes: 1, warnings: [], summary: [] };
  const tiles = { tileSizePx: [1024, 1024], dataType: "uint8", channels: 1, access: "whole" } as const;
  const probe = { ...known, ...tiles, extent, resolutionNm: null };
  return planIngest({ config, probe, workerBytes: 384e6, url: "file:///volume" }).plan;
}

describe("the size of ranges", () => {
  it("is one task in a short job, so that all workers share it", () => {
    const plan = planOf(4096, 4096, 64);
    assert.equal(rangeSizeFor(plan, 2), 1);
  });

  it("keeps a queue of a million tasks within 20,000 rows", () => {
    const plan = planOf(524_288, 524_288, 16_384);
    const [first] = plan.stages;
    assert.ok(first!.count >= 1_000_000, `${first!.count} tasks`);
    assert.ok(first!.count / rangeSizeFor(plan, 64) <= 20_000);
  });
});
