/** What is at the destination already, looked at before anything is written. */
import { isEmpty, type BoundingBox } from "../core/bounding-box.js";
import { CirrusError } from "../core/errors.js";
import { parseChunkName } from "../formats/precomputed/chunk-key.js";
import type { VolumeInfo } from "../formats/precomputed/volume-info.js";
import { intersect } from "../core/bounding-box.js";
import { voxelsOfCells } from "../geometry/chunk-grid.js";
import { openStore } from "../storage/open.js";
import type { StoreOptions } from "../storage/store.js";
import { otherGeometry } from "../volume/create.js";
import { geometryDifference } from "../volume/geometry-difference.js";
import { readInfo } from "../volume/open-volume.js";
import { cellsOfJob, gridLevels, type Plan } from "./plan.js";

/** @throws CirrusError `E_DESTINATION_GEOMETRY` naming the first difference, `E_VOLUME_INVALID` */
export async function refuseOtherGeometry(url: string, info: VolumeInfo, options: StoreOptions): Promise<void> {
  const store = await openStore(url, options);
  try {
    const existing = await readInfo(store);
    const difference = existing && geometryDifference(existing.info, info);
    if (difference) throw otherGeometry(store.url, difference);
  } finally {
    await store.close();
  }
}

/** @throws CirrusError `E_DESTINATION_EXISTS` naming a chunk that the job would replace */
export async function refuseExistingChunks(url: string, plan: Plan, options: StoreOptions): Promise<void> {
  const cells = cellsOfJob(plan);
  const store = await openStore(url, options);
  try {
    for (const level of gridLevels(plan.scales, plan.chunkSize)) {
      const own = cells[level.mip]!;
      const box = isEmpty(own) ? undefined : voxelsOfCells(own, level.grid);
      const { key } = plan.scales[level.mip]!;
      if (!box) continue;
      for await (const object of store.list(`${key}/`))
        if (touches(object.key.slice(key.length + 1), box))
          throw new CirrusError(
            "E_DESTINATION_EXISTS",
            `${store.url} holds chunks of this part already, such as ${object.key}`,
            {
              context: { key: object.key },
            },
          );
    }
  } finally {
    await store.close();
  }
}

function touches(name: string, box: BoundingBox): boolean {
  const chunk = parseChunkName(name.replace(/\.(gz|br|zstd)$/, ""));
  return chunk !== undefined && !isEmpty(intersect(chunk, box));
}
