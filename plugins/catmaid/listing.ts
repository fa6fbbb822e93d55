/** The names of a stack: which sections and tiles there are. One look per folder, no file is opened. */
import { readdir } from "node:fs/promises";
import { join } from "node:path";
import { CirrusError, codeOf } from "cirrus/plugin";
import { parseSection, parseTileName, type Layout } from "./layout.js";

/** A section's tiles, in the order of row and column. */
export interface Section {
  readonly z: number;
  /** Row and column of each tile, one after the other. */
  readonly places: Uint32Array;
}

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
export async function listStack(layout: Layout): Promise<Listing> {
  const unfitting: string[] = [];
  let unfittingCount = 0;
  const otherExtensions = new Set<string>();
  const otherZooms = new Set<number>();
  const reject = (name: string) => {
    unfittingCount++;
    if (unfitting.length < namesShown) unfitting.push(name);
  };

  const numbers: number[] = [];
  for (const entry of await namesIn(layout.root)) {
    const z = entry.isFile() ? undefined : parseSection(entry.name);
    if (z !== undefined) numbers.push(z);
    else if (!entry.name.startsWith(".")) reject(entry.name);
  }
  numbers.sort((a, b) => a - b);

  const readSection = async (z: number): Promise<Section> => {
    const found: [row: number, column: number][] = [];
    for (const entry of await namesIn(join(layout.root, String(z)))) {
      const tile = parseTileName(entry.name);
      if (!tile) {
        if (!entry.name.startsWith(".")) reject(`${z}/${entry.name}`);
      } else if (tile.extension !== layout.extension) otherExtensions.add(tile.extension);
      else if (tile.zoom !== layout.zoom) otherZooms.add(tile.zoom);
      else found.push([tile.row, tile.column]);
    }
    found.sort((a, b) => a[0] - b[0] || a[1] - b[1]);
    return { z, places: Uint32Array.from(found.flat()) };
  };
  const sections: Section[] = [];
  for (let i = 0; i < numbers.length; i += foldersAtOnce)
    sections.push(...(await Promise.all(numbers.slice(i, i + foldersAtOnce).map(readSection))));
  return {
    sections: sections.filter((section) => section.places.length > 0),
    unfitting,
    unfittingCount,
    otherExtensions,
    otherZooms,
  };
}

async function namesIn(folder: string) {
  try {
    return await readdir(folder, { withFileTypes: true });
  } catch (cause) {
    const code = codeOf(cause);
    const isAbsent = code === "ENOENT" || code === "ENOTDIR";
    throw new CirrusError(
      isAbsent ? "E_SOURCE_NOT_FOUND" : "E_SOURCE_UNREADABLE",
      isAbsent ? `there is no folder ${folder}` : `cannot list ${folder}: ${code ?? "unknown error"}`,
      { context: { folder }, cause },
    );
  }
}
