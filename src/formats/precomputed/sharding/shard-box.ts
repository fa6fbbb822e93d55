/** With the identity hash a shard is a box of chunks: which, and how many bits make one of a wanted size. */
import { boxAt, intersect, type BoundingBox } from "../../../core/bounding-box.js";
import { floorDivide, multiply, perAxis, type Vec3 } from "../../../core/vec3.js";
import type { ShardingSpec } from "../volume-info.js";
import { idBits } from "./chunk-id.js";

/**
 * Cells of a shard per axis: powers of two, or more than the grid has where the shard takes in all of the axis.
 *
 * @param bits - of the chunk's number that do not choose the shard
 */
export function shardCells(bits: number, gridShape: Vec3): Vec3 {
  const axes: [number, number, number] = [0, 0, 0];
  let left = Math.min(bits, idBits(gridShape));
  for (let i = 0; left > 0; i++)
    for (const axis of [0, 1, 2] as const)
      if (2 ** i < gridShape[axis] && left > 0) {
        axes[axis]++;
        left--;
      }
  return perAxis((axis) => 2 ** axes[axis]);
}

/**
 * Cells per shard and axis of a scale; undefined where a shard is no box: with murmurhash, unless there is one shard only.
 */
export function cellsPerShard(spec: ShardingSpec, gridShape: Vec3): Vec3 | undefined {
  if (spec.shardBits === 0) return perAxis((i) => 2 ** Math.ceil(Math.log2(gridShape[i])));
  if (spec.hash !== "identity") return undefined;
  return shardCells(spec.preshiftBits + spec.minishardBits, gridShape);
}

/** The shard's box of cells that a cell is in, clipped to the grid. */
export function shardAround(cell: Vec3, perShard: Vec3, gridShape: Vec3): BoundingBox {
  const min = multiply(floorDivide(cell, perShard), perShard);
  return intersect(boxAt(min, perShard), { min: [0, 0, 0], max: gridShape });
}
