import { describe, it } from "node:test";
import assert from "node:assert/strict";
import fc from "fast-check";
import { chunkKey, chunkName, parseChunkName } from "#src/formats/precomputed/chunk-key.js";
import { scaleKey } from "#src/formats/precomputed/scale-key.js";
import { coarserScale, scaleAt } from "#src/formats/precomputed/scales.js";

describe("names", () => {
  it("spells scale keys as TensorStore", () => {
    assert.equal(scaleKey([4, 4, 40]), "4_4_40");
    assert.equal(scaleKey([4.5, 4.5, 40.0]), "4.5_4.5_40");
  });

  it("spells chunk keys with absolute voxels, negative ones too", () => {
    assert.equal(chunkKey("4_4_40", { min: [-10, 5, 100], max: [54, 45, 120] }), "4_4_40/-10-54_5-45_100-120");
    assert.deepEqual(parseChunkName("-10-54_5-45_100-120"), { min: [-10, 5, 100], max: [54, 45, 120] });
    assert.deepEqual(parseChunkName("-20--10_0-1_0-1"), { min: [-20, 0, 0], max: [-10, 1, 1] });
  });

  it("reads back every name that it writes", () => {
    const corner = fc.tuple(fc.integer(), fc.integer(), fc.integer());
    fc.assert(
      fc.property(corner, corner, (min, max) =>
        assert.deepEqual(parseChunkName(chunkName({ min, max })), { min, max }),
      ),
    );
  });

  it("knows no other names", () => {
    for (const name of [
      "0-64_0-64",
      "0-64_0-64_0-64.gz",
      "00-64_0-64_0-64",
      "info",
      "0-64_0-64_0-6.5",
      "+0-64_0-64_0-64",
      "",
    ])
      assert.equal(parseChunkName(name), undefined, name);
  });
});

describe("scales", () => {
  it("starts and ends on the global grid", () => {
    assert.deepEqual(scaleAt({ size: [131, 131, 65], voxelOffset: [3, 5, 7] }, [2, 2, 2]), {
      size: [66, 66, 33],
      voxelOffset: [1, 2, 3],
    });
    assert.deepEqual(scaleAt({ size: [130, 130, 65], voxelOffset: [3, 0, -3] }, [2, 2, 1]), {
      size: [66, 65, 65],
      voxelOffset: [1, 0, -3],
    });
    assert.deepEqual(scaleAt({ size: [5, 5, 5], voxelOffset: [-3, -4, 0] }, [4, 4, 1]), {
      size: [2, 2, 5],
      voxelOffset: [-1, -1, 0],
    });
  });

  it("gives the same geometry in one step as in two", () => {
    const triple = (least: number) =>
      fc.tuple(...[0, 1, 2].map(() => fc.integer({ min: least, max: 500 }))) as fc.Arbitrary<[number, number, number]>;
    fc.assert(
      fc.property(triple(1), triple(-500), (size, voxelOffset) => {
        const once = scaleAt({ size, voxelOffset }, [6, 4, 2]);
        assert.deepEqual(scaleAt(scaleAt({ size, voxelOffset }, [3, 2, 2]), [2, 2, 1]), once);
      }),
    );
  });

  it("makes a coarser scale with a resolution and key of its own", () => {
    const mip0 = {
      key: "s0",
      resolutionNm: [4, 4, 40],
      size: [130, 130, 65],
      voxelOffset: [0, 0, 0],
      chunkSize: [64, 64, 64],
      encoding: "raw",
    } as const;
    assert.deepEqual(coarserScale(mip0, [4, 4, 2]), {
      key: "16_16_80",
      resolutionNm: [16, 16, 80],
      size: [33, 33, 33],
      voxelOffset: [0, 0, 0],
      chunkSize: [64, 64, 64],
      encoding: "raw",
    });
  });
});
