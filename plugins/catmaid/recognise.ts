/** Guesses the params of a CATMAID stack from its folder, for `cirrus init`. */
import { readdir } from "node:fs/promises";
import { join } from "node:path";
import { openByteSource, readImageHeader } from "cirrus/plugin";
import { parseSection, parseTileName, type CatmaidParams, type TileName } from "./layout.js";

/** Sections that are opened before a folder is taken for something else. */
const sectionsTried = 20;

/** @param paths - what the user gave; only a single folder can be such a stack */
export async function recogniseStack(paths: readonly string[]): Promise<CatmaidParams | undefined> {
  const [root] = paths;
  if (root === undefined || paths.length !== 1) return undefined;
  const sections = (await namesIn(root))
    .map(parseSection)
    .filter((z) => z !== undefined)
    .sort((a, b) => a - b);
  for (const z of sections.slice(0, sectionsTried)) {
    const tiles = (await namesIn(join(root, String(z)))).map(parseTileName).filter((tile) => tile !== undefined);
    const finest = Math.min(...tiles.map(({ zoom }) => zoom));
    // The first tile of the grid: it is a full one unless it is the only one.
    const [first] = tiles
      .filter(({ zoom }) => zoom === finest)
      .sort((a, b) => a.row - b.row || a.column - b.column || (a.extension < b.extension ? -1 : 1));
    if (!first) continue;
    const path = join(root, String(z), nameOf(first));
    const header = await readImageHeader(openByteSource(path), path);
    if (!header) continue;
    return { root, extension: first.extension, tileSize: [header.widthPx, header.heightPx], zoom: finest };
  }
  return undefined;
}

const nameOf = ({ row, column, zoom, extension }: TileName): string => `${row}_${column}_${zoom}.${extension}`;

/** Nothing for what is no folder: then this is no such stack. */
const namesIn = (folder: string): Promise<string[]> => readdir(folder).catch(() => []);
