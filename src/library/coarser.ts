/** Voxels of a mip out of the next finer one, and the scale that the coarsest one is the finer one of. */
import { boxAt, intersect, type BoundingBox } from "../core/bounding-box.js";
import { CirrusError } from "../core/errors.js";
import { isEqual, multiply, perAxis, type Vec3 } from "../core/vec3.js";
import type { VoxelArray } from "../core/data-type.js";
import { encodingNamed } from "../formats/precomputed/encodings/table.js";
import { coarserScale } from "../formats/precomputed/scales.js";
import { boundsOf, type Scale, type VolumeInfo } from "../formats/precomputed/volume-info.js";
import { downsampleCutout } from "../geometry/downsample/cutout.js";
import { footprint, scaledBounds } from "../geometry/pyramid.js";
import { readBox, type ReadableVolume } from "../volume/read-box.js";

/**
 * @param factor - voxels of the coarsest scale per axis that become one, whole numbers >= 1, not all 1
 * @throws CirrusError `E_USAGE` for another factor; `E_SOURCE_UNSUPPORTED` as `stepTo`
 */
export function nextScale(info: VolumeInfo, factor: Vec3): Scale {
  if (!factor.every((f) => Number.isInteger(f) && f >= 1) || factor.every((f) => f === 1))
    throw new CirrusError("E_USAGE", `the factor ${factor.join(", ")} makes no coarser scale`, {
      hint: "give whole numbers, 1 or more per axis, such as [2, 2, 1]",
    });
  const [first, last] = [info.scales[0]!, info.scales.at(-1)!];
  const { sharding: _, ...mip0 } = first;
  const total = perAxis((i) => last.resolutionNm[i] / first.resolutionNm[i]);
  if (info.scales.length > 1) stepTo(info, info.scales.length - 1);
  return coarserScale(mip0, multiply(total, factor));
}

/**
 * The factor from mip - 1 to `mip`.
 *
 * @throws CirrusError `E_SOURCE_UNSUPPORTED` when the finer mip is lossy, or when the two do not lie on one grid
 */
export function stepTo({ scales }: VolumeInfo, mip: number): Vec3 {
  const [first, fine, coarse] = [scales[0]!, scales[mip - 1]!, scales[mip]!];
  const step = perAxis((i) => coarse.resolutionNm[i] / fine.resolutionNm[i]);
  const total = perAxis((i) => coarse.resolutionNm[i] / first.resolutionNm[i]);
  const expected = scaledBounds(boxAt(first.voxelOffset, first.size), total);
  const bounds = boundsOf(coarse);
  const isOnGrid =
    [...step, ...total].every((f) => Number.isInteger(f) && f >= 1) &&
    isEqual(bounds.min, expected.min) &&
    isEqual(bounds.max, expected.max);
  if (!isOnGrid)
    throw new CirrusError(
      "E_SOURCE_UNSUPPORTED",
      `scale ${coarse.key} is not scale ${fine.key} divided by whole numbers`,
    );
  if (encodingNamed(fine.encoding).isLossy)
    throw new CirrusError(
      "E_SOURCE_UNSUPPORTED",
      `scale ${fine.key} is lossy (${fine.encoding}): coarser mips are never made from lossy chunks`,
      { hint: "write the mip yourself from voxels that were not compressed" },
    );
  return step;
}

/**
 * @param box - at `mip`, inside of its bounds
 * @returns mean of images, mode of segmentations; x fastest, then y, z, channel
 * @throws CirrusError `E_CHUNK_MISSING`, `E_CHUNK_CORRUPT` for chunks of the finer mip
 */
export async function voxelsFromFiner(
  volume: ReadableVolume,
  box: BoundingBox,
  { mip, step }: { readonly mip: number; readonly step: Vec3 },
): Promise<VoxelArray> {
  const fine = intersect(footprint(box, step), boundsOf(volume.info.scales[mip - 1]!));
  const cutout = await readBox(volume, fine, { mip: mip - 1, concurrency: 1 });
  return downsampleCutout(cutout, step, volume.info.type === "image" ? "mean" : "mode").data;
}

/** A box of any mip in mip-0 voxels, outward. */
export function finestFootprint({ scales }: VolumeInfo, box: BoundingBox, mip: number): BoundingBox {
  const [fine, coarse] = [scales[0]!, scales[mip]!];
  const factor = perAxis((i) => coarse.resolutionNm[i] / fine.resolutionNm[i]);
  const whole = {
    min: perAxis((i) => Math.floor(box.min[i] * factor[i])),
    max: perAxis((i) => Math.ceil(box.max[i] * factor[i])),
  };
  return intersect(whole, boundsOf(fine));
}
