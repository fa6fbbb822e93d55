/** What tasks cost, in bytes of uncompressed voxels read: the unit of rate and ETA. Pure. */
import { intersect, volumeOf } from "../core/bounding-box.js";
import { bytesPerVoxel } from "../core/data-type.js";
import { scaledBounds } from "../geometry/pyramid.js";
import { regionOf, taskAt } from "../geometry/task-grid.js";
import { stageGrid, type Plan } from "./plan.js";
import { stageOf } from "./stage-of.js";

/** Reading chunks and averaging, beside reading tiles and writing the finest mip too. */
const coarseShare = 0.5;

/** @returns cost of tasks `[from, to)` of one stage */
export function costOfTasks(plan: Plan): (range: { readonly from: number; readonly to: number }) => number {
  const voxelBytes = plan.channels * bytesPerVoxel(plan.dataType);
  const stages = plan.stages.map((stage, index) => ({
    grid: stageGrid(plan, stage),
    clip: scaledBounds(plan.extent, plan.scales[stage.baseMip]!.factor),
    weight: index === 0 ? voxelBytes : voxelBytes * coarseShare,
    count: stage.count,
  }));
  return ({ from, to }) => {
    if (to <= from) return 0;
    const { stage, index } = stageOf(from, plan.stages);
    const { grid, clip, weight, count } = stages[stage]!;
    if (index === 0 && to - from === count) return volumeOf(clip) * weight;
    let voxels = 0;
    for (let i = index; i < index + to - from; i++)
      voxels += volumeOf(intersect(regionOf(taskAt(i, grid), grid), clip));
    return voxels * weight;
  };
}
