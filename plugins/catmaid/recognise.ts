/** Guesses the params of a CATMAID stack from its folder, for `cirrus init`. */
import { childOf, listIfThere, openByteSource, readImageHeader, type PluginContext } from "cirrus/plugin";
import { parseSection, parseTileName, type Form } from "./layout.js";

/** Folders that are opened before a folder is taken for something else. */
const foldersTried = 20;

type Stores = NonNullable<PluginContext["stores"]>;

interface Found {
  readonly path: string;
  readonly extension: string;
  readonly kind: { readonly zoom: number; readonly type?: 4 | 5; readonly order?: "zoom-first" };
}

/** @param paths - what the user gave; only a single folder can be such a stack */
export async function recogniseStack(
  paths: readonly string[],
  { stores = {} }: Pick<PluginContext, "stores"> = {},
): Promise<Readonly<Record<string, unknown>> | undefined> {
  const [root] = paths;
  if (root === undefined || paths.length !== 1) return undefined;
  const found = (await findType1(root, stores)) ?? (await findNested(root, stores));
  if (!found) return undefined;
  const header = await readImageHeader(openByteSource(found.path, stores), found.path);
  if (!header) return undefined;
  const { extension, kind } = found;
  return { root, extension, tileSize: [header.widthPx, header.heightPx], ...kind };
}

async function findType1(root: string, stores: Stores): Promise<Found | undefined> {
  for (const z of await numbersIn(root, stores)) {
    const folder = childOf(root, String(z));
    const names = await namesIn(folder, stores);
    const tiles = names.map((name) => parseTileName(name)).filter((tile) => tile !== undefined);
    if (!tiles.length) continue;
    const zoom = Math.min(...tiles.map((tile) => tile.zoom));
    const path = firstTile(
      folder,
      names.filter((name) => parseTileName(name)?.zoom === zoom),
      "z/row_column_zoom",
    );
    return path && { ...path, kind: { zoom } };
  }
  return undefined;
}

/** Types 4 and 5 have two levels of numbered folders, and their names do not tell which is the section: the one with more of them is. */
async function findNested(root: string, stores: Stores): Promise<Found | undefined> {
  const outer = await numbersIn(root, stores);
  for (const number of outer) {
    const inner = await numbersIn(childOf(root, String(number)), stores);
    for (const within of inner) {
      const folder = childOf(root, String(number), String(within));
      const names = await namesIn(folder, stores);
      const flat = firstTile(folder, names, "z/zoom/row_column");
      if (flat) {
        const isZoomFirst = outer.length < inner.length;
        const zoom = isZoomFirst ? Math.min(...outer) : Math.min(...inner);
        return { ...flat, kind: { type: 4, ...(isZoomFirst ? { order: "zoom-first" } : {}), zoom } };
      }
      const rows = names.filter((name) => parseSection(name) !== undefined);
      const [row] = rows.sort((a, b) => Number(a) - Number(b));
      if (row === undefined) continue;
      const deep = firstTile(
        folder,
        (await namesIn(childOf(folder, row), stores)).map((name) => `${row}/${name}`),
        "zoom/z/row/column",
      );
      if (deep) return { ...deep, kind: { type: 5, zoom: Math.min(...outer) } };
    }
  }
  return undefined;
}

/** The first tile of the grid: it is a full one unless it is the only one. */
function firstTile(folder: string, names: readonly string[], form: Form): Omit<Found, "kind"> | undefined {
  const [first] = names
    .map((name) => ({ name, tile: parseTileName(name, form) }))
    .filter(({ tile }) => tile !== undefined)
    .map(({ name, tile }) => ({ name, ...tile! }))
    .sort((a, b) => a.row - b.row || a.column - b.column || (a.extension < b.extension ? -1 : 1));
  return first && { path: childOf(folder, first.name), extension: first.extension };
}

const numbersIn = async (folder: string, stores: Stores): Promise<number[]> =>
  (await namesIn(folder, stores))
    .map(parseSection)
    .filter((number) => number !== undefined)
    .sort((a, b) => a - b)
    .slice(0, foldersTried);

/** Nothing for what is no folder: then this is no such stack. */
const namesIn = async (folder: string, stores: Stores): Promise<string[]> =>
  (await listIfThere(folder, stores)).map(({ name }) => name);
