/** Headers of the listed tiles; files that are listed and not there are missing tiles. */
import { stat } from "node:fs/promises";
import {
  CirrusError,
  isRemoteUrl,
  probeImages,
  sectionsOfTiles,
  type PluginContext,
  type SourceProbe,
} from "cirrus/plugin";
import { pathProcessorOf, readTable, type IndexParams, type Table } from "./table.js";

const looksAtOnce = 64;

export async function probeTable(params: IndexParams, context: PluginContext): Promise<SourceProbe> {
  const table = await readTable(params, context.baseFolder);
  const { tileSize } = params;
  const isTiled = table.tiles.some(({ column, row }) => column > 0 || row > 0);
  if (isTiled && tileSize === undefined)
    throw new CirrusError("E_CONFIG_INVALID", `${table.path} lists several tiles for a section`, {
      hint: 'state "tileSize" in the params of the source',
    });
  const there = await existing(table);
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
    isRemote: there.every(({ url }) => isRemoteUrl(url)),
    ...(tileSize === undefined
      ? {}
      : { tileSizePx: typeof tileSize === "number" ? ([tileSize, tileSize] as const) : tileSize }),
    ...(context.stores ? { stores: context.stores } : {}),
  });
  const lost = table.tiles.length - there.length;
  return lost ? { ...probe, warnings: [...probe.warnings, `${lost} listed files are not there`] } : probe;
}

async function existing({ tiles }: Table): Promise<Table["tiles"]> {
  const found: Table["tiles"][number][] = [];
  for (let i = 0; i < tiles.length; i += looksAtOnce) {
    const batch = tiles.slice(i, i + looksAtOnce);
    const isThere = await Promise.all(
      batch.map(({ url }) =>
        isRemoteUrl(url)
          ? true
          : stat(url).then(
              () => true,
              () => false,
            ),
      ),
    );
    found.push(...batch.filter((_, j) => isThere[j]));
  }
  return found;
}
