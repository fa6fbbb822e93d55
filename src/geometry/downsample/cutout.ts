/** Downsampling of a whole cutout: the simple form for boxes that fit into memory. */
import { newCutout, type Cutout } from "../../core/cutout.js";
import { sizeOf } from "../../core/bounding-box.js";
import { ceilDivide, floorDivide, type Vec3 } from "../../core/vec3.js";
import type { VoxelArray } from "../../core/data-type.js";
import { downsampleSection } from "./section.js";
import type { DownsampleMethod } from "./windows.js";

/**
 * The next coarser mip of everything in `cutout`, which is taken to be all that exists; cut it to the volume before.
 *
 * @param factor - voxels per axis that become one, each >= 1
 * @returns box `[floor(min / f), ceil(max / f))` at mip + 1
 * @throws CirrusError `E_GRID_INVALID`, see `downsampleSection`
 */
export function downsampleCutout(cutout: Cutout, factor: Vec3, method: DownsampleMethod): Cutout {
  const coarse = newCutout({
    ...cutout,
    mip: cutout.mip + 1,
    box: { min: floorDivide(cutout.box.min, factor), max: ceilDivide(cutout.box.max, factor) },
  });
  const [nx, ny, nz] = sizeOf(cutout.box);
  const [cx, cy, cz] = sizeOf(coarse.box);
  const section = (of: Cutout, index: number, length: number): VoxelArray =>
    of.data.subarray(index * length, (index + 1) * length);
  for (let channel = 0; channel < cutout.channels; channel++)
    for (let z = 0; z < cz; z++) {
      const first = Math.max((coarse.box.min[2] + z) * factor[2], cutout.box.min[2]) - cutout.box.min[2];
      const stop = Math.min((coarse.box.min[2] + z + 1) * factor[2], cutout.box.max[2]) - cutout.box.min[2];
      const sources = Array.from({ length: stop - first }, (_, i) =>
        section(cutout, channel * nz + first + i, nx * ny),
      );
      downsampleSection({
        method,
        factor,
        sources,
        sourceBox: flat(cutout),
        sourceStride: nx,
        target: section(coarse, channel * cz + z, cx * cy),
        targetBox: flat(coarse),
        targetStride: cx,
      });
    }
  return coarse;
}

const flat = ({ box }: Cutout) => ({ x0: box.min[0], y0: box.min[1], x1: box.max[0], y1: box.max[1] });
