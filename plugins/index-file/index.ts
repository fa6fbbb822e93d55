/** A table that says where each tile is: column, row, z, location. For layouts that no pattern describes. */
import { decodeImageTile, definePlugin } from "cirrus/plugin";
import { paramsSchema, pathProcessorOf, readTable, type IndexParams } from "./table.js";
import { probeTable, recogniseTable } from "./probe.js";

export default definePlugin<IndexParams>({
  name: "index-file",
  aliases: [],
  description: "tiles listed in a table (CSV, JSON lines, SQLite): column, row, z, location",
  params: paramsSchema,
  recognise: recogniseTable,
  probe: probeTable,
  async open(params, context) {
    return {
      pathProcessor: pathProcessorOf(await readTable(params, context)),
      tileProcessor: { decode: decodeImageTile },
    };
  },
});
