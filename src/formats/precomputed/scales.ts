/** The scales of a pyramid on the global grid, as TensorStore makes them. */
import { ceilDivide, add, floorDivide, multiply, subtract, type Vec3 } from "../../core/vec3.js";
import { scaleKey } from "./scale-key.js";
import type { Scale } from "./volume-info.js";

/**
 * Geometry of the scale whose voxels are `totalFactor` voxels of mip 0 wide: offset `floor(o / f)`, end `ceil((o + size) / f)`.
 * With an offset that is no multiple of the factor the first voxel stands for fewer voxels. (cloud-volume drops the last
 * voxel of some odd offsets instead: offset 3, size 130 gives it 65, and 66 here.)
 *
 * @param totalFactor - product of the factors from mip 0 on, whole numbers >= 1
 */
export function scaleAt(
  mip0: Pick<Scale, "size" | "voxelOffset">,
  totalFactor: Vec3,
): { readonly size: Vec3; readonly voxelOffset: Vec3 } {
  const voxelOffset = floorDivide(mip0.voxelOffset, totalFactor);
  const end = ceilDivide(add(mip0.voxelOffset, mip0.size), totalFactor);
  return { voxelOffset, size: subtract(end, voxelOffset) };
}

/** Mip 0 made coarser: geometry, resolution and key are new, chunk size and encoding stay. */
export function coarserScale(mip0: Scale, totalFactor: Vec3): Scale {
  const resolutionNm = multiply(mip0.resolutionNm, totalFactor);
  return { ...mip0, ...scaleAt(mip0, totalFactor), resolutionNm, key: scaleKey(resolutionNm) };
}
