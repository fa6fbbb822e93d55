/** Walks the tiles of a source that lie in a box of the volume. */
import type { BoundingBox } from "../core/bounding-box.js";
import type { TileIndex } from "./contracts.js";
import type { TileLayout } from "./source-document.js";

type Range = readonly [from: number, to: number];

/** Tile indices per axis, half-open: columns, rows, sections of the source. */
function rangesOf({ shift, tileSizePx }: TileLayout, extent: BoundingBox): readonly [Range, Range, Range] {
  const range = (axis: 0 | 1 | 2, size: number): Range => [
    Math.floor((extent.min[axis] - shift[axis]) / size),
    Math.ceil((extent.max[axis] - shift[axis]) / size),
  ];
  return [range(0, tileSizePx[0]), range(1, tileSizePx[1]), range(2, 1)];
}

/** @param extent - mip-0 voxels of the volume */
export const tileCount = (layout: TileLayout, extent: BoundingBox): number =>
  rangesOf(layout, extent).reduce((product, [from, to]) => product * (to - from), 1);

/** Every `step`-th tile from the `start`-th on, z slowest; both may be fractions. */
export function* tilesIn(
  layout: TileLayout,
  extent: BoundingBox,
  { start, step }: { readonly start: number; readonly step: number },
): Generator<TileIndex> {
  const [[column0, column1], [row0, row1], [z0]] = rangesOf(layout, extent);
  const [columns, rows] = [column1 - column0, row1 - row0];
  const total = tileCount(layout, extent);
  for (let at = start; at < total; at += step) {
    const i = Math.floor(at);
    const z = z0 + Math.floor(i / (columns * rows));
    yield { column: column0 + (i % columns), row: row0 + (Math.floor(i / columns) % rows), z };
  }
}
