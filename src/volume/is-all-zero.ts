/** Whether a chunk holds nothing. */
import { asBytes, type VoxelArray } from "../core/data-type.js";

const zeros = Buffer.alloc(64 * 1024);

/** By comparing memory, 64 KiB at a time: a chunk that holds something is known at once. -0 of float32 is something. */
export function isAllZero(voxels: VoxelArray): boolean {
  const bytes = asBytes(voxels);
  for (let at = 0; at < bytes.length; at += zeros.length) {
    const stop = Math.min(at + zeros.length, bytes.length);
    if (zeros.compare(bytes, at, stop, 0, stop - at) !== 0) return false;
  }
  return true;
}
