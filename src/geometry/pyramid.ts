/** Which scales a volume has, and where each one lies. Scale k is scale 0 divided by F_k on the global grid. */
import { sizeOf, type BoundingBox } from "../core/bounding-box.js";
import { ceilDivide, floorDivide, multiply, ones, perAxis, product, type Vec3 } from "../core/vec3.js";

const mostScales = 32;

/**
 * Factors of the automatic pyramid, one per step: every axis whose resolution is below twice the finest one is halved,
 * until one chunk holds the volume.
 *
 * @param bounds - the volume in voxels of mip 0
 * @param resolutionNm - of mip 0, nm per voxel
 * @returns factors from each scale to the next, each 1 or 2 per axis; empty when one chunk holds mip 0
 */
export function automaticFactors(bounds: BoundingBox, resolutionNm: Vec3, chunkSize: Vec3): Vec3[] {
  const factors: Vec3[] = [];
  let resolution = resolutionNm;
  let box = bounds;
  while (product(ceilDivide(sizeOf(box), chunkSize)) > 1 && factors.length < mostScales) {
    const finest = Math.min(...resolution);
    const factor = perAxis((i) => (resolution[i] < 2 * finest ? 2 : 1));
    factors.push(factor);
    resolution = multiply(resolution, factor);
    box = scaledBounds(box, factor);
  }
  return factors;
}

/** F_k for k = 0..n: products of the first k factors. */
export function totalFactors(factors: readonly Vec3[]): Vec3[] {
  const totals: Vec3[] = [ones];
  for (const factor of factors) totals.push(multiply(totals.at(-1)!, factor));
  return totals;
}

/**
 * Box of a coarser scale: every voxel of it that covers at least one voxel of `bounds`.
 * Nested: dividing by 2 twice is dividing by 4 once.
 */
export const scaledBounds = (bounds: BoundingBox, factor: Vec3): BoundingBox => ({
  min: floorDivide(bounds.min, factor),
  max: ceilDivide(bounds.max, factor),
});

/** Voxels of mip 0 that `box` of a scale covers, before clipping to the volume. */
export const footprint = (box: BoundingBox, factor: Vec3): BoundingBox => ({
  min: multiply(box.min, factor),
  max: multiply(box.max, factor),
});
