/** Reads the headers of a bounded sample of tiles and says what they agree on, and which of them do not fit. */
import {
  CirrusError,
  isCirrusError,
  openByteSource,
  readImageHeader,
  type DataType,
  type ImageHeader,
  type OddTile,
  type PathProcessor,
  type TileIndex,
} from "cirrus/plugin";
import type { Grid } from "./grid.js";
import type { Layout } from "./layout.js";

export interface Agreement {
  readonly dataType: DataType;
  readonly channels: number;
  /** Of the tiles in the last column and row. */
  readonly lastWidthPx: number;
  readonly lastHeightPx: number;
  readonly example: ImageHeader;
  readonly odd: readonly OddTile[];
}

interface Look {
  readonly index: TileIndex;
  readonly header: ImageHeader;
}

/**
 * @param sample - tiles that exist; at least one in the last column and one in the last row
 * @throws CirrusError `E_SOURCE_UNSUPPORTED`, `E_TILE_CORRUPT` when no tile can be read, `E_TILE_MISMATCH` when tiles are not `tileSize`
 */
export async function compareHeaders(
  sample: readonly TileIndex[],
  { grid, layout, locate }: { readonly grid: Grid; readonly layout: Layout; readonly locate: PathProcessor },
): Promise<Agreement> {
  const looks: Look[] = [];
  const odd: OddTile[] = [];
  const reject = (index: TileIndex, problem: string) => odd.push({ index, location: locate(index)!, problem });
  let firstError: unknown;
  for (const index of sample) {
    const { url } = locate(index)!;
    try {
      const header = await readImageHeader(openByteSource(url), url);
      if (header) looks.push({ index, header });
    } catch (error) {
      if (!isCirrusError(error, "E_TILE_CORRUPT") && !isCirrusError(error, "E_SOURCE_UNSUPPORTED")) throw error;
      firstError ??= error;
      reject(index, error.message);
    }
  }
  const form = mostCommon(looks, ({ header }) => `${header.dataType} x ${header.channels}${header.refusal ?? ""}`);
  if (!form) throw firstError ?? new CirrusError("E_SOURCE_NOT_FOUND", `the tiles in ${layout.root} disappeared`);
  const { header: example, index: first } = form;
  if (example.refusal !== undefined || !example.dataType)
    throw new CirrusError("E_SOURCE_UNSUPPORTED", `${locate(first)!.url} cannot be read exactly: ${example.refusal}`, {
      context: { location: locate(first), form: example.refusal },
    });

  const [tileWidth, tileHeight] = layout.tileSizePx;
  const inLastColumn = ({ index }: Look) => index.column === grid.columns[1] - 1;
  const inLastRow = ({ index }: Look) => index.row === grid.rows[1] - 1;
  checkTileSize(looks, { layout, grid });
  const lastWidthPx =
    mostCommon(looks.filter(inLastColumn), ({ header }) => header.widthPx)?.header.widthPx ?? tileWidth;
  const lastHeightPx =
    mostCommon(looks.filter(inLastRow), ({ header }) => header.heightPx)?.header.heightPx ?? tileHeight;
  for (const look of looks) {
    const { header, index } = look;
    const width = inLastColumn(look) ? lastWidthPx : tileWidth;
    const height = inLastRow(look) ? lastHeightPx : tileHeight;
    if (header.widthPx !== width || header.heightPx !== height)
      reject(index, `${header.widthPx} x ${header.heightPx} pixels instead of ${width} x ${height}`);
    else if (header.refusal !== undefined) reject(index, header.refusal);
    else if (header.dataType !== example.dataType || header.channels !== example.channels)
      reject(index, `${describe(header)} instead of ${describe(example)}`);
  }
  return { dataType: example.dataType, channels: example.channels, lastWidthPx, lastHeightPx, example, odd };
}

const describe = ({ dataType, channels }: ImageHeader): string =>
  `${dataType ?? "unreadable"}, ${channels} channel${channels === 1 ? "" : "s"}`;

/** When the tiles agree on a size that is not the stated one, the statement is wrong and not the tiles. */
function checkTileSize(
  looks: readonly Look[],
  { layout, grid }: { readonly layout: Layout; readonly grid: Grid },
): void {
  const usualOf = (sizes: readonly number[], stated: number, biggest: number): number =>
    mostCommon(sizes, (size) => size) ?? Math.max(stated, biggest);
  const beforeLast = (axis: "column" | "row", last: number) => looks.filter(({ index }) => index[axis] < last);
  const widths = looks.map(({ header }) => header.widthPx);
  const heights = looks.map(({ header }) => header.heightPx);
  const [width, height] = layout.tileSizePx;
  const found = [
    usualOf(
      beforeLast("column", grid.columns[1] - 1).map(({ header }) => header.widthPx),
      width,
      Math.min(...widths),
    ),
    usualOf(
      beforeLast("row", grid.rows[1] - 1).map(({ header }) => header.heightPx),
      height,
      Math.min(...heights),
    ),
  ] as const;
  if (found[0] === width && found[1] === height) return;
  throw new CirrusError(
    "E_TILE_MISMATCH",
    `the tiles in ${layout.root} are ${found[0]} x ${found[1]} pixels, but tileSize says ${width} x ${height}`,
    { context: { tileSize: [width, height], found }, hint: `set "tileSize" to [${found[0]}, ${found[1]}]` },
  );
}

/** The first of the items that share the most frequent key. */
function mostCommon<T>(items: readonly T[], key: (item: T) => string | number): T | undefined {
  const groups = new Map<string | number, T[]>();
  for (const item of items) groups.set(key(item), [...(groups.get(key(item)) ?? []), item]);
  return [...groups.values()].sort((a, b) => b.length - a.length)[0]?.[0];
}
