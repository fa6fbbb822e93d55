/** Headers of the listed tiles; files that are listed and not there are missing tiles. */
import {
  canList,
  childOf,
  CirrusError,
  listIfThere,
  probeImages,
  sectionsOfTiles,
  type PluginContext,
  type SourceProbe,
} from "cirrus/plugin";
import { folderOf, pathProcessorOf, readTable, type IndexParams, type Table } from "./table.js";

const foldersAtOnce = 32;

export async function probeTable(params: IndexParams, context: PluginContext): Promise<SourceProbe> {
  const table = await readTable(params, context);
  const { tileSize } = params;
  const isTiled = table.tiles.some(({ column, row }) => column > 0 || row > 0);
  if (isTiled && tileSize === undefined)
    throw new CirrusError("E_CONFIG_INVALID", `${table.path} lists several tiles for a section`, {
      hint: 'state "tileSize" in the params of the source',
    });
  const there = await existing(table, context.stores);
  if (!there.length)
    throw new CirrusError("E_SOURCE_NOT_FOUND", `none of the tiles that ${table.path} lists is there`, {
      context: { first: table.tiles[0]!.url },
      hint: `the first is ${table.tiles[0]!.url}; "root" says what locations are relative to`,
    });
  // A probe takes what is listed and absent for holes, and would not see those beyond the last tile that is there.
  const probe = await probeImages({
    sections: sectionsOfTiles(there),
    locate: pathProcessorOf(table),
    name: table.path,
    form: "listed",
    ...(tileSize === undefined
      ? {}
      : { tileSizePx: typeof tileSize === "number" ? ([tileSize, tileSize] as const) : tileSize }),
    ...(context.stores ? { stores: context.stores } : {}),
  });
  const lost = table.tiles.length - there.length;
  return lost ? { ...probe, warnings: [...probe.warnings, `${lost} listed files are not there`] } : probe;
}

/** A listed tile may lie anywhere: each folder is listed once. What web servers hold is found by the tasks. */
async function existing({ tiles }: Table, stores: PluginContext["stores"]): Promise<Table["tiles"]> {
  const folders = [...new Set(tiles.filter(({ url }) => canList(url)).map(({ url }) => folderOf(url)))];
  const there = new Set<string>();
  for (let i = 0; i < folders.length; i += foldersAtOnce)
    await Promise.all(
      folders.slice(i, i + foldersAtOnce).map(async (folder) => {
        for (const { name, isFile } of await listIfThere(folder, stores)) if (isFile) there.add(childOf(folder, name));
      }),
    );
  return tiles.filter(({ url }) => !canList(url) || there.has(url));
}
