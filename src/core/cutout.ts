/** Voxels in memory: the unit of computation. */
import { sizeOf, type BoundingBox } from "./bounding-box.js";
import { newVoxels, type DataType, type VoxelArray } from "./data-type.js";
import { product } from "./vec3.js";

/**
 * A box of voxels. Voxel (x, y, z) of channel c is at
 * `((c * nz + (z - min.z)) * ny + (y - min.y)) * nx + (x - min.x)`: x fastest, then y, z, channel.
 */
export interface Cutout {
  readonly data: VoxelArray;
  readonly box: BoundingBox;
  readonly mip: number;
  readonly channels: number;
  readonly dataType: DataType;
}

/** A cutout of zeros. */
export const newCutout = (shape: Omit<Cutout, "data">): Cutout => ({
  ...shape,
  data: newVoxels(shape.dataType, product(sizeOf(shape.box)) * shape.channels),
});
