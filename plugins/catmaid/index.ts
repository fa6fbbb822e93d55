/** Tile stacks as CATMAID's tile source type 1 lays them out. See https://catmaid.readthedocs.io/en/stable/tile_sources.html */
import { decodeImageTile, definePlugin } from "cirrus/plugin";
import { layoutOf, paramsSchema, pathProcessorOf, type CatmaidParams } from "./layout.js";
import { probeStack } from "./probe.js";
import { recogniseStack } from "./recognise.js";

export default definePlugin<CatmaidParams>({
  name: "catmaid",
  aliases: ["CatmaidFileImageStackPathProcessor", "CatmaidFileImageStackTileProcessor"],
  description: "CATMAID tile stack, type 1: <root>/<z>/<row>_<column>_<zoom>.<extension>",
  params: paramsSchema,
  recognise: recogniseStack,
  probe: probeStack,
  open: (params, { baseFolder }) =>
    Promise.resolve({
      pathProcessor: pathProcessorOf(layoutOf(params, baseFolder)),
      tileProcessor: { decode: decodeImageTile },
    }),
});
