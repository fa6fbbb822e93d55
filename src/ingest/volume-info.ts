/** The volume that a plan makes, as its `info` will tell it. Pure. */
import { sizeOf } from "../core/bounding-box.js";
import { encodingMembers } from "./encoding-members.js";
import type { Scale, VolumeInfo } from "../formats/precomputed/volume-info.js";
import type { DestinationDocument } from "./job-document.js";
import type { Plan } from "./plan.js";

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
    ...(scale.sharding && { sharding: scale.sharding }),
  })),
});
