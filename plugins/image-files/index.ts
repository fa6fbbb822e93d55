/** Image files in an order: a folder, a glob or a list; each is a section. */
import { decodeImageTile, definePlugin } from "cirrus/plugin";
import { filesOf, paramsSchema, sectionsOf, type ImageFilesParams } from "./files.js";
import { probeFiles } from "./probe.js";
import { recogniseFiles } from "./recognise.js";

export default definePlugin<ImageFilesParams>({
  name: "image-files",
  aliases: [],
  description: "image files in natural order, one per section: a folder, a glob, or a list",
  params: paramsSchema,
  recognise: recogniseFiles,
  probe: probeFiles,
  async open(params, context) {
    return {
      pathProcessor: sectionsOf(await filesOf(params, context), params.firstSection),
      tileProcessor: { decode: decodeImageTile },
    };
  },
});
