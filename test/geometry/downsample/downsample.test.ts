import { describe, it } from "node:test";
import assert from "node:assert/strict";
import fc from "fast-check";
import { boxAt, sizeOf } from "#src/core/bounding-box.js";
import { newCutout, type Cutout } from "#src/core/cutout.js";
import { asBytes, dataTypes, newVoxels, type DataType } from "#src/core/data-type.js";
import { isCirrusError } from "#src/core/errors.js";
import { product, type Vec3 } from "#src/core/vec3.js";
import { downsampleCutout } from "#src/geometry/downsample/cutout.js";
import { downsampleSection } from "#src/geometry/downsample/section.js";
import { coverOf } from "#src/geometry/downsample/windows.js";
import { expectedVoxel, halfEven, voxel } from "./oracle.js";

const cutoutOf = (dataType: DataType, min: Vec3, size: Vec3, values: readonly (number | bigint)[]): Cutout => {
  const cutout = newCutout({ box: boxAt(min, size), mip: 0, channels: 1, dataType });
  values.forEach((value, i) => (cutout.data[i] = value));
  return cutout;
};
const down = (cutout: Cutout, factor: Vec3, method: "mean" | "mode") => [
  ...downsampleCutout(cutout, factor, method).data,
];

/** Few different values, so that ties and majorities occur, or all bits at random. */
function fill(cutout: Cutout, seed: number, variety: "few" | "any"): Cutout {
  let state = seed >>> 0 || 1;
  const next = () => (state = (Math.imul(state ^ (state >>> 15), 0x2c1b3c6d) + 0x9e3779b9) >>> 0);
  const words = new Uint32Array(Math.ceil(cutout.data.byteLength / 4));
  for (let i = 0; i < words.length; i++) words[i] = next();
  if (variety === "any" && cutout.dataType !== "float32")
    asBytes(cutout.data).set(asBytes(words).subarray(0, cutout.data.byteLength));
  else
    for (let i = 0; i < cutout.data.length; i++) {
      const value = variety === "few" ? (next() >>> 8) % 3 : ((next() >>> 8) - 2 ** 23) / 3;
      cutout.data[i] = cutout.dataType === "uint64" ? BigInt(value) * 0x1_0000_0000n + 7n : value;
    }
  return cutout;
}

function assertEqualsOracle(fine: Cutout, factor: Vec3, method: "mean" | "mode"): void {
  const coarse = downsampleCutout(fine, factor, method);
  const { min, max } = coarse.box;
  for (let channel = 0; channel < fine.channels; channel++)
    for (let z = min[2]; z < max[2]; z++)
      for (let y = min[1]; y < max[1]; y++)
        for (let x = min[0]; x < max[0]; x++)
          assert.ok(
            Object.is(voxel(coarse, [x, y, z], channel), expectedVoxel(fine, [x, y, z], { factor, method, channel })),
            `${fine.dataType} ${method} ${factor.join("x")} at ${[x, y, z].join()} of ${sizeOf(fine.box).join("x")} from ${fine.box.min.join()}`,
          );
}

const factors: readonly Vec3[] = [
  [2, 2, 1],
  [2, 2, 2],
  [2, 1, 1],
  [1, 2, 2],
  [1, 1, 2],
  [3, 2, 1],
  [4, 4, 3],
  [1, 1, 1],
];

