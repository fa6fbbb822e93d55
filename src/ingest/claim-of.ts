/** What a job may write, as its start event claims it. Pure. */
import { volumeOf, type BoundingBox } from "../core/bounding-box.js";
import { cellsOfJob, type Plan } from "./plan.js";

/** The job's part in voxels of mip 0, and the mips of which it writes a chunk at least. */
export function claimOf(plan: Plan): { readonly extent: BoundingBox; readonly mips: number[] } {
  const cells = cellsOfJob(plan);
  return { extent: plan.extent, mips: [...plan.scales.keys()].filter((mip) => volumeOf(cells[mip]!) > 0) };
}
