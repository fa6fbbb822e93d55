/** The volume that a plan makes, as its `info` will tell it. Pure. */
import { sizeOf } from "../core/bounding-box.js";
import { defaultBlockSize } from "../formats/precomputed/encodings/compressed_segmentation.js";
import type { Scale, VolumeInfo } from "../formats/precomputed/volume-info.js";
import type { DestinationDocument } from "./job-document.js";
import type { Plan } from "./plan.js";

const defaultJpegQuality = 85;

/** `jpeg:85` -> the members of a scale. */
export function encodingMembers(encoding: string): Pick<Scale, "encoding" | "jpegQuality" | "blockSize"> {
  const [name, quality] = encoding.split(":") as [
    "raw" | "png" | "jpeg" | "compressed_segmentation",
    string | undefined,
  ];
  if (name === "jpeg") return { encoding: name, jpegQuality: Number(quality ?? defaultJpegQuality) };
  return name === "compressed_segmentation" ? { encoding: name, blockSize: defaultBlockSize } : { encoding: name };
}

export const volumeInfoOf = (plan: Plan, destination: Pick<DestinationDocument, "type" | "encoding">): VolumeInfo => ({
  type: destination.type,
  dataType: plan.dataType,
  channels: plan.channels,
  scales: plan.scales.map((scale): Scale => ({
    key: scale.key,
    resolutionNm: scale.resolutionNm,
    size: sizeOf(scale.bounds),
    voxelOffset: scale.bounds.min,
    chunkSize: plan.chunkSize,
    ...encodingMembers(destination.encoding),
  })),
});
