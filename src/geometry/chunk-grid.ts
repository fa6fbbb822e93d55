/** The grid of chunks of one scale: it starts at `voxel_offset`, and its last chunks are clipped to the volume. */
import { boxAt, intersect, isEmpty, type BoundingBox } from "../core/bounding-box.js";
import { ceilDivide, floorDivide, perAxis, subtract, type Vec3 } from "../core/vec3.js";

export interface ChunkGrid {
  /** The scale's box in its own voxels: `voxel_offset` and `voxel_offset + size`. */
  readonly bounds: BoundingBox;
  readonly chunkSize: Vec3;
}

/** The unit of storage. */
export interface Chunk {
  /** Position in the grid, from 0,0,0. */
  readonly cell: Vec3;
  /** Voxels of the grid's scale, clipped to its bounds. */
  readonly box: BoundingBox;
}

/** Cells per axis, each >= 1 for a volume that is not empty. */
export const gridShape = (grid: ChunkGrid): Vec3 =>
  ceilDivide(subtract(grid.bounds.max, grid.bounds.min), grid.chunkSize);

/** The chunk at `cell`; its box is empty when the cell is outside of the grid. */
export function chunkAt(cell: Vec3, grid: ChunkGrid): Chunk {
  const min = perAxis((i) => grid.bounds.min[i] + cell[i] * grid.chunkSize[i]);
  return { cell, box: intersect(boxAt(min, grid.chunkSize), grid.bounds) };
}

/** Cells that `box` touches, half-open and clipped to the grid; empty for an empty box. */
export function cellsTouching(box: BoundingBox, grid: ChunkGrid): BoundingBox {
  const clipped = intersect(box, grid.bounds);
  if (isEmpty(clipped)) return { min: [0, 0, 0], max: [0, 0, 0] };
  return {
    min: floorDivide(subtract(clipped.min, grid.bounds.min), grid.chunkSize),
    max: ceilDivide(subtract(clipped.max, grid.bounds.min), grid.chunkSize),
  };
}

/** Chunks of a half-open box of cells, x fastest, z slowest. */
export function* chunksOf(cells: BoundingBox, grid: ChunkGrid): Generator<Chunk> {
  for (let z = cells.min[2]; z < cells.max[2]; z++)
    for (let y = cells.min[1]; y < cells.max[1]; y++)
      for (let x = cells.min[0]; x < cells.max[0]; x++) yield chunkAt([x, y, z], grid);
}

/** Chunks that `box` touches, z slowest. Empty for an empty box. */
export const chunksIn = (box: BoundingBox, grid: ChunkGrid): Generator<Chunk> =>
  chunksOf(cellsTouching(box, grid), grid);

/**
 * Grows `box` to whole chunks, clipped to the grid's bounds.
 *
 * @param box - voxels of the grid's scale; must touch the bounds
 */
export function alignOutward(box: BoundingBox, grid: ChunkGrid): BoundingBox {
  return voxelsOfCells(cellsTouching(box, grid), grid);
}

/** Voxels of a box of cells, clipped to the grid's bounds. */
export function voxelsOfCells(cells: BoundingBox, grid: ChunkGrid): BoundingBox {
  const at = (cell: Vec3): Vec3 => perAxis((i) => grid.bounds.min[i] + cell[i] * grid.chunkSize[i]);
  return intersect({ min: at(cells.min), max: at(cells.max) }, grid.bounds);
}
