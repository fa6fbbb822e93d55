/** What a new volume is to be, as a user of the library says it. */
import { multiply, ones, zeros, type Vec3 } from "../core/vec3.js";
import type { DataType } from "../core/data-type.js";
import { defaultBlockSize } from "../formats/precomputed/encodings/compressed_segmentation.js";
import { scaleKey } from "../formats/precomputed/scale-key.js";
import { coarserScale } from "../formats/precomputed/scales.js";
import type { Scale, VolumeInfo, VolumeType } from "../formats/precomputed/volume-info.js";
import { checkNewVolume } from "../volume/check-new-volume.js";

export interface VolumeSpec {
  readonly type: VolumeType;
  readonly dataType: DataType;
  /** Default 1. */
  readonly channels?: number;
  /** Voxels of mip 0. */
  readonly size: Vec3;
  /** Of a voxel of mip 0. */
  readonly resolutionNm: Vec3;
  /** First voxel, default 0, 0, 0. */
  readonly voxelOffset?: Vec3;
  /** Default 64, 64, 64. */
  readonly chunkSize?: Vec3;
  /** Default raw. */
  readonly encoding?: "raw" | "jpeg" | "png" | "compressed_segmentation";
  /** 1 to 100; jpeg only. */
  readonly jpegQuality?: number;
  /** From each mip to the next: `[[2, 2, 1], [2, 2, 2]]` gives three mips. Default: mip 0 only. */
  readonly factors?: readonly Vec3[];
}

/** @throws CirrusError `E_VOLUME_INVALID` naming the rule that is broken, `E_ENCODING_UNSUPPORTED` with the reason */
export function infoFromSpec(spec: VolumeSpec): VolumeInfo {
  const { encoding = "raw", channels = 1 } = spec;
  const mip0: Scale = {
    key: scaleKey(spec.resolutionNm),
    resolutionNm: spec.resolutionNm,
    size: spec.size,
    voxelOffset: spec.voxelOffset ?? zeros,
    chunkSize: spec.chunkSize ?? [64, 64, 64],
    encoding,
    ...(spec.jpegQuality !== undefined && { jpegQuality: spec.jpegQuality }),
    ...(encoding === "compressed_segmentation" && { blockSize: defaultBlockSize }),
  };
  let total: Vec3 = ones;
  const coarser = (spec.factors ?? []).map((factor) => coarserScale(mip0, (total = multiply(total, factor))));
  const { type, dataType } = spec;
  const info: VolumeInfo = { type, dataType, channels, scales: [mip0, ...coarser] };
  checkNewVolume(info);
  return info;
}
