/** Moves voxels between tiles, planes and chunks: the only copies between decoding and encoding. */
import type { DataType, VoxelArray } from "../core/data-type.js";
import type { BoundingBox } from "../core/bounding-box.js";

/** A rectangle of voxels in a plane, half-open, in any one frame of reference. */
export interface PlaneBox {
  readonly x0: number;
  readonly y0: number;
  readonly x1: number;
  readonly y1: number;
}

/** One channel of one section, or of a part of it: x fastest, rows `x1 - x0` long, first voxel at `offset`. */
export interface Plane {
  readonly data: VoxelArray;
  readonly offset: number;
  readonly box: PlaneBox;
}

/**
 * Copies what two planes and `part` share. The target's other voxels keep their values.
 *
 * @param source - box in the frame of the target
 * @param dataType - of the target; every value of the source's type must be one of it
 * @param part - of the source, in the same frame; default all of it
 */
export function pastePlane(source: Plane, target: Plane, dataType: DataType, part: PlaneBox = source.box): void {
  const x0 = Math.max(source.box.x0, target.box.x0, part.x0);
  const x1 = Math.min(source.box.x1, target.box.x1, part.x1);
  const y0 = Math.max(source.box.y0, target.box.y0, part.y0);
  const y1 = Math.min(source.box.y1, target.box.y1, part.y1);
  if (x0 >= x1) return;
  const from = rowStart(source, x0);
  const to = rowStart(target, x0);
  const copyRow = rowCopier(source.data, target.data, dataType);
  for (let y = y0; y < y1; y++) copyRow(from(y), to(y), x1 - x0);
}

/** Fills a part of a plane, for tiles that are replaced by background. */
export function fillPlane(target: Plane, part: PlaneBox, value: number): void {
  const x0 = Math.max(part.x0, target.box.x0);
  const x1 = Math.min(part.x1, target.box.x1);
  if (x0 >= x1) return;
  const to = rowStart(target, x0);
  for (let y = Math.max(part.y0, target.box.y0); y < Math.min(part.y1, target.box.y1); y++)
    fillRow(target.data, value, to(y), x1 - x0);
}

/** Sections `[z0, z1)` of one block of voxels in memory: x fastest, then y, then z, then channel. */
export interface Slab {
  readonly data: VoxelArray;
  readonly box: BoundingBox;
  readonly channels: number;
  /** Voxels from one channel to the next; at least the box's number of voxels. */
  readonly channelStride: number;
}

/**
 * Copies a chunk out of a slab into `target`, contiguous: x fastest, then y, z, channel.
 *
 * @param box - inside of the slab's box
 * @param target - same data type, at least the box's voxels times the channels
 */
export function cutBox(slab: Slab, box: BoundingBox, target: VoxelArray): void {
  const width = box.max[0] - box.min[0];
  const rowLength = slab.box.max[0] - slab.box.min[0];
  const rows = slab.box.max[1] - slab.box.min[1];
  const copyRow = rowCopier(slab.data, target, undefined);
  let to = 0;
  for (let channel = 0; channel < slab.channels; channel++)
    for (let z = box.min[2]; z < box.max[2]; z++) {
      const plane = channel * slab.channelStride + (z - slab.box.min[2]) * rows * rowLength;
      let from = plane + (box.min[1] - slab.box.min[1]) * rowLength + (box.min[0] - slab.box.min[0]);
      for (let y = box.min[1]; y < box.max[1]; y++, from += rowLength, to += width) copyRow(from, to, width);
    }
}

const rowStart = (plane: Plane, x: number) => {
  const stride = plane.box.x1 - plane.box.x0;
  return (y: number) => plane.offset + (y - plane.box.y0) * stride + (x - plane.box.x0);
};

type CopyRow = (from: number, to: number, length: number) => void;

function rowCopier(source: VoxelArray, target: VoxelArray, dataType: DataType | undefined): CopyRow {
  if (source.constructor === target.constructor)
    // The same type on both sides: the union of typed arrays hides that `set` takes it.
    return (from, to, length) => (target as Uint8Array).set((source as Uint8Array).subarray(from, from + length), to);
  if (dataType === "uint64") {
    // BigInt per voxel is slow: write the low words of little-endian pairs. Only unsigned types widen to uint64.
    const words = new Uint32Array(target.buffer, target.byteOffset, target.length * 2);
    return (from, to, length) => {
      for (let i = 0; i < length; i++) {
        words[2 * (to + i)] = (source as Uint32Array)[from + i]!;
        words[2 * (to + i) + 1] = 0;
      }
    };
  }
  return (from, to, length) => (target as Uint8Array).set((source as Uint8Array).subarray(from, from + length), to);
}

function fillRow(data: VoxelArray, value: number, from: number, length: number): void {
  if (data instanceof BigUint64Array) data.fill(BigInt(value), from, from + length);
  else data.fill(value, from, from + length);
}
