/** Which chunks a task writes, told from the plan alone. Pure. */
import { intersect, isEmpty, type BoundingBox } from "../core/bounding-box.js";
import { chunksOf } from "../geometry/chunk-grid.js";
import { ownedCells, taskAt } from "../geometry/task-grid.js";
import { cellsOfJob, stageGrid, type Plan } from "./plan.js";
import { stageOf } from "./stage-of.js";

export interface OwnedChunk {
  readonly mip: number;
  /** Voxels of that mip. */
  readonly box: BoundingBox;
}

/**
 * @param readsTiles - false for `downsample`, whose first stage reads chunks too
 * @returns chunks of a task, mip by mip; the base mip of a stage that reads chunks is not its own
 */
export function ownedChunks(plan: Plan, readsTiles: boolean): (task: number) => Generator<OwnedChunk> {
  const cells = cellsOfJob(plan);
  const grids = plan.stages.map((stage) => stageGrid(plan, stage));
  return function* (task) {
    const { stage, index } = stageOf(task, plan.stages);
    const grid = grids[stage]!;
    const position = taskAt(index, grid);
    for (const level of grid.levels) {
      const isRead = level.mip === plan.stages[stage]!.baseMip && !(readsTiles && stage === 0);
      if (isRead) continue;
      const own = intersect(ownedCells(position, grid, level), cells[level.mip]!);
      if (!isEmpty(own)) for (const { box } of chunksOf(own, level.grid)) yield { mip: level.mip, box };
    }
  };
}
