/** A precomputed volume as its `info` tells it, in our words. */
import type { BoundingBox } from "../../core/bounding-box.js";
import { boxAt } from "../../core/bounding-box.js";
import type { DataType } from "../../core/data-type.js";
import { CirrusError } from "../../core/errors.js";
import type { Vec3 } from "../../core/vec3.js";
import type { ChunkGrid } from "../../geometry/chunk-grid.js";

export const volumeTypes = ["image", "segmentation"] as const;
export type VolumeType = (typeof volumeTypes)[number];

/** Every encoding of the format; those that cirrus reads and writes are in encodings/table.ts. */
export const encodingNames = [
  "raw",
  "jpeg",
  "png",
  "compressed_segmentation",
  "compresso",
  "jxl",
  "crackle",
  "fpzip",
  "kempressed",
  "zfpc",
] as const;
export type EncodingName = (typeof encodingNames)[number];

/** `neuroglancer_uint64_sharded_v1`, members as in the file. */
export interface ShardingSpec {
  readonly hash: "identity" | "murmurhash3_x86_128";
  readonly preshiftBits: number;
  readonly minishardBits: number;
  readonly shardBits: number;
  readonly minishardIndexEncoding: "raw" | "gzip";
  readonly dataEncoding: "raw" | "gzip";
}

export interface Scale {
  /** Folder of the chunks, relative to the volume. */
  readonly key: string;
  readonly resolutionNm: Vec3;
  /** Voxels. */
  readonly size: Vec3;
  readonly voxelOffset: Vec3;
  /** The first of the file's `chunk_sizes`; cirrus writes one. */
  readonly chunkSize: Vec3;
  readonly encoding: EncodingName;
  /** 0 to 100, jpeg only. */
  readonly jpegQuality?: number;
  /** 0 to 9, png only. */
  readonly pngLevel?: number;
  /** compressed_segmentation only. */
  readonly blockSize?: Vec3;
  readonly sharding?: ShardingSpec;
  /** True: Neuroglancer does not show this scale. */
  readonly hidden?: boolean;
}

export interface VolumeInfo {
  readonly type: VolumeType;
  readonly dataType: DataType;
  readonly channels: number;
  /** Finest first: the index is the mip. */
  readonly scales: readonly Scale[];
}

/** What of the scale's voxels exists. */
export const boundsOf = (scale: Scale): BoundingBox => boxAt(scale.voxelOffset, scale.size);

export const gridOf = (scale: Scale): ChunkGrid => ({ bounds: boundsOf(scale), chunkSize: scale.chunkSize });

/** @throws CirrusError `E_SCALE_UNKNOWN` */
export function scaleOf(info: VolumeInfo, mip: number): Scale {
  const scale = info.scales[mip];
  if (scale) return scale;
  const keys = info.scales.map(({ key }, i) => `${i} (${key})`).join(", ");
  throw new CirrusError("E_SCALE_UNKNOWN", `this volume has no mip ${mip}; it has ${keys}`, { context: { mip } });
}
