/**
 * Cuts a range of mips into tasks that own whole chunks of every one of them.
 *
 * Per axis, with C the chunk size, o_k the offset of scale k and F_k the factor from the base mip to mip k: task t owns the cells
 * `[t S / F_k, (t + 1) S / F_k)` of scale k, where the span S (base cells) is a multiple of F_n of the top mip n. So whole chunks
 * are written at every mip without read-modify-write. Where o_0 is no multiple of F_n the coarse chunks begin below the
 * task's own base chunks, by o_0 mod F_n voxels, which the task reads too.
 */
import { intersect, isEmpty, type BoundingBox } from "../core/bounding-box.js";
import { ceilDivide, floorDivide, maximum, perAxis, product, subtract, type Vec3 } from "../core/vec3.js";
import { cellsTouching, gridShape, type ChunkGrid } from "./chunk-grid.js";
import { scaledBounds } from "./pyramid.js";

/** One mip of a block: its grid and its factor from the base mip. */
export interface GridLevel {
  readonly mip: number;
  readonly grid: ChunkGrid;
  /** F_k, from the base mip of the task grid; 1,1,1 for the base itself. */
  readonly factor: Vec3;
}

export interface TaskGrid {
  /** From the base mip (factor 1,1,1) to the top mip. */
  readonly levels: readonly GridLevel[];
  /** S: chunks of the base mip per task and axis; a multiple of the top level's factor. */
  readonly span: Vec3;
  /** Tasks that there are, `[min, max)` per axis: all of the volume, or those that a part of it touches. */
  readonly tasks: BoundingBox;
}

/** Every task of the whole volume. */
export function tasksOf(levels: readonly GridLevel[], span: Vec3): BoundingBox {
  let max: Vec3 = [0, 0, 0];
  for (const { grid, factor } of levels) max = maximum(max, ceilDivide(gridShape(grid), cellsPerTask(span, factor)));
  return { min: [0, 0, 0], max };
}

/**
 * Tasks that own a chunk which touches `extent`.
 *
 * @param extent - voxels of the base mip
 */
export function tasksTouching(extent: BoundingBox, levels: readonly GridLevel[], span: Vec3): BoundingBox {
  let found: BoundingBox | undefined;
  for (const { grid, factor } of levels) {
    const cells = cellsTouching(scaledBounds(extent, factor), grid);
    if (isEmpty(cells)) continue;
    const perTask = cellsPerTask(span, factor);
    const tasks = { min: floorDivide(cells.min, perTask), max: ceilDivide(cells.max, perTask) };
    found = found
      ? { min: perAxis((i) => Math.min(found!.min[i], tasks.min[i])), max: maximum(found.max, tasks.max) }
      : tasks;
  }
  return found ?? { min: [0, 0, 0], max: [0, 0, 0] };
}

export const taskCount = (grid: TaskGrid): number => product(subtract(grid.tasks.max, grid.tasks.min));

/** Position of task number `index` (x fastest) in the grid. */
export function taskAt(index: number, grid: TaskGrid): Vec3 {
  const [nx, ny] = subtract(grid.tasks.max, grid.tasks.min);
  return [
    grid.tasks.min[0] + (index % nx),
    grid.tasks.min[1] + (Math.floor(index / nx) % ny),
    grid.tasks.min[2] + Math.floor(index / (nx * ny)),
  ];
}

/** Cells of a level that a task owns, clipped to the level's grid; empty where the grid is smaller. */
export function ownedCells(task: Vec3, grid: TaskGrid, level: GridLevel): BoundingBox {
  const perTask = cellsPerTask(grid.span, level.factor);
  const all = { min: [0, 0, 0] as Vec3, max: gridShape(level.grid) };
  return intersect({ min: perAxis((i) => task[i] * perTask[i]), max: perAxis((i) => (task[i] + 1) * perTask[i]) }, all);
}

/** Voxels of the base mip that a task reads: its own chunks and what its coarse chunks cover below them. */
export function regionOf(task: Vec3, grid: TaskGrid): BoundingBox {
  const { bounds, chunkSize } = grid.levels[0]!.grid;
  const top = grid.levels.at(-1)!.factor;
  const min = perAxis((i) => {
    const below = ((bounds.min[i] % top[i]) + top[i]) % top[i];
    return bounds.min[i] + task[i] * grid.span[i] * chunkSize[i] - below;
  });
  const max = perAxis((i) => bounds.min[i] + (task[i] + 1) * grid.span[i] * chunkSize[i]);
  return intersect({ min, max }, bounds);
}

const cellsPerTask = (span: Vec3, factor: Vec3): Vec3 => perAxis((i) => span[i] / factor[i]);
