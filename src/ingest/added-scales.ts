/** Scales that `cirrus downsample` adds to a volume which has fewer than are wanted. Pure. */
import { multiply, perAxis, type Vec3 } from "../core/vec3.js";
import { coarserScale } from "../formats/precomputed/scales.js";
import { boundsOf, type VolumeInfo } from "../formats/precomputed/volume-info.js";
import { automaticFactors } from "../geometry/pyramid.js";

/**
 * @param mips - coarser scales that the volume shall have; undefined: those of its info, or, of a volume with one scale only, as many as it
 *   takes until one chunk holds it
 * @returns the same info where it has as many already; new scales have the chunk size and the encoding of mip 0, and are not sharded
 */
export function withCoarserScales(info: VolumeInfo, mips: number | undefined): VolumeInfo {
  const have = info.scales.length - 1;
  const wanted = mips ?? (have > 0 ? have : Infinity);
  if (wanted <= have) return info;
  const [first, last] = [info.scales[0]!, info.scales.at(-1)!];
  const { sharding: _, ...mip0 } = first;
  let total: Vec3 = perAxis((i) => last.resolutionNm[i] / first.resolutionNm[i]);
  const added = automaticFactors(boundsOf(last), last.resolutionNm, first.chunkSize)
    .slice(0, wanted - have)
    .map((factor) => coarserScale(mip0, (total = multiply(total, factor))));
  return { ...info, scales: [...info.scales, ...added] };
}
