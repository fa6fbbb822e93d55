/** The source of a job, opened once per process. */
import type { StoreOptions } from "../storage/store.js";
import type { BoxSource, OpenSource } from "./contracts.js";
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
    stores,
    ...(alive ? { alive } : {}),
    ...(source.t === undefined ? {} : { t: firstTime(source.t) }),
  });
}
