/** Half-open boxes of voxels. Which mip they count in is said where they are used. */
import { maximum, minimum, perAxis, product, subtract, type Vec3 } from "./vec3.js";

/** `[min, max)` per axis, in voxels of one stated mip, xyz. */
export interface BoundingBox {
  readonly min: Vec3;
  readonly max: Vec3;
}

/** The box that starts at `min` and is `size` voxels wide per axis. */
export const boxAt = (min: Vec3, size: Vec3): BoundingBox => ({
  min,
  max: perAxis((i) => min[i] + size[i]),
});

/** Width per axis in voxels; negative for a box turned inside out. */
export const sizeOf = (box: BoundingBox): Vec3 => subtract(box.max, box.min);

export const isEmpty = (box: BoundingBox): boolean =>
  box.max[0] <= box.min[0] || box.max[1] <= box.min[1] || box.max[2] <= box.min[2];

/** Number of voxels; 0 for an empty box. */
export const volumeOf = (box: BoundingBox): number => (isEmpty(box) ? 0 : product(sizeOf(box)));

/** Common part; possibly empty (see `isEmpty`). */
export const intersect = (a: BoundingBox, b: BoundingBox): BoundingBox => ({
  min: maximum(a.min, b.min),
  max: minimum(a.max, b.max),
});

/** Smallest box that holds both. */
export const union = (a: BoundingBox, b: BoundingBox): BoundingBox => ({
  min: minimum(a.min, b.min),
  max: maximum(a.max, b.max),
});

/** True when every voxel of `inner` is in `outer`. */
export const contains = (outer: BoundingBox, inner: BoundingBox): boolean =>
  [0, 1, 2].every((i) => outer.min[i]! <= inner.min[i]! && inner.max[i]! <= outer.max[i]!);

/** For people: `x 0:64, y 0:64, z 0:30`. */
export const describeBox = (box: BoundingBox): string =>
  ["x", "y", "z"].map((axis, i) => `${axis} ${box.min[i]}:${box.max[i]}`).join(", ");
