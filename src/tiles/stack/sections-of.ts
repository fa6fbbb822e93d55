/** From single tiles, in any order, to sections. */
import type { TileIndex } from "../contracts.js";
import type { Section } from "./grid.js";

/** @returns sections in the order of z, their tiles in the order of row and column */
export function sectionsOfTiles(tiles: Iterable<TileIndex>): Section[] {
  const byZ = new Map<number, [row: number, column: number][]>();
  for (const { z, row, column } of tiles) {
    const places = byZ.get(z);
    if (places) places.push([row, column]);
    else byZ.set(z, [[row, column]]);
  }
  return [...byZ.entries()]
    .sort(([a], [b]) => a - b)
    .map(([z, places]) => ({
      z,
      places: Uint32Array.from(places.sort((a, b) => a[0] - b[0] || a[1] - b[1]).flat()),
    }));
}

/** A box of sections that are all complete: for stacks whose tiles cannot be listed. They share one list of places. */
export function fullSections(box: {
  readonly columns: readonly [number, number];
  readonly rows: readonly [number, number];
  readonly z: readonly [number, number];
}): Section[] {
  const places: number[] = [];
  for (let row = box.rows[0]; row < box.rows[1]; row++)
    for (let column = box.columns[0]; column < box.columns[1]; column++) places.push(row, column);
  const shared = Uint32Array.from(places);
  return Array.from({ length: box.z[1] - box.z[0] }, (_, i) => ({ z: box.z[0] + i, places: shared }));
}
