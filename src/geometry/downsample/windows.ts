/** The words of section-wise downsampling: boxes of one section, the job, and where a target voxel's window is. */
import type { DataType, VoxelArray } from "../../core/data-type.js";
import type { Vec3 } from "../../core/vec3.js";

export type DownsampleMethod = "mean" | "mode";

/** `[x0, x1) x [y0, y1)` in voxels of one mip. */
export interface SectionBox {
  readonly x0: number;
  readonly y0: number;
  readonly x1: number;
  readonly y1: number;
}

export interface SectionJob {
  readonly method: DownsampleMethod;
  /** Whole numbers >= 1; their product at most 2^20, so that sums stay exact. */
  readonly factor: Vec3;
  /** The 1..factor[2] sections that exist below the target section, in z order; voxel (x, y) at `(y - y0) * sourceStride + x - x0`. */
  readonly sources: readonly VoxelArray[];
  /** What of the finer scale exists, in its voxels. */
  readonly sourceBox: SectionBox;
  /** Voxels from one row to the next. */
  readonly sourceStride: number;
  /** Same type as the sources; voxel (x, y) at `(y - y0) * targetStride + x - x0` of `targetBox`. */
  readonly target: VoxelArray;
  /** Voxels to make, inside of `coverOf(sourceBox, factor)`. */
  readonly targetBox: SectionBox;
  readonly targetStride: number;
}

/** A job with its data type; what the loops take. */
export interface Windows extends SectionJob {
  readonly dataType: DataType;
}

/** Voxels of the coarser scale that have at least one voxel in `box`. */
export const coverOf = (box: SectionBox, factor: Vec3): SectionBox => ({
  x0: Math.floor(box.x0 / factor[0]),
  y0: Math.floor(box.y0 / factor[1]),
  x1: Math.ceil(box.x1 / factor[0]),
  y1: Math.ceil(box.y1 / factor[1]),
});

/** First existing voxel of window `index` on an axis, counted from `low`, the start of what exists. */
export const windowStart = (index: number, factor: number, low: number): number => Math.max(index * factor, low) - low;

/** End of the existing voxels of window `index` on an axis, counted from `low`. */
export const windowStop = (index: number, factor: number, low: number, high: number): number =>
  Math.min((index + 1) * factor, high) - low;

export const targetIndex = ({ targetBox, targetStride }: SectionJob, x: number, y: number): number =>
  (y - targetBox.y0) * targetStride + x - targetBox.x0;

/** Where the loops over whole 2x2 windows run: indices into the arrays, in voxels. */
export interface Block {
  /** Upper left source voxel. */
  readonly from: number;
  readonly stride: number;
  /** First target voxel. */
  readonly to: number;
  readonly targetStride: number;
  /** Target voxels per row, and rows. */
  readonly width: number;
  readonly height: number;
}

export const blockOf = (job: SectionJob, box: SectionBox): Block => ({
  from: (box.y0 * 2 - job.sourceBox.y0) * job.sourceStride + box.x0 * 2 - job.sourceBox.x0,
  stride: job.sourceStride,
  to: targetIndex(job, box.x0, box.y0),
  targetStride: job.targetStride,
  width: box.x1 - box.x0,
  height: box.y1 - box.y0,
});
