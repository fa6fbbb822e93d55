/** Which files of the folder fit the pattern, and what their headers say. */
import {
  canList,
  childOf,
  CirrusError,
  fullSections,
  listFolder,
  namePattern,
  openByteSource,
  patternIn,
  probeImages,
  readImageHeader,
  sectionsOfTiles,
  type PluginContext,
  type Section,
  type SourceProbe,
  type StoreOptions,
  type TileIndex,
} from "cirrus/plugin";
import { layoutOf, pathProcessorOf, type Layout, type ZStackParams } from "./layout.js";

export async function probeStack(params: ZStackParams, context: PluginContext): Promise<SourceProbe> {
  const layout = layoutOf(params, context.baseFolder);
  const { sections, others } = canList(layout.root)
    ? await listSections(layout, context.stores)
    : statedSections(layout, context);
  return probeImages({
    sections,
    locate: pathProcessorOf(layout),
    name: layout.root,
    form: layout.pattern.text,
    warnings: others.length
      ? [`${others.length} names fit no section: ${others.slice(0, 5).join(", ")}${others.length > 5 ? ", ..." : ""}`]
      : [],
    ...(layout.tileSizePx ? { tileSizePx: layout.tileSizePx } : {}),
    ...(context.stores ? { stores: context.stores } : {}),
  });
}

/** A path with marks, as `stack/s<p:4>.png`: how sections are numbered cannot be guessed from names alone. */
export async function recogniseStack(
  paths: readonly string[],
  { stores = {} }: Pick<PluginContext, "stores"> = {},
): Promise<Readonly<Record<string, unknown>> | undefined> {
  const [path] = paths;
  const marked = path !== undefined && paths.length === 1 ? patternIn(path) : undefined;
  if (!marked || !/\.(png|jpe?g|tiff?)$/i.test(marked.pattern) || !canList(marked.root)) return undefined;
  const { root, pattern } = marked;
  const layout = layoutOf({ root, pattern, tileSize: undefined }, root);
  if (!layout.pattern.hasTiles) return { root, pattern };
  // The first tile of a section is a full one, unless it is the only one.
  const [section] = (await listSections(layout, stores)).sections;
  const [row, column] = section!.places;
  const { url } = pathProcessorOf(layout)({ column: column!, row: row!, z: section!.z })!;
  const header = await readImageHeader(openByteSource(url, stores), url);
  return header && { root, pattern, tileSize: [header.widthPx, header.heightPx] };
}

interface Listing {
  readonly sections: Section[];
  /** Names in the same folders that are no tile. */
  readonly others: readonly string[];
}

async function listSections({ root, pattern }: Layout, stores: StoreOptions = {}): Promise<Listing> {
  const names = await namesUnder(root, pattern.text.split("/"), stores);
  const tiles: TileIndex[] = [];
  const others: string[] = [];
  for (const name of names) {
    const place = pattern.parse(name);
    if (place) tiles.push({ column: place.x, row: place.y, z: place.z });
    else others.push(name);
  }
  if (!tiles.length)
    throw new CirrusError("E_SOURCE_NOT_FOUND", `no file in ${root} is named ${pattern.text}`, {
      context: { root, pattern: pattern.text, there: others.slice(0, 10) },
      hint: others.length
        ? `there is ${others.slice(0, 3).join(", ")}; a number may need o: (offset) or p: (digits)`
        : 'check "root" of the source; it is relative to the config file',
    });
  return { sections: sectionsOfTiles(tiles), others };
}

/** Paths below a folder, one level per part of the pattern; folders whose names cannot fit are not entered. */
async function namesUnder(
  folder: string,
  [first, ...rest]: readonly string[],
  stores: StoreOptions,
): Promise<string[]> {
  const entries = await listFolder(folder, stores);
  const names = entries.filter(({ name }) => !name.startsWith("."));
  if (!rest.length) return names.filter(({ isFile }) => isFile).map(({ name }) => name);
  const fits = (name: string): boolean => name === first || (first!.includes("<") && couldBe(first!, name));
  const found: string[] = [];
  for (const { name } of names.filter((entry) => entry.isFolder && fits(entry.name)))
    for (const below of await namesUnder(childOf(folder, name), rest, stores)) found.push(`${name}/${below}`);
  return found;
}

/** A part of a pattern may hold only column or row: then it is completed, so that it can be parsed. */
const couldBe = (part: string, name: string): boolean =>
  namePattern(/<[z>]|<[ops]:/.test(part) ? part : `<>/${part}`).parse(
    /<[z>]|<[ops]:/.test(part) ? name : `0/${name}`,
  ) !== undefined;

function statedSections({ root, tileSizePx, pattern }: Layout, { extent = {} }: PluginContext): Listing {
  const { x, y, z } = extent;
  if (!z || (pattern.hasTiles && !(x && y)))
    throw new CirrusError("E_CONFIG_INVALID", `the files of ${root} cannot be listed`, {
      hint: "state the whole source.extent: x, y and z as [start, stop)",
    });
  const tiles = (interval: readonly [number, number] | undefined, side: number | undefined) =>
    pattern.hasTiles && interval && side
      ? ([Math.floor(interval[0] / side), Math.ceil(interval[1] / side)] as const)
      : ([0, 1] as const);
  const box = { columns: tiles(x, tileSizePx?.[0]), rows: tiles(y, tileSizePx?.[1]), z };
  return { sections: fullSections(box), others: [] };
}
