/** What runs that have not ended, or not every task of which is done, may have left: written by a task, and in no manifest until that is done. */
import { intersect, isEmpty, type BoundingBox } from "../core/bounding-box.js";
import { perAxis, type Vec3 } from "../core/vec3.js";
import { chunkKey } from "../formats/precomputed/chunk-key.js";
import { boundsOf, gridOf, type Scale, type VolumeInfo } from "../formats/precomputed/volume-info.js";
import { chunksIn } from "../geometry/chunk-grid.js";
import { footprint } from "../geometry/pyramid.js";
import { statusOf } from "../provenance/model/claim.js";
import type { LoggedEvent } from "../provenance/model/order.js";
import { writingRuns } from "../provenance/model/run-order.js";
import { isSharded, shardKeyOf } from "../volume/shard-reader.js";

/**
 * @param events - in causal order
 * @returns keys, without suffix, of all objects that running and failed runs claim
 */
export function unfinishedObjects(info: VolumeInfo, events: readonly LoggedEvent[]): Set<string> {
  const keys = new Set<string>();
  for (const { event } of writingRuns(events)) {
    const { claim, run } = event;
    const status = statusOf(run, events) ?? event.status;
    if (!claim || (status !== "running" && status !== "failed")) continue;
    for (const mip of claim.mips) {
      const scale = info.scales[mip];
      if (!scale) continue;
      const factor = stepBetween(info.scales[0]!, scale);
      for (const { box } of chunksIn(boundsOf(scale), gridOf(scale)))
        if (!isEmpty(intersect(footprint(box, factor), claim.extent))) keys.add(objectKey(scale, box));
    }
  }
  return keys;
}

/** Key, without suffix, of the object that holds a chunk: its own, or its shard's. */
export const objectKey = (scale: Scale, box: BoundingBox): string =>
  isSharded(scale) ? shardKeyOf(scale, box) : chunkKey(scale.key, box);

export const stepBetween = (finer: Scale, coarser: Scale): Vec3 =>
  perAxis((i) => coarser.resolutionNm[i] / finer.resolutionNm[i]);
