/** The box of tiles that a stack spans, its holes, and which tiles are worth a look. Numbers only. */
import type { Interval, MissingTile, PathProcessor, TileIndex } from "../contracts.js";

/** A section's tiles, in the order of row and column. */
export interface Section {
  readonly z: number;
  /** Row and column of each tile, one after the other. */
  readonly places: Uint32Array;
}

/** Half-open, in tiles and sections. */
export interface Grid {
  readonly columns: Interval;
  readonly rows: Interval;
  readonly z: Interval;
}

/** @param sections - in the order of z, at least one, each with at least one tile */
export function gridOf(sections: readonly Section[]): Grid {
  const rows: [number, number] = [Infinity, 0];
  const columns: [number, number] = [Infinity, 0];
  for (const { places } of sections)
    for (let i = 0; i < places.length; i += 2) {
      const [row, column] = [places[i]!, places[i + 1]!];
      if (row < rows[0]) rows[0] = row;
      if (row >= rows[1]) rows[1] = row + 1;
      if (column < columns[0]) columns[0] = column;
      if (column >= columns[1]) columns[1] = column + 1;
    }
  return { columns, rows, z: [sections[0]!.z, sections.at(-1)!.z + 1] };
}

export interface Holes {
  readonly missing: readonly MissingTile[];
  readonly missingCount: number;
  /** Sections inside the range that have no tile at all. */
  readonly gaps: readonly number[];
  /** Sections that have some tiles and lack others. */
  readonly incomplete: readonly number[];
}

const listed = 10_000;

/** Tiles of the grid that no section has, in z, row, column order. */
export function holesOf(sections: readonly Section[], grid: Grid, locate: PathProcessor): Holes {
  const width = grid.columns[1] - grid.columns[0];
  const full = width * (grid.rows[1] - grid.rows[0]);
  const missing: MissingTile[] = [];
  const gaps: number[] = [];
  const incomplete: number[] = [];
  let missingCount = 0;
  const listHoles = (z: number, there: ReadonlySet<number>): void => {
    for (let row = grid.rows[0]; row < grid.rows[1] && missing.length < listed; row++)
      for (let column = grid.columns[0]; column < grid.columns[1] && missing.length < listed; column++) {
        if (there.has((row - grid.rows[0]) * width + column - grid.columns[0])) continue;
        const index: TileIndex = { column, row, z };
        missing.push({ index, location: locate(index)! });
      }
  };
  let z = grid.z[0];
  for (const section of sections) {
    for (; z < section.z; z++) {
      gaps.push(z);
      missingCount += full;
      listHoles(z, new Set());
    }
    z++;
    const { places } = section;
    if (places.length / 2 === full) continue;
    incomplete.push(section.z);
    missingCount += full - places.length / 2;
    const there = new Set<number>();
    for (let i = 0; i < places.length; i += 2)
      there.add((places[i]! - grid.rows[0]) * width + places[i + 1]! - grid.columns[0]);
    listHoles(section.z, there);
  }
  for (; z < grid.z[1]; z++) {
    gaps.push(z);
    missingCount += full;
    listHoles(z, new Set());
  }
  return { missing, missingCount, gaps, incomplete };
}

const sectionsLookedAt = 12;

/** Every tile, for stacks that are small enough to look at all of them. */
export const allTiles = (sections: readonly Section[]): TileIndex[] =>
  sections.flatMap(({ z, places }) =>
    Array.from({ length: places.length / 2 }, (_, i) => ({ z, row: places[2 * i]!, column: places[2 * i + 1]! })),
  );

/**
 * Tiles whose headers tell the most: of sections spread over the stack, the first, middle and last tile and the ends of the last
 * column and row; and one of the last column and row whichever section has it.
 */
export function sampleOf(sections: readonly Section[], grid: Grid): TileIndex[] {
  const chosen = new Map<string, TileIndex>();
  const choose = (z: number, places: Uint32Array, at: number): void => {
    const index = { z, row: places[at]!, column: places[at + 1]! };
    chosen.set(`${z}/${index.row}/${index.column}`, index);
  };
  const steps = Math.min(sectionsLookedAt, sections.length);
  for (let i = 0; i < steps; i++) {
    const { z, places } = sections[Math.floor((i * (sections.length - 1)) / Math.max(1, steps - 1))]!;
    const tiles = places.length / 2;
    for (const tile of [0, tiles >> 1, tiles - 1]) choose(z, places, tile * 2);
    for (const at of endsOf(places, 0, grid.rows[1] - 1)) choose(z, places, at);
    for (const at of endsOf(places, 1, grid.columns[1] - 1)) choose(z, places, at);
  }
  for (const [axis, last] of [
    [0, grid.rows[1] - 1],
    [1, grid.columns[1] - 1],
  ] as const) {
    const section = sections.find(({ places }) => endsOf(places, axis, last).length > 0);
    if (section) choose(section.z, section.places, endsOf(section.places, axis, last)[0]!); // else all of them are missing
  }
  return [...chosen.values()];
}

/** Places of the first and last tile whose row (0) or column (1) is this. */
function endsOf(places: Uint32Array, axis: 0 | 1, value: number): number[] {
  const found: number[] = [];
  for (let at = 0; at < places.length; at += 2) if (places[at + axis] === value) found.push(at);
  return found.length > 1 ? [found[0]!, found.at(-1)!] : found;
}
