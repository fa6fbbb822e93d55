/** Which chunks a job that covers a part of the volume writes: those that lie wholly inside of it. */
import { contains, type BoundingBox } from "../core/bounding-box.js";
import { perAxis } from "../core/vec3.js";
import { alignOutward, gridShape, type ChunkGrid } from "./chunk-grid.js";
import type { GridLevel } from "./task-grid.js";

/**
 * Cells of a scale whose voxels of mip 0, clipped to the volume, are all in the extent.
 *
 * @param level - factor counted from mip 0
 * @param bounds - the volume, mip 0
 * @param extent - the job's part, mip 0
 * @returns half-open box of cells; empty when no chunk of this scale fits
 */
export function insideCells({ grid, factor }: GridLevel, bounds: BoundingBox, extent: BoundingBox): BoundingBox {
  const cells = gridShape(grid);
  const cellAt = (voxel: number, i: 0 | 1 | 2): number => (voxel / factor[i] - grid.bounds.min[i]) / grid.chunkSize[i];
  return {
    min: perAxis((i) => (extent.min[i] <= bounds.min[i] ? 0 : Math.ceil(cellAt(extent.min[i], i)))),
    max: perAxis((i) => (extent.max[i] >= bounds.max[i] ? cells[i] : Math.floor(cellAt(extent.max[i], i)))),
  };
}

/** True when the extent is made of whole chunks of mip 0, the clipped ones at the volume's edge included. */
export function isAligned(extent: BoundingBox, grid: ChunkGrid): boolean {
  const whole = alignOutward(extent, grid);
  return contains(extent, whole) && contains(whole, extent);
}
