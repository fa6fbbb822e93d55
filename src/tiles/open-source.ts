/** The source of a job, opened once per process. */
import type { StoreOptions } from "../storage/store.js";
import type { BoundingBox } from "../core/bounding-box.js";
import type { BoxSource, OpenSource, PluginContext } from "./contracts.js";
import { loadPlugin } from "./load-plugin.js";
import { firstTime, type SourceDocument } from "./source-document.js";

/** @param alive - as of `PluginContext` */
export async function openSource(
  source: SourceDocument,
  stores: StoreOptions = {},
  alive?: () => void,
): Promise<OpenSource | BoxSource> {
  const plugin = await loadPlugin(source.plugin, source.baseFolder);
  // The document keeps the params as they were written; the plugin parsed them before the job was made.
  const params = plugin.params.parse(source.params);
  return plugin.open(params, {
    baseFolder: source.baseFolder,
    tileSizePx: source.tiles.tileSizePx,
    extent: extentOf(source.tiles.stack),
    stores,
    ...(alive ? { alive } : {}),
    ...(source.t === undefined ? {} : { t: firstTime(source.t) }),
  });
}

const extentOf = ({ min, max }: BoundingBox): NonNullable<PluginContext["extent"]> => ({
  x: [min[0], max[0]],
  y: [min[1], max[1]],
  z: [min[2], max[2]],
});
