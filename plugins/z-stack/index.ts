/** One image file per section, or per tile of it, whose names follow a pattern: `slice_<o:1p:4>.png`, `x<x>_y<y>_z<z>.tif`. */
import { decodeImageTile, definePlugin } from "cirrus/plugin";
import { layoutOf, paramsSchema, pathProcessorOf, type ZStackParams } from "./layout.js";
import { probeStack, recogniseStack } from "./probe.js";

export default definePlugin<ZStackParams>({
  name: "z-stack",
  aliases: ["ZindexStackPathProcessor", "ZindexStackTileProcessor"],
  description:
    "image files whose names hold the section's number, and column and row where sections are cut into tiles",
  params: paramsSchema,
  recognise: recogniseStack,
  probe: probeStack,
  open: (params, { baseFolder }) =>
    Promise.resolve({
      pathProcessor: pathProcessorOf(layoutOf(params, baseFolder)),
      tileProcessor: { decode: decodeImageTile },
    }),
});
