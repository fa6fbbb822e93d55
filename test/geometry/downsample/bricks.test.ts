import assert from "node:assert/strict";
import { describe, it } from "node:test";
import { boxAt, sizeOf } from "#src/core/bounding-box.js";
import { dataTypes, newVoxels, type DataType, type VoxelArray } from "#src/core/data-type.js";
import { product, type Vec3 } from "#src/core/vec3.js";
import { BrickSlab } from "#src/geometry/brick-slab.js";
import { BrickDownsampler } from "#src/geometry/downsample/bricks.js";
import { downsampleCutout } from "#src/geometry/downsample/cutout.js";
import { scaledBounds } from "#src/geometry/pyramid.js";
import { VoxelPool } from "#src/geometry/voxel-pool.js";
import { openArena } from "#src/kernels/arena.js";
import { numbers } from "../../kernels/numbers.js";

const arena = openArena(4e6);
assert.ok(arena, "the kernels are not built");
const pool = new VoxelPool(arena);
const step: Vec3 = [2, 2, 1];

/** Few labels, the highest bits used: squares of every kind occur. */
function labels(dataType: DataType, length: number): VoxelArray {
  const next = numbers(17);
  const voxels = newVoxels(dataType, length);
  for (let i = 0; i < length; i++) {
    const label = next() % 3;
    if (voxels instanceof BigUint64Array) voxels[i] = BigInt(label) << (label === 2 ? 62n : 31n);
    else voxels[i] = dataType === "uint32" ? label * 0x7fffffff : label;
  }
  return voxels;
}

/** The mip below of one section, brick by brick, as one plane. */
function byBricks(
  dataType: DataType,
  size: Vec3,
  chunkSize: Vec3,
): { done: boolean; fine: VoxelArray; coarse: VoxelArray } {
  const region = boxAt([4, 8, 0], size);
  const below = scaledBounds(region, step);
  const slab = (box: typeof region) =>
    new BrickSlab({ grid: { bounds: box, chunkSize }, region: box, dataType, channels: 1 }, pool);
  const [from, to] = [slab(region), slab(below)];
  const fine = labels(dataType, product(size));
  from.section(0, 0).paste({ data: fine, offset: 0, box: from.planeBox });
  const done = new BrickDownsampler({ method: "mode", from, to, step }).run({ sections: [0], target: 0, channel: 0 });
  const coarse = newVoxels(dataType, product(sizeOf(below)));
  to.section(0, 0).copyTo({ data: coarse, offset: 0, box: to.planeBox });
  for (const one of [from, to]) one.release(pool);
  return { done, fine, coarse };
}

describe("downsampling brick by brick", () => {
  for (const dataType of dataTypes)
    it(`gives the mode of ${dataType} that the plain loops give`, () => {
      for (const size of [
        [2, 2, 1],
        [16, 8, 1],
        [64, 32, 1],
        [94, 30, 1],
        [130, 70, 1],
      ] as const) {
        // prettier-ignore
        const { done, fine, coarse } = byBricks(dataType, size, [32, 16, 1]);
        assert.ok(done, size.join());
        const cutout = { data: fine, box: boxAt([4, 8, 0], size), mip: 0, channels: 1, dataType };
        assert.deepEqual(coarse, downsampleCutout(cutout, step, "mode").data, size.join());
      }
    });

  for (const dataType of ["uint8", "uint16"] as const)
    for (const depth of [1, 2] as const)
      it(`gives the mean of ${depth} sections of ${dataType} that the plain loops give`, () => {
        for (const [nx, ny] of [
          [2, 2],
          [64, 32],
          [94, 30],
        ] as const) {
          const box = boxAt([4, 8, 0], [nx, ny, depth]);
          const factor: Vec3 = [2, 2, depth];
          const slabOf = (region: typeof box): BrickSlab =>
            new BrickSlab(
              { grid: { bounds: region, chunkSize: [32, 16, depth] }, region, dataType, channels: 1 },
              pool,
            );
          const [from, to] = [slabOf(box), slabOf(scaledBounds(box, factor))];
          const next = numbers(5);
          const data = newVoxels(dataType, nx * ny * depth) as Uint8Array | Uint16Array;
          // The highest values too, whose sums need more bits than they have themselves.
          for (let i = 0; i < data.length; i++) data[i] = i % 7 < 5 ? 0xffff - (next() % 5) : next();
          const sections = depth === 1 ? [0] : [0, 1];
          for (const z of sections) from.section(z, 0).paste({ data, offset: z * nx * ny, box: from.planeBox });
          const done = new BrickDownsampler({ method: "mean", from, to, step: factor }).run({
            sections,
            target: 0,
            channel: 0,
          });
          const coarse = newVoxels(dataType, (nx / 2) * (ny / 2));
          to.section(0, 0).copyTo({ data: coarse, offset: 0, box: to.planeBox });
          for (const slab of [from, to]) slab.release(pool);
          assert.ok(done);
          const cutout = { data, box, mip: 0, channels: 1, dataType };
          assert.deepEqual(coarse, downsampleCutout(cutout, factor, "mean").data, `${nx} x ${ny}`);
        }
      });

  it("leaves bricks that end on odd voxels to the plain loops", () => {
    assert.equal(byBricks("uint32", [33, 20, 1], [32, 16, 1]).done, false);
    assert.equal(byBricks("uint32", [40, 20, 1], [5, 16, 1]).done, false);
  });
});