describe("downsampling", () => {
  for (const dataType of dataTypes)
    for (const method of ["mean", "mode"] as const)
      it(`gives the ${method} of ${dataType} voxel for voxel as written in the rules, whatever the box`, () => {
        const shapes = fc.record({
          factor: fc.constantFrom(...factors),
          min: fc.tuple(
            fc.integer({ min: -5, max: 5 }),
            fc.integer({ min: -5, max: 5 }),
            fc.integer({ min: -5, max: 5 }),
          ),
          size: fc.tuple(
            fc.integer({ min: 1, max: 19 }),
            fc.integer({ min: 1, max: 9 }),
            fc.integer({ min: 1, max: 5 }),
          ),
          channels: fc.constantFrom(1, 1, 3),
          seed: fc.nat(),
          variety: fc.constantFrom("few" as const, "any" as const),
        });
        fc.assert(
          fc.property(shapes, ({ factor, min, size, channels, seed, variety }) => {
            const cutout = newCutout({ box: boxAt(min, size), mip: 0, channels, dataType });
            assertEqualsOracle(fill(cutout, seed, variety), factor, method);
          }),
          { numRuns: 60 },
        );
      });

  it("rounds halves to the even neighbour", () => {
    assert.deepEqual(
      down(cutoutOf("uint8", [0, 0, 0], [8, 1, 1], [1, 2, 2, 3, 3, 4, 0, 1]), [2, 1, 1], "mean"),
      [2, 2, 4, 0],
    );
    assert.deepEqual(down(cutoutOf("uint8", [0, 0, 0], [2, 2, 1], [0, 1, 0, 1]), [2, 2, 1], "mean"), [0]);
    assert.deepEqual(down(cutoutOf("uint8", [0, 0, 0], [2, 2, 1], [1, 2, 1, 2]), [2, 2, 1], "mean"), [2]);
    assert.deepEqual(down(cutoutOf("int16", [0, 0, 0], [2, 2, 1], [-1, -2, -1, -2]), [2, 2, 1], "mean"), [-2]);
    assert.deepEqual(
      down(
        cutoutOf("int32", [0, 0, 0], [2, 2, 1], [-2147483648, -2147483648, -2147483647, -2147483647]),
        [2, 2, 1],
        "mean",
      ),
      [-2147483648],
    );
  });

  it("takes the mean of the voxels that exist at the edges of the global grid", () => {
    // x = 1..4, so the windows are [1], [2, 3], [4]
    assert.deepEqual(down(cutoutOf("uint8", [1, 0, 0], [4, 1, 1], [10, 20, 41, 50]), [2, 2, 1], "mean"), [10, 30, 50]);
    assert.deepEqual(
      downsampleCutout(cutoutOf("uint8", [-3, 0, 0], [4, 1, 1], [10, 20, 41, 50]), [2, 1, 1], "mean").box,
      { min: [-2, 0, 0], max: [1, 1, 1] },
    );
  });

  it("keeps means of uint64 exact at the top of the range", () => {
    const top = 2n ** 64n - 1n;
    assert.deepEqual(down(cutoutOf("uint64", [0, 0, 0], [2, 2, 1], [top, top, top, top - 1n]), [2, 2, 1], "mean"), [
      top,
    ]);
    assert.deepEqual(
      down(cutoutOf("uint64", [0, 0, 0], [2, 1, 1], [2n ** 53n + 1n, 2n ** 53n + 2n]), [2, 1, 1], "mean"),
      [2n ** 53n + 2n],
    );
    assert.equal(halfEven(3n, 2n), 2n);
  });

  it("takes the mode of 2x2x1 by COUNTLESS: the last voxel wins when all differ", () => {
    assert.deepEqual(down(cutoutOf("uint32", [0, 0, 0], [2, 2, 1], [1, 2, 3, 4]), [2, 2, 1], "mode"), [4]);
    assert.deepEqual(down(cutoutOf("uint32", [0, 0, 0], [2, 2, 1], [1, 2, 2, 1]), [2, 2, 1], "mode"), [2]);
    assert.deepEqual(down(cutoutOf("uint32", [0, 0, 0], [2, 2, 1], [1, 1, 2, 2]), [2, 2, 1], "mode"), [1]);
    assert.deepEqual(down(cutoutOf("uint32", [0, 0, 0], [3, 1, 1], [1, 2, 3]), [2, 2, 1], "mode"), [1, 3]);
  });

  it("takes the first of the most frequent values for other factors", () => {
    assert.deepEqual(
      down(cutoutOf("uint64", [0, 0, 0], [2, 2, 2], [9n, 8n, 8n, 9n, 5n, 5n, 9n, 8n]), [2, 2, 2], "mode"),
      [9n],
    );
    assert.deepEqual(down(cutoutOf("uint8", [0, 0, 0], [2, 2, 1], [1, 2, 3, 4]), [2, 2, 2], "mode"), [1]);
  });

  it("fills a part of the target through row strides", () => {
    const source = Uint8Array.from({ length: 6 * 4 }, (_, i) => i);
    const target = new Uint8Array(5 * 2).fill(255);
    const sourceBox = { x0: 0, y0: 0, x1: 5, y1: 4 };
    assert.deepEqual(coverOf(sourceBox, [2, 2, 1]), { x0: 0, y0: 0, x1: 3, y1: 2 });
    downsampleSection({
      method: "mean",
      factor: [2, 2, 1],
      sources: [source],
      sourceBox,
      sourceStride: 6,
      target,
      targetBox: { x0: 1, y0: 0, x1: 3, y1: 2 },
      targetStride: 5,
    });
    assert.deepEqual([...target], [6, 7, 255, 255, 255, 18, 19, 255, 255, 255]);
  });

  it("makes the same bytes on aligned rows (the word loops) as on any other", () => {
    const wide = fill(
      newCutout({ box: boxAt([0, 0, 0], [64, 6, 2]), mip: 0, channels: 1, dataType: "uint8" }),
      5,
      "any",
    );
    for (const factor of [
      [2, 2, 1],
      [2, 2, 2],
    ] as const)
      assertEqualsOracle(wide, factor, "mean");
    const odd = fill(
      newCutout({ box: boxAt([0, 0, 0], [44, 6, 2]), mip: 0, channels: 1, dataType: "uint8" }),
      6,
      "any",
    );
    for (const factor of [
      [2, 2, 1],
      [2, 2, 2],
    ] as const)
      assertEqualsOracle(odd, factor, "mean");
    assertEqualsOracle(
      cutoutOf(
        "uint8",
        [0, 0, 0],
        [16, 4, 2],
        Array.from({ length: 128 }, () => 255),
      ),
      [2, 2, 2],
      "mean",
    );
  });

  it("refuses factors that are no whole numbers", () => {
    const cutout = newCutout({ box: boxAt([0, 0, 0], [4, 4, 1]), mip: 0, channels: 1, dataType: "uint8" });
    assert.throws(
      () => downsampleCutout(cutout, [0, 2, 1], "mean"),
      (error) => isCirrusError(error, "E_GRID_INVALID"),
    );
    assert.throws(
      () => downsampleCutout(cutout, [1.5, 2, 1], "mode"),
      (error) => isCirrusError(error, "E_GRID_INVALID"),
    );
  });

  it("refuses arrays that do not hold their box", () => {
    const job = {
      method: "mean",
      factor: [2, 2, 1],
      sourceBox: { x0: 0, y0: 0, x1: 4, y1: 4 },
      sourceStride: 4,
      targetBox: { x0: 0, y0: 0, x1: 2, y1: 2 },
      targetStride: 2,
    } as const;
    assert.throws(
      () => downsampleSection({ ...job, sources: [newVoxels("uint8", 15)], target: newVoxels("uint8", 4) }),
      /smaller than its box/,
    );
    assert.throws(
      () => downsampleSection({ ...job, sources: [newVoxels("uint8", 16)], target: newVoxels("uint16", 4) }),
      /uint8 section for a uint16 target/,
    );
  });

  it("keeps the number of voxels it was given", () => {
    assert.equal(
      product(
        sizeOf(
          downsampleCutout(
            newCutout({ box: boxAt([3, 5, 7], [131, 131, 65]), mip: 0, channels: 1, dataType: "uint8" }),
            [2, 2, 2],
            "mean",
          ).box,
        ),
      ),
      66 * 66 * 33,
    );
  });
});
