/** Memory for voxels that is used again: allocating a slab per task would leave the old ones to the garbage collector's leisure. */
import { asVoxels, bytesPerVoxel, voxelsIn, type DataType, type VoxelArray } from "../core/data-type.js";
import type { Arena } from "../kernels/arena.js";

/** A buffer this much larger than what is asked for is kept for something larger. */
const mostSlack = 4;

export class VoxelPool {
  readonly #arena: Arena | undefined;
  #free: ArrayBuffer[] = [];

  /** @param arena - taken from first; what it has no room for is allocated */
  constructor(arena?: Arena) {
    this.#arena = arena;
  }

  /** `length` voxels with whatever an earlier use left in them. */
  take(dataType: DataType, length: number): VoxelArray {
    const wanted = length * bytesPerVoxel(dataType);
    const own = this.#arena?.take(wanted);
    if (own) return asVoxels(dataType, own);
    const bytes = Math.max(wanted, 8);
    const fits = (buffer: ArrayBuffer): boolean => buffer.byteLength >= bytes && buffer.byteLength <= bytes * mostSlack;
    const found = this.#free.find(fits);
    // What is a little too small will not be asked for again soon, and would only lie beside the new one.
    this.#free = this.#free.filter(
      (one) => one !== found && (found || one.byteLength >= bytes || one.byteLength * mostSlack < bytes),
    );
    return voxelsIn(found ?? new ArrayBuffer(bytes), dataType, length);
  }

  /** @param voxels - all that `take` gave; must not be used any more */
  give(voxels: VoxelArray): void {
    if (this.#arena?.owns(voxels)) this.#arena.give(voxels);
    else this.#free.push(voxels.buffer as ArrayBuffer); // `take` makes no others
  }
}
