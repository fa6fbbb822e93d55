/** A chunk as one image: voxel i is pixel i, row by row, and channels are the components of a pixel. */
import { CirrusError } from "../../../core/errors.js";
import type { VoxelArray } from "../../../core/data-type.js";
import { product, type Vec3 } from "../../../core/vec3.js";

export interface ImageSize {
  readonly width: number;
  readonly height: number;
}

/**
 * Width and height whose product is the number of voxels, neither above `most`: x by y*z as cloud-volume writes it, else x*y by z,
 * else the most square one that divides. Readers only look at the product.
 *
 * @throws CirrusError `E_ENCODING_UNSUPPORTED` when no two such numbers exist
 */
export function imageSizeOf(size: Vec3, most: number): ImageSize {
  const [x, y, z] = size;
  for (const [width, height] of [
    [x, y * z],
    [x * y, z],
  ] as const)
    if (width <= most && height <= most) return { width, height };
  const voxels = product(size);
  for (let height = Math.floor(Math.sqrt(voxels)); height >= voxels / most; height--)
    if (voxels % height === 0) return { width: voxels / height, height };
  throw new CirrusError(
    "E_ENCODING_UNSUPPORTED",
    `a chunk of ${size.join(" x ")} voxels fits no image with sides up to ${most} pixels`,
    { hint: "choose a smaller chunk size, or another encoding" },
  );
}

type Pixels = Uint8Array | Uint16Array;

/** Planes one after another to components side by side; one plane is returned as it is. */
export function interleave<T extends Pixels>(planes: T, channels: number): T {
  if (channels === 1) return planes;
  const pixels = planes.slice() as T; // of the same type, as slice gives
  const count = planes.length / channels;
  for (let channel = 0; channel < channels; channel++)
    for (let i = 0, from = channel * count; i < count; i++) pixels[i * channels + channel] = planes[from + i]!;
  return pixels;
}

/** The reverse of `interleave`. */
export function separate<T extends Pixels>(pixels: T, channels: number): T {
  if (channels === 1) return pixels;
  const planes = pixels.slice() as T; // of the same type, as slice gives
  const count = pixels.length / channels;
  for (let channel = 0; channel < channels; channel++)
    for (let i = 0, to = channel * count; i < count; i++) planes[to + i] = pixels[i * channels + channel]!;
  return planes;
}

/** VoxelArray is a union: this tells the compiler what the data type said. */
export const asBytePixels = (voxels: VoxelArray): Uint8Array => {
  if (!(voxels instanceof Uint8Array)) throw new Error("an image of bytes needs uint8 voxels");
  return voxels;
};
