/** Which chunks a job that covers a part of the volume writes: those that lie wholly inside of it. */
import { contains, intersect, type BoundingBox } from "../core/bounding-box.js";
import type { Vec3 } from "../core/vec3.js";
import { alignOutward, type ChunkGrid } from "./chunk-grid.js";
import { footprint } from "./pyramid.js";

/**
 * True when everything of the volume that the chunk covers is in the extent.
 *
 * @param chunk - voxels of its scale
 * @param factor - of that scale from mip 0
 * @param bounds - the volume, mip 0
 * @param extent - the job's part, mip 0
 */
export const isInside = (chunk: BoundingBox, factor: Vec3, bounds: BoundingBox, extent: BoundingBox): boolean =>
  contains(extent, intersect(footprint(chunk, factor), bounds));

/** True when the extent is made of whole chunks of mip 0, the clipped ones at the volume's edge included. */
export function isAligned(extent: BoundingBox, grid: ChunkGrid): boolean {
  const whole = alignOutward(extent, grid);
  return contains(extent, whole) && contains(whole, extent);
}
