import assert from "node:assert/strict";
import { describe, it } from "node:test";
import fc from "fast-check";
import { boxAt, contains, intersect, isEmpty, sizeOf, type BoundingBox } from "#src/core/bounding-box.js";
import { product, type Vec3 } from "#src/core/vec3.js";
import { chunkAt, chunksIn, chunksOf } from "#src/geometry/chunk-grid.js";
import { insideCells } from "#src/geometry/partial.js";
import { footprint, scaledBounds, totalFactors } from "#src/geometry/pyramid.js";
import { runBlock } from "#src/geometry/run-block.js";
import { VoxelPool } from "#src/geometry/voxel-pool.js";
import { openArena } from "#src/kernels/arena.js";
import { taskAt, taskCount, tasksTouching, type GridLevel } from "#src/geometry/task-grid.js";

/** Value of voxel (x, y, z) of mip 0: any function without symmetries will do. */
const valueAt = (x: number, y: number, z: number): number =>
  (Math.imul(x + 101, 7919) ^ Math.imul(y + 57, 104729) ^ Math.imul(z + 3, 1299709)) & 0xff;

/** The mean of what exists, half to even, voxel by voxel and mip by mip: the definition itself. */
function referenceMips(bounds: BoundingBox, factors: readonly Vec3[]): ((p: Vec3) => number)[] {
  const mips: Map<string, number>[] = [new Map()];
  for (const p of voxelsOf(bounds)) mips[0].set(p.join(), valueAt(...p));
  let box = bounds;
  for (const factor of factors) {
    const sums = new Map<string, { sum: number; n: number }>();
    for (const p of voxelsOf(box)) {
      const parent = p.map((v, i) => Math.floor(v / factor[i])).join();
      const entry = sums.get(parent) ?? { sum: 0, n: 0 };
      entry.sum += mips.at(-1)!.get(p.join())!;
      entry.n++;
      sums.set(parent, entry);
    }
    mips.push(new Map([...sums].map(([key, { sum, n }]) => [key, halfToEven(sum, n)])));
    box = scaledBounds(box, factor);
  }
  return mips.map((mip) => (p) => mip.get(p.join())!);
}

function halfToEven(sum: number, n: number): number {
  const low = Math.floor(sum / n);
  const twice = 2 * (sum - low * n);
  return twice > n || (twice === n && low % 2 === 1) ? low + 1 : low;
}

function* voxelsOf(box: BoundingBox): Generator<Vec3> {
  for (let z = box.min[2]; z < box.max[2]; z++)
    for (let y = box.min[1]; y < box.max[1]; y++) for (let x = box.min[0]; x < box.max[0]; x++) yield [x, y, z];
}

/** True when everything of the volume that the chunk covers is in the extent. */
const isInside = (chunk: BoundingBox, factor: Vec3, bounds: BoundingBox, extent: BoundingBox): boolean =>
  contains(extent, intersect(footprint(chunk, factor), bounds));

interface Case {
  readonly bounds: BoundingBox;
  readonly factors: readonly Vec3[];
  readonly chunkSize: Vec3;
  readonly base: number;
  readonly span: Vec3;
  readonly memoryBytes: number;
  readonly extent?: BoundingBox;
}

/** Runs all tasks of one stage; resolves to chunk name -> voxels, failing when a chunk comes twice. */
async function runAll(
  { bounds, factors, chunkSize, span, memoryBytes, extent = bounds }: Case,
  pool: VoxelPool,
): Promise<Map<string, Uint8Array>> {
  const levels: GridLevel[] = totalFactors(factors).map((factor, mip) => ({
    mip,
    factor,
    grid: { bounds: scaledBounds(bounds, factor), chunkSize },
  }));
  const grid = { levels, span, tasks: tasksTouching(extent, levels, span) };
  const made = new Map<string, Uint8Array>();

  for (let i = 0; i < taskCount(grid); i++)
    await runBlock(
      { grid, task: taskAt(i, grid), clip: extent, dataType: "uint8", channels: 1, method: "mean", memoryBytes, pool },
      {
        readSection: async (z, slab) => {
          const [plane] = slab.planes(z);
          const { box } = plane;
          const data = new Uint8Array((box.x1 - box.x0) * (box.y1 - box.y0));
          let i = 0;
          for (let y = box.y0; y < box.y1; y++) for (let x = box.x0; x < box.x1; x++) data[i++] = valueAt(x, y, z);
          plane.paste({ data, offset: 0, box });
        },
        writeSlab: async (level, slab, cells) => {
          for (const { box } of chunksOf(intersect(cells, insideCells(level, bounds, extent)), level.grid)) {
            const voxels = new Uint8Array(slab.chunk(box) as Uint8Array);
            assert.equal(voxels.length, product(sizeOf(box)));
            const name = `${level.mip}:${box.min.join()}`;
            assert.ok(!made.has(name), `chunk ${name} was written twice`);
            made.set(name, voxels);
          }
        },
      },
    );
  return made;
}

