/** Headers of the listed tiles; files that are listed and not there are missing tiles. */
import {
  CirrusError,
  openByteSource,
  presentFiles,
  probeImages,
  readImageHeader,
  sectionsOfTiles,
  type PluginContext,
  type SourceProbe,
} from "cirrus/plugin";
import { paramsSchema, pathProcessorOf, readTable, type IndexParams } from "./table.js";

/** A table by its ending. */
export async function recogniseTable(
  paths: readonly string[],
  { stores = {} }: Pick<PluginContext, "stores"> = {},
): Promise<Readonly<Record<string, unknown>> | undefined> {
  const [index] = paths;
  if (index === undefined || paths.length !== 1) return undefined;
  if (!/\.(csv|tsv|jsonl|ndjson|db|sqlite3?)$/i.test(index)) return undefined;
  const { tiles } = await readTable(paramsSchema.parse({ index }), { baseFolder: "/", stores });
  if (!tiles.some(({ column, row }) => column > 0 || row > 0)) return { index };
  // The first tile of a section is a full one, unless it is the only one.
  const first = tiles.reduce((a, b) => (b.column + b.row < a.column + a.row ? b : a));
  const header = await readImageHeader(openByteSource(first.url, stores), first.url);
  return { index, ...(header ? { tileSize: [header.widthPx, header.heightPx] } : {}) };
}

export async function probeTable(params: IndexParams, context: PluginContext): Promise<SourceProbe> {
  const table = await readTable(params, context);
  const { tileSize } = params;
  const isTiled = table.tiles.some(({ column, row }) => column > 0 || row > 0);
  if (isTiled && tileSize === undefined)
    throw new CirrusError("E_CONFIG_INVALID", `${table.path} lists several tiles for a section`, {
      hint: 'state "tileSize" in the params of the source',
    });
  const present = await presentFiles(
    table.tiles.map(({ url }) => url),
    context.stores,
  );
  const there = table.tiles.filter(({ url }) => present.has(url));
  if (!there.length)
    throw new CirrusError("E_SOURCE_NOT_FOUND", `none of the tiles that ${table.path} lists is there`, {
      context: { first: table.tiles[0]!.url },
      hint: `the first is ${table.tiles[0]!.url}; "root" says what locations are relative to`,
    });
  const probe = await probeImages({
    sections: sectionsOfTiles(there),
    wanted: sectionsOfTiles(table.tiles),
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
