/**
 * Names of chunks: `<scale key>/<x0>-<x1>_<y0>-<y1>_<z0>-<z1>`, absolute voxels of the scale, clipped to its bounds.
 *
 * @see https://github.com/google/neuroglancer/blob/master/src/datasource/precomputed/volume.md "Unsharded chunk storage"
 */
import type { BoundingBox } from "../../core/bounding-box.js";

/** `0-64_-10-54_100-120` */
export const chunkName = ({ min, max }: BoundingBox): string =>
  `${min[0]}-${max[0]}_${min[1]}-${max[1]}_${min[2]}-${max[2]}`;

export const chunkKey = (scaleKey: string, box: BoundingBox): string => `${scaleKey}/${chunkName(box)}`;

const integer = "(-?(?:0|[1-9]\\d*))";
const pattern = new RegExp(`^${integer}-${integer}_${integer}-${integer}_${integer}-${integer}$`);

/** The box that a chunk's name states; undefined for any other name (suffixes too). */
export function parseChunkName(name: string): BoundingBox | undefined {
  const found = pattern.exec(name);
  if (!found) return undefined;
  const [x0, x1, y0, y1, z0, z1] = found.slice(1).map(Number) as [number, number, number, number, number, number];
  return { min: [x0, y0, z0], max: [x1, y1, z1] };
}
