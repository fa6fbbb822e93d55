/** HDF5: one file, one file per section (also with an offset each), or one file per box; read in whole chunks, never a whole file. */
import { canList, definePlugin, openByteSource, type BoxSource, type PluginContext } from "cirrus/plugin";
import { Hdf5Files } from "./hdf5-file.js";
import { paramsSchema, type Hdf5Params } from "./params.js";
import { probeFiles } from "./probe.js";
import { openSource } from "./source.js";

export default definePlugin<Hdf5Params, BoxSource>({
  name: "hdf5",
  aliases: [
    "Hdf5TimeSeriesPathProcessor",
    "Hdf5TimeSeriesTileProcessor",
    "Hdf5TimeSeriesLabelTileProcessor",
    "Hdf5SlicePathProcessor",
    "Hdf5SliceTileProcessor",
    "Hdf5ChunkPathProcessor",
    "Hdf5ChunkTileProcessor",
    "Hdf5SingleFilePathProcessor",
    "Hdf5SingleFileTileProcessor",
  ],
  description: "HDF5 datasets: one file, one file per section, or one file per box",
  params: paramsSchema,
  recognise,
  probe: probeFiles,
  open: openSource,
});

/** One file: its dataset when there is only one, else the first that could be an image. */
async function recognise(
  paths: readonly string[],
  { stores = {} }: Pick<PluginContext, "stores"> = {},
): Promise<Readonly<Record<string, unknown>> | undefined> {
  const [path] = paths;
  if (path === undefined || paths.length !== 1 || !/\.(h5|hdf5?|he5)$/i.test(path)) return undefined;
  if (canList(path) && (await openByteSource(path, stores).sizeBytes()) === undefined) return undefined;
  const files = new Hdf5Files(stores);
  try {
    for (const dataset of await files.names(path)) {
      const opened = await files.dataset(path, dataset).catch(() => undefined); // one that cannot be read is not the one
      const axes = opened && ({ 2: "yx", 3: "zyx", 4: "czyx" } as Record<number, string>)[opened.shape.length];
      if (axes) return { file: path, dataset, axes };
    }
    return undefined;
  } finally {
    await files.close();
  }
}
