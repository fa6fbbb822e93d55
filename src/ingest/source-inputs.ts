/** The files behind the tiles that a job reads, as inputs of its record. */
import { captureTiles } from "../provenance/inputs/capture-tiles.js";
import type { CapturedInput } from "../provenance/inputs/capture-inputs.js";
import type { KnownDigests } from "../provenance/inputs/list-objects.js";
import type { StoreOptions } from "../storage/store.js";
import { isBoxSource } from "../tiles/contracts.js";
import { openSource } from "../tiles/open-source.js";
import { timesOf } from "../tiles/source-document.js";
import { tileCount, tilesIn } from "../tiles/tile-walk.js";
import type { JobDocument } from "./job-document.js";

/** Looking at a million files takes minutes; of more than these an even part is looked at. */
const mostTiles = 20_000;

/** None for a job whose source is the volume itself: that is the declared one. */
export async function sourceInputs(
  { source, plan }: Pick<JobDocument, "source" | "plan">,
  { stores, known }: { readonly stores: StoreOptions; readonly known: KnownDigests },
): Promise<CapturedInput[]> {
  if (!source) return [];
  const open = await openSource(source, stores);
  try {
    if (isBoxSource(open)) {
      const { files = [] } = open;
      return files.length ? [await captureTiles({ uri: `${source.plugin} files`, paths: files, known })] : [];
    }
    const paths = new Set<string>();
    const count = tileCount(source.tiles, plan.extent);
    for (const index of tilesIn(source.tiles, plan.extent, { start: 0, step: Math.max(1, count / mostTiles) })) {
      for (const t of timesOf(source.t)) {
        const location = open.pathProcessor(t === undefined ? index : { ...index, t });
        if (location) paths.add(location.url);
      }
    }
    // Tiles that share files, as the pages of a TIFF do, are few files: then all were named.
    const isPart = count > mostTiles && paths.size === mostTiles;
    return [await captureTiles({ uri: `${source.plugin} tiles`, paths, known, ...(isPart ? { count } : {}) })];
  } finally {
    await open.close?.();
  }
}
