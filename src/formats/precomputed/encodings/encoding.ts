/** What a chunk encoding is. One file per encoding in this folder, one line in table.ts. */
import { bytesPerVoxel, type DataType, type VoxelArray } from "../../../core/data-type.js";
import { CirrusError } from "../../../core/errors.js";
import { product, type Vec3 } from "../../../core/vec3.js";
import type { EncodingName } from "../volume-info.js";

/** Voxels of a chunk, clipped to the volume: x fastest, then y, z, channel. */
export interface ChunkShape {
  readonly dataType: DataType;
  readonly size: Vec3;
  readonly channels: number;
}

/** Members of the scale that change the bytes of new chunks. */
export interface EncodingOptions {
  /** 1 to 100. */
  readonly jpegQuality?: number;
  /** 0 to 9. */
  readonly pngLevel?: number;
  /** compressed_segmentation: voxels of a block. */
  readonly blockSize?: Vec3;
}

export interface ChunkEncoding {
  readonly name: EncodingName;
  /** True when decoding may give other voxels than were encoded. */
  readonly isLossy: boolean;
  /** True when gzip on top would be wasted. */
  readonly isCompressed: boolean;
  /** Why cirrus does not write such voxels in this encoding; undefined when it does. */
  refuses(voxels: Pick<ChunkShape, "dataType" | "channels">): string | undefined;
  /** What the one who chooses this encoding should know; undefined when there is nothing. */
  cautions?(voxels: Pick<ChunkShape, "dataType" | "channels">): string | undefined;
  /**
   * May return the memory of `voxels` itself, or of the arena, to be given back.
   *
   * @param voxels - exactly the shape's number of voxels
   * @throws CirrusError `E_ENCODING_UNSUPPORTED` when the shape has no such form
   */
  encode(voxels: VoxelArray, shape: ChunkShape, options: EncodingOptions): Uint8Array | Promise<Uint8Array>;
  /**
   * May return the memory of `bytes` itself.
   *
   * @throws CirrusError `E_CHUNK_CORRUPT` when the bytes are cut off, altered (where the encoding can tell) or of another shape
   */
  decode(bytes: Uint8Array, shape: ChunkShape, options?: EncodingOptions): Promise<VoxelArray>;
}

export const voxelsOf = (shape: ChunkShape): number => product(shape.size) * shape.channels;

export const byteLengthOf = (shape: ChunkShape): number => voxelsOf(shape) * bytesPerVoxel(shape.dataType);

/** No intact chunk decompresses to more: noise makes every form but raw a little larger than the voxels. */
export const mostEncodedBytes = ({ name }: ChunkEncoding, shape: ChunkShape): number =>
  name === "raw" ? byteLengthOf(shape) : 2 * byteLengthOf(shape) + 2 ** 16;

export const corruptChunk = (what: string, cause?: unknown): CirrusError =>
  new CirrusError("E_CHUNK_CORRUPT", what, { cause });

/** @throws Error (a fault of the caller) when array and shape do not belong together */
export function checkLength(voxels: VoxelArray, shape: ChunkShape): void {
  if (voxels.length !== voxelsOf(shape) || voxels.byteLength !== byteLengthOf(shape))
    throw new Error(
      `${voxels.length} voxels for a ${shape.dataType} chunk of ${shape.size.join(" x ")} x ${shape.channels}`,
    );
}

/** A Buffer as what it is elsewhere: its `slice` shares memory, that of a Uint8Array copies. */
export const asPlainBytes = ({ buffer, byteOffset, byteLength }: Uint8Array): Uint8Array =>
  new Uint8Array(buffer, byteOffset, byteLength);