function assertComplete(made: Map<string, Uint8Array>, { bounds, factors, chunkSize, extent = bounds }: Case): void {
  const reference = referenceMips(bounds, factors);
  let expected = 0;
  totalFactors(factors).forEach((factor, mip) => {
    const grid = { bounds: scaledBounds(bounds, factor), chunkSize };
    for (const { cell, box } of chunksIn(grid.bounds, grid)) {
      assert.deepEqual(chunkAt(cell, grid).box, box);
      if (!isInside(box, factor, bounds, extent)) continue;
      expected++;
      const voxels = made.get(`${mip}:${box.min.join()}`);
      assert.ok(voxels, `chunk ${mip}:${box.min.join()} was not written`);
      let i = 0;
      for (const p of voxelsOf(box)) assert.equal(voxels[i++], reference[mip](p), `mip ${mip} voxel ${p.join()}`);
    }
  });
  assert.equal(made.size, expected);
}

const cases = fc
  .record({
    min: fc.tuple(fc.integer({ min: -9, max: 9 }), fc.integer({ min: -9, max: 9 }), fc.integer({ min: -9, max: 9 })),
    size: fc.tuple(fc.integer({ min: 1, max: 21 }), fc.integer({ min: 1, max: 21 }), fc.integer({ min: 1, max: 13 })),
    chunkSize: fc.tuple(fc.integer({ min: 1, max: 5 }), fc.integer({ min: 1, max: 5 }), fc.integer({ min: 1, max: 4 })),
    factors: fc.array(
      fc.tuple(fc.integer({ min: 1, max: 3 }), fc.integer({ min: 1, max: 3 }), fc.integer({ min: 1, max: 2 })),
      { maxLength: 3 },
    ),
    wide: fc.tuple(fc.integer({ min: 1, max: 3 }), fc.integer({ min: 1, max: 3 })),
    memoryBytes: fc.constantFrom(0, 100, 400, 1e9),
    part: fc.tuple(fc.double({ min: 0, max: 1, noNaN: true }), fc.double({ min: 0, max: 1, noNaN: true })),
  })
  .map(({ min, size, chunkSize, factors, wide, memoryBytes, part }): Case => {
    const bounds = boxAt(min, size);
    const top = totalFactors(factors).at(-1)!;
    const cells = Math.ceil(size[0] / chunkSize[0]);
    const [from, to] = [Math.floor(part[0] * cells), Math.ceil(part[1] * cells)];
    const extent = intersect(bounds, {
      min: [min[0] + from * chunkSize[0], min[1], min[2]],
      max: [min[0] + to * chunkSize[0], bounds.max[1], bounds.max[2]],
    });
    return {
      bounds,
      factors,
      chunkSize,
      base: 0,
      span: [top[0] * wide[0], top[1] * wide[1], top[2]],
      memoryBytes,
      ...(isEmpty(extent) ? {} : { extent }),
    };
  });

describe("runBlock", () => {
  const arena = openArena(4e6);
  assert.ok(arena, "the kernels are not built");
  const pools = { "memory of its own": new VoxelPool(), "the kernels' memory": new VoxelPool(arena) };
  for (const [where, pool] of Object.entries(pools))
    it(`writes every chunk of every mip once, equal to the definition, whatever offset, factors, span, part and memory, in ${where}`, async () => {
      await fc.assert(
        fc.asyncProperty(cases, async (one) => assertComplete(await runAll(one, pool), one)),
        { numRuns: 300 },
      );
    });
});
