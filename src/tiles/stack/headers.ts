/** Reads the headers of a bounded sample of tiles and says what they agree on, and which of them do not fit. */
import type { DataType } from "../../core/data-type.js";
import { CirrusError, isCirrusError } from "../../core/errors.js";
import type { StoreOptions } from "../../storage/store.js";
import { openByteSource } from "../byte-source.js";
import type { OddTile, PathProcessor, TileIndex } from "../contracts.js";
import type { ImageHeader } from "../images/image-form.js";
import { readImageHeader } from "../images/read-image-header.js";
import type { Grid } from "./grid.js";

/** What the tiles are supposed to be. */
export interface Expectation {
  readonly grid: Grid;
  readonly locate: PathProcessor;
  /** Where they are, for messages. */
  readonly name: string;
  /** undefined: each section is one image, of the size that most have. */
  readonly tileSizePx: readonly [number, number] | undefined;
  readonly stores: StoreOptions | undefined;
}

export interface Agreement {
  /** Of a full tile. */
  readonly tileSizePx: readonly [number, number];
  readonly dataType: DataType;
  readonly channels: number;
  /** Of the tiles in the last column and row. */
  readonly lastWidthPx: number;
  readonly lastHeightPx: number;
  readonly example: ImageHeader;
  readonly odd: readonly OddTile[];
}

const looksAtOnce = 16;

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
  { grid, name, locate, tileSizePx: stated, stores }: Expectation,
): Promise<Agreement> {
  const looks: Look[] = [];
  const odd: OddTile[] = [];
  const reject = (index: TileIndex, problem: string, isCorrupt = false) =>
    odd.push({ index, location: locate(index)!, problem, ...(isCorrupt ? { isCorrupt } : {}) });
  let firstError: unknown;
  const look = async (index: TileIndex): Promise<void> => {
    const { url } = locate(index)!;
    try {
      const header = await readImageHeader(openByteSource(url, stores), url);
      if (header) looks.push({ index, header });
    } catch (error) {
      if (!isCirrusError(error, "E_TILE_CORRUPT") && !isCirrusError(error, "E_SOURCE_UNSUPPORTED")) throw error;
      firstError ??= error;
      reject(index, error.message, error.code === "E_TILE_CORRUPT");
    }
  };
  for (let i = 0; i < sample.length; i += looksAtOnce) await Promise.all(sample.slice(i, i + looksAtOnce).map(look));
  looks.sort((a, b) => compareIndexes(a.index, b.index)); // whatever order the reads ended in
  const form = mostCommon(looks, ({ header }) => `${header.dataType} x ${header.channels}${header.refusal ?? ""}`);
  if (!form) throw firstError ?? new CirrusError("E_SOURCE_NOT_FOUND", `the tiles in ${name} disappeared`);
  const { header: example, index: first } = form;
  if (example.refusal !== undefined || !example.dataType)
    throw new CirrusError("E_SOURCE_UNSUPPORTED", `${locate(first)!.url} cannot be read exactly: ${example.refusal}`, {
      context: { location: locate(first), form: example.refusal },
    });

  const usual = mostCommon(looks, ({ header }) => `${header.widthPx} x ${header.heightPx}`)!.header;
  const tileSizePx = stated ?? ([usual.widthPx, usual.heightPx] as const);
  const [tileWidth, tileHeight] = tileSizePx;
  const inLastColumn = ({ index }: Look) => index.column === grid.columns[1] - 1;
  const inLastRow = ({ index }: Look) => index.row === grid.rows[1] - 1;
  if (stated) checkTileSize(looks, { stated, name, grid });
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
  odd.sort((a, b) => compareIndexes(a.index, b.index));
  return {
    tileSizePx,
    dataType: example.dataType,
    channels: example.channels,
    lastWidthPx,
    lastHeightPx,
    example,
    odd,
  };
}

const describe = ({ dataType, channels }: ImageHeader): string =>
  `${dataType ?? "unreadable"}, ${channels} channel${channels === 1 ? "" : "s"}`;

/** When the tiles agree on a size that is not the stated one, the statement is wrong and not the tiles. */
function checkTileSize(
  looks: readonly Look[],
  { stated, name, grid }: { readonly stated: readonly [number, number]; readonly name: string; readonly grid: Grid },
): void {
  const usualOf = (sizes: readonly number[], side: number, biggest: number): number =>
    mostCommon(sizes, (size) => size) ?? Math.max(side, biggest);
  const beforeLast = (axis: "column" | "row", last: number) => looks.filter(({ index }) => index[axis] < last);
  const widths = looks.map(({ header }) => header.widthPx);
  const heights = looks.map(({ header }) => header.heightPx);
  const [width, height] = stated;
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
    `the tiles in ${name} are ${found[0]} x ${found[1]} pixels, but the tile size is stated as ${width} x ${height}`,
    { context: { tileSize: [width, height], found }, hint: `set the tile size to [${found[0]}, ${found[1]}]` },
  );
}

const compareIndexes = (a: TileIndex, b: TileIndex): number => a.z - b.z || a.row - b.row || a.column - b.column;

/** The first of the items that share the most frequent key. */
function mostCommon<T>(items: readonly T[], key: (item: T) => string | number): T | undefined {
  const groups = new Map<string | number, T[]>();
  for (const item of items) groups.set(key(item), [...(groups.get(key(item)) ?? []), item]);
  return [...groups.values()].sort((a, b) => b.length - a.length)[0]?.[0];
}
