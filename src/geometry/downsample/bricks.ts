/**
 * 2x2x1 and 2x2x2 means of bytes, and 2x2x1 modes of anything, from the bricks of one mip into those of the next, where they are: for slabs in
 * the kernels' memory whose chunks end on even voxels. Everything else goes through planes (section.ts), with the same result.
 */
import { bytesPerVoxel } from "../../core/data-type.js";
import type { Vec3 } from "../../core/vec3.js";
import { addressOf } from "../../kernels/arena.js";
import { loadKernels } from "../../kernels/kernels.js";
import type { BrickSlab } from "../brick-slab.js";
import type { Plane } from "../paste.js";
import type { DownsampleMethod } from "./windows.js";

export interface BrickJob {
  readonly method: DownsampleMethod;
  readonly from: BrickSlab;
  /** The sections of `from` that belong to the target. */
  readonly sections: readonly number[];
  readonly to: BrickSlab;
  readonly target: number;
  readonly channel: number;
  readonly step: Vec3;
}

/** @returns false, with nothing written, when this is no job for the kernels */
export function downsampleBricks({ method, from, sections, to, target, channel, step }: BrickJob): boolean {
  const { dataType } = from.spec;
  const isMean = method === "mean";
  const kernels = !isMean || dataType === "uint8" ? loadKernels() : undefined;
  const fits = step[0] === 2 && step[1] === 2 && sections.length === step[2] && sections.length <= (isMean ? 2 : 1);
  if (!kernels || !fits) return false;
  const targets = [...to.section(target, channel).pieces()];
  const source = from.piece(from.columns[0]!, from.rows[0]!, { z: sections[0]!, channel }).data;
  const [base, targetBase] = [addressOf(source), targets[0] && addressOf(targets[0].data)];
  if (base === undefined || targetBase === undefined || !isEven(from)) return false;
  const voxelBytes = bytesPerVoxel(dataType);
  const jobs: { a: number; b: number; piece: Plane; into: Plane }[] = [];
  for (const row of from.rows)
    for (const column of from.columns) {
      const [piece, second] = sections.map((z) => from.piece(column, row, { z, channel }));
      const into = targets.find(({ box }) => covers(box, piece!.box));
      if (!into) return false;
      jobs.push({
        a: base + piece!.offset * voxelBytes,
        b: second ? base + second.offset * voxelBytes : 0,
        piece: piece!,
        into,
      });
    }
  for (const { a, b, piece, into } of jobs) {
    const width = (piece.box.x1 - piece.box.x0) / 2;
    const height = (piece.box.y1 - piece.box.y0) / 2;
    const stride = into.box.x1 - into.box.x0;
    const at = (piece.box.y0 / 2 - into.box.y0) * stride + piece.box.x0 / 2 - into.box.x0;
    const place = targetBase + (into.offset + at) * voxelBytes;
    if (isMean) kernels.meanBytes(a, b, 2 * width, place, stride, width, height);
    else kernels.modeOfSquares(voxelBytes, a, 2 * width * voxelBytes, place, stride * voxelBytes, width, height);
  }
  return true;
}

/** Every cut lies on an even voxel, so that no window crosses one. */
const isEven = ({ columns, rows }: BrickSlab): boolean =>
  [...columns, ...rows].every(({ from, to }) => from % 2 === 0 && to % 2 === 0);

const covers = (target: Plane["box"], source: Plane["box"]): boolean =>
  target.x0 <= source.x0 / 2 && target.x1 >= source.x1 / 2 && target.y0 <= source.y0 / 2 && target.y1 >= source.y1 / 2;
