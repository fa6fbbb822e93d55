/** Tile stacks as CATMAID's tile sources 1, 4 and 5 lay them out. See https://catmaid.readthedocs.io/en/stable/tile_sources.html */
import { decodeImageTile, definePlugin } from "cirrus/plugin";
import { layoutOf, paramsSchema, pathProcessorOf, type CatmaidParams } from "./layout.js";
import { probeStack } from "./probe.js";
import { recogniseStack } from "./recognise.js";

export default definePlugin<CatmaidParams>({
  name: "catmaid",
  aliases: [
    "CatmaidFileImageStackPathProcessor",
    "CatmaidFileImageStackTileProcessor",
    "CatmaidFileImageStackZoomLevelPathProcessor",
    "CatmaidFileImageStackZoomLevelTileProcessor",
    "CatmaidDirectoryImageStackPathProcessor",
    "CatmaidDirectoryImageStackTileProcessor",
    "CatmaidURLPathProcessor",
    "CatmainURLTileProcessor",
  ],
  description: "CATMAID tile stacks of types 1, 4 and 5, in a folder or behind a URL",
  params: paramsSchema,
  recognise: recogniseStack,
  probe: probeStack,
  open: (params, { baseFolder }) =>
    Promise.resolve({
      pathProcessor: pathProcessorOf(layoutOf(params, baseFolder)),
      tileProcessor: { decode: decodeImageTile },
    }),
});
