/**
 * Downsampling of one section of one channel, so that a pyramid can be made while sections stream by.
 *
 * The grid is global: voxel i of the coarser scale stands for the voxels of the finer one in `[i*f, (i+1)*f)` that exist, so the
 * result does not depend on how a volume is cut into tasks, and first and last voxels may stand for fewer than `f`.
 *
 * - mean: exact sum / number of existing voxels, half to even (TensorStore's rule); float32 is summed in double, x fastest, then y, z.
 * - mode 2x2x1: COUNTLESS (`a == b || a == c ? a : b == c ? b : d`), absent voxels mirrored.
 * - mode, other factors: the most frequent value; of equally frequent ones the first in x-fastest order.
 */
import { dataTypeOf } from "../../core/data-type.js";
import { CirrusError } from "../../core/errors.js";
import { product } from "../../core/vec3.js";
import { meanInterior, meanWindows } from "./mean.js";
import { modeInterior, modeWindows } from "./mode.js";
import { coverOf, type SectionBox, type SectionJob, type Windows } from "./windows.js";

/**
 * Writes the voxels of `targetBox`, each from those of its voxels that exist.
 *
 * @throws CirrusError `E_GRID_INVALID` when a factor is no whole number >= 1 or their product exceeds 2^20
 * @throws Error when arrays and boxes do not belong together (a fault of the caller)
 */
export function downsampleSection(job: SectionJob): void {
  const windows: Windows = { ...job, dataType: dataTypeOf(job.target) };
  check(windows);
  const { targetBox } = job;
  if (targetBox.x1 <= targetBox.x0 || targetBox.y1 <= targetBox.y0) return;
  const interior = interiorOf(job);
  const done = interior && (job.method === "mean" ? meanInterior : modeInterior)(windows, interior);
  const rest = done ? frameOf(targetBox, interior) : [targetBox];
  for (const box of rest) (job.method === "mean" ? meanWindows : modeWindows)(windows, box);
}

/** Part of the target whose windows lie wholly in the source box; undefined when there is none. */
function interiorOf({ sourceBox, targetBox, factor }: SectionJob): SectionBox | undefined {
  const x0 = Math.max(targetBox.x0, Math.ceil(sourceBox.x0 / factor[0]));
  const y0 = Math.max(targetBox.y0, Math.ceil(sourceBox.y0 / factor[1]));
  const x1 = Math.min(targetBox.x1, Math.floor(sourceBox.x1 / factor[0]));
  const y1 = Math.min(targetBox.y1, Math.floor(sourceBox.y1 / factor[1]));
  return x0 < x1 && y0 < y1 ? { x0, y0, x1, y1 } : undefined;
}

/** The strips around `inner`; some may be empty. */
function frameOf(outer: SectionBox, inner: SectionBox): SectionBox[] {
  return [
    { ...outer, y1: inner.y0 },
    { x0: outer.x0, x1: inner.x0, y0: inner.y0, y1: inner.y1 },
    { x0: inner.x1, x1: outer.x1, y0: inner.y0, y1: inner.y1 },
    { ...outer, y0: inner.y1 },
  ];
}

function check({ dataType, factor, sources, sourceBox, sourceStride, target, targetBox, targetStride }: Windows): void {
  if (!factor.every((f) => Number.isInteger(f) && f >= 1) || product(factor) > 2 ** 20)
    throw new CirrusError(
      "E_GRID_INVALID",
      `downsampling factors must be whole numbers >= 1 with a product up to 2^20, not ${factor.join(", ")}`,
    );
  if (sources.length < 1 || sources.length > factor[2])
    throw new Error(`${sources.length} sections for a factor of ${factor[2]} in z`);
  const cover = coverOf(sourceBox, factor);
  if (targetBox.x0 < cover.x0 || targetBox.y0 < cover.y0 || targetBox.x1 > cover.x1 || targetBox.y1 > cover.y1)
    throw new Error("the target box exceeds what the source box covers");
  for (const section of sources) {
    if (dataTypeOf(section) !== dataType) throw new Error(`a ${dataTypeOf(section)} section for a ${dataType} target`);
    if (section.length < lengthOf(sourceBox, sourceStride)) throw new Error("a section is smaller than its box");
  }
  if (target.length < lengthOf(targetBox, targetStride)) throw new Error("the target is smaller than its box");
}

/** Voxels that a box needs in memory: whole rows but the last. */
function lengthOf(box: SectionBox, stride: number): number {
  if (box.x1 <= box.x0 || box.y1 <= box.y0) return 0;
  if (stride < box.x1 - box.x0) throw new Error("a row stride is smaller than its box");
  const length = (box.y1 - box.y0 - 1) * stride + box.x1 - box.x0;
  if (length >= 2 ** 30) throw new Error("a section of 2^30 voxels and more must be downsampled in parts"); // 32-bit indices, two words a voxel
  return length;
}
