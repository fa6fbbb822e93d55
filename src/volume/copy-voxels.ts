/** Copies a box of voxels from one cutout to another. */
import type { BoundingBox } from "../core/bounding-box.js";
import type { Cutout } from "../core/cutout.js";
import { pastePlane, type Plane } from "../geometry/paste.js";

/** @param box - inside of both, which have the same type and channels */
export function copyVoxels(from: Cutout, to: Cutout, box: BoundingBox): void {
  const part = { x0: box.min[0], y0: box.min[1], x1: box.max[0], y1: box.max[1] };
  for (let channel = 0; channel < to.channels; channel++)
    for (let z = box.min[2]; z < box.max[2]; z++)
      pastePlane(planeOf(from, z, channel), planeOf(to, z, channel), to.dataType, part);
}

function planeOf({ data, box }: Cutout, z: number, channel: number): Plane {
  const [x0, y0, z0] = box.min;
  const [x1, y1, z1] = box.max;
  const section = (x1 - x0) * (y1 - y0);
  return { data, offset: (channel * (z1 - z0) + z - z0) * section, box: { x0, y0, x1, y1 } };
}
