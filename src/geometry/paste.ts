/** Moves voxels between tiles, planes and bricks: the only copies between decoding and encoding. */
import type { DataType, VoxelArray } from "../core/data-type.js";
import { rectCopier, type Rect } from "./copy-rect.js";

/** A rectangle of voxels in a plane, half-open, in any one frame of reference. */
export interface PlaneBox {
  readonly x0: number;
  readonly y0: number;
  readonly x1: number;
  readonly y1: number;
}

/** One channel of one section, or of a part of it: x fastest, first voxel at `offset`. */
export interface Plane {
  readonly data: VoxelArray;
  readonly offset: number;
  readonly box: PlaneBox;
  /** Voxels from one row to the next; default `x1 - x0`. */
  readonly stride?: number;
}

/** One channel of one section that takes voxels, however it lies in memory. */
export interface PlaneTarget {
  readonly box: PlaneBox;
  /**
   * Copies what the plane and `part` share with it; other voxels keep their values.
   *
   * @param source - box in the frame of the target; every value of its type must be one of the target's
   */
  paste(source: Plane, part?: PlaneBox): void;
  fill(part: PlaneBox, value: number): void;
}

/**
 * Copies what two planes and `part` share. The target's other voxels keep their values.
 *
 * @param source - box in the frame of the target
 * @param dataType - of the target; every value of the source's type must be one of it
 * @param part - of the source, in the same frame; default all of it
 */
export function pastePlane(source: Plane, target: Plane, dataType: DataType, part: PlaneBox = source.box): void {
  planePaster(source.data, target.data, dataType)(source, target, part);
}

/** A plane as a target. */
export const planeTarget = (plane: Plane, dataType: DataType): PlaneTarget => ({
  box: plane.box,
  paste: (source, part) => pastePlane(source, plane, dataType, part),
  fill: (part, value) => fillPlane(plane, part, value),
});

/** `pastePlane` for many planes of the same two arrays. */
export function planePaster(
  from: VoxelArray,
  to: VoxelArray,
  dataType: DataType,
): (source: Plane, target: Plane, part: PlaneBox) => void {
  const copy =
    from.constructor === to.constructor ? rectCopier(from, to) : (rect: Rect) => widenRect(from, to, dataType, rect);
  return (source, target, part) => {
    const x0 = Math.max(source.box.x0, target.box.x0, part.x0);
    const x1 = Math.min(source.box.x1, target.box.x1, part.x1);
    const y0 = Math.max(source.box.y0, target.box.y0, part.y0);
    const y1 = Math.min(source.box.y1, target.box.y1, part.y1);
    if (x0 >= x1 || y0 >= y1) return;
    copy({
      from: indexOf(source, x0, y0),
      fromStride: strideOf(source),
      to: indexOf(target, x0, y0),
      toStride: strideOf(target),
      width: x1 - x0,
      height: y1 - y0,
    });
  };
}

/** Fills a part of a plane, for tiles that are replaced by background. */
export function fillPlane(target: Plane, part: PlaneBox, value: number): void {
  const x0 = Math.max(part.x0, target.box.x0);
  const x1 = Math.min(part.x1, target.box.x1);
  if (x0 >= x1) return;
  for (let y = Math.max(part.y0, target.box.y0); y < Math.min(part.y1, target.box.y1); y++)
    fillRow(target.data, value, indexOf(target, x0, y), x1 - x0);
}

const strideOf = ({ box, stride = box.x1 - box.x0 }: Plane): number => stride;

const indexOf = (plane: Plane, x: number, y: number): number =>
  plane.offset + (y - plane.box.y0) * strideOf(plane) + (x - plane.box.x0);

/** Every value of the source's type is one of the target's. */
function widenRect(source: VoxelArray, target: VoxelArray, dataType: DataType, rect: Rect): void {
  const { from, fromStride, to, toStride, width, height } = rect;
  // BigInt per voxel is slow: the low words of little-endian pairs are written. Only unsigned types widen to uint64.
  const words =
    dataType === "uint64" ? new Uint32Array(target.buffer, target.byteOffset, target.length * 2) : undefined;
  for (let row = 0; row < height; row++) {
    const start = from + row * fromStride;
    const place = to + row * toStride;
    // Types differ, so `set` converts number by number; the union of typed arrays hides that it may.
    if (!words) (target as Uint8Array).set((source as Uint8Array).subarray(start, start + width), place);
    else
      for (let i = 0; i < width; i++) {
        words[2 * (place + i)] = (source as Uint32Array)[start + i]!;
        words[2 * (place + i) + 1] = 0;
      }
  }
}

function fillRow(data: VoxelArray, value: number, from: number, length: number): void {
  if (data instanceof BigUint64Array) data.fill(BigInt(value), from, from + length);
  else data.fill(value, from, from + length);
}
