/** The names of a stack: which sections and tiles there are. One look per folder, no file is opened. */
import {
  childOf,
  listFolder,
  listIfThere,
  sectionsOfTiles,
  type Section,
  type StoreOptions,
  type TileIndex,
} from "cirrus/plugin";
import { foldersOf, parseSection, parseTileName, type Layout } from "./layout.js";

export interface Listing {
  /** In the order of z; only sections that have tiles of the zoom level. */
  readonly sections: readonly Section[];
  /** Names that are no section, or no tile of any zoom level; relative to the root, the first few. */
  readonly unfitting: readonly string[];
  readonly unfittingCount: number;
  /** Endings of tiles that have another one than the params say. */
  readonly otherExtensions: ReadonlySet<string>;
  readonly otherZooms: ReadonlySet<number>;
}

const foldersAtOnce = 32;
const namesShown = 10;

/** @throws CirrusError `E_SOURCE_NOT_FOUND`, `E_SOURCE_UNREADABLE` */
export async function listStack(layout: Layout, stores: StoreOptions = {}): Promise<Listing> {
  const unfitting: string[] = [];
  let unfittingCount = 0;
  const otherExtensions = new Set<string>();
  const otherZooms = new Set<number>();
  const reject = (name: string) => {
    unfittingCount++;
    if (unfitting.length < namesShown) unfitting.push(name);
  };

  const { sections: folder, below } = foldersOf(layout);
  const [dColumn, dRow, dz] = layout.offset;
  const numbers: number[] = [];
  for (const entry of await listFolder(folder, stores)) {
    const z = entry.isFolder ? parseSection(entry.name) : undefined;
    if (z !== undefined) numbers.push(z);
    else if (!entry.name.startsWith(".")) reject(entry.name);
  }
  numbers.sort((a, b) => a - b);

  const readSection = async (z: number): Promise<Section[]> => {
    const found: TileIndex[] = [];
    for (const name of await tileNamesIn(childOf(folder, String(z), ...below), layout, stores)) {
      const tile = parseTileName(name, layout.form);
      if (!tile) reject([z, ...below, name].join("/"));
      else if (tile.extension !== layout.extension) otherExtensions.add(tile.extension);
      else if (layout.form === "z/row_column_zoom" && tile.zoom !== (layout.zoom ?? 0)) otherZooms.add(tile.zoom);
      else if (tile.row < dRow || tile.column < dColumn || z < dz) reject(`${z}/${name}`);
      else found.push({ z: z - dz, row: tile.row - dRow, column: tile.column - dColumn });
    }
    return sectionsOfTiles(found);
  };
  const sections: Section[] = [];
  for (let i = 0; i < numbers.length; i += foldersAtOnce)
    sections.push(...(await Promise.all(numbers.slice(i, i + foldersAtOnce).map(readSection))).flat());
  return { sections, unfitting, unfittingCount, otherExtensions, otherZooms };
}

/** Names below a section's folder, those of type 5 with their row's: `5/3.png`. A section may lack the zoom level's folder. */
async function tileNamesIn(folder: string, { form, zoom }: Layout, stores: StoreOptions): Promise<string[]> {
  const isOptional = form === "z/zoom/row_column" && zoom !== null;
  const entries = (await (isOptional ? listIfThere : listFolder)(folder, stores)).filter(
    ({ name }) => !name.startsWith("."),
  );
  if (form !== "zoom/z/row/column") return entries.map(({ name }) => name);
  const names: string[] = [];
  for (const entry of entries)
    if (!entry.isFolder) names.push(entry.name);
    else
      for (const { name } of await listFolder(childOf(folder, entry.name), stores)) names.push(`${entry.name}/${name}`);
  return names;
}
