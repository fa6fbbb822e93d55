/** HDF5: one file, one file per section (also with an offset each), or one file per box; read in whole chunks, never a whole file. */
import { definePlugin, type BoxSource } from "cirrus/plugin";
import { paramsSchema, type Hdf5Params } from "./params.js";
import { probeFiles } from "./probe.js";
import { recognise } from "./recognise.js";
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
