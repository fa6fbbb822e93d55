/** Fills sections of mip 0 from tiles: location -> bytes -> decoded tile -> planes, with every bad tile named. */
import { bytesPerVoxel } from "../core/data-type.js";
import { CirrusError, isCirrusError } from "../core/errors.js";
import type { PlaneBox, PlaneTarget } from "../geometry/paste.js";
import type { SlabPlanes } from "../geometry/run-block.js";
import type { StoreOptions } from "../storage/store.js";
import {
  isBoxSource,
  type BoxSource,
  type OpenSource,
  type PixelBox,
  type Tile,
  type TileIndex,
  type TileLocation,
} from "./contracts.js";
import { emptySource, type ByteSource } from "./byte-source.js";
import { Garbage } from "./garbage.js";
import { besideOthers } from "./images/png/pairs.js";
import { ReadAhead, tilesAhead } from "./read-ahead.js";
import { readBoxes } from "./read-boxes.js";
import { timesOf, type SourceDocument, type TileLayout } from "./source-document.js";

export interface TileReaderSpec {
  readonly source: SourceDocument;
  readonly open: OpenSource | BoxSource;
  /** How this machine reaches stores. */
  readonly stores?: StoreOptions;
  /** Where memory that was left behind is counted. */
  readonly garbage?: Garbage;
}

/** A tile that was replaced by background; the shape of engine/messages.ts' FilledTile. */
export interface FilledTile {
  readonly url: string;
  readonly page?: number;
  readonly reason: "missing" | "corrupt";
  readonly detail?: string;
}

/** A tile that could be neither read nor filled. */
export interface BadTile {
  readonly name: string;
  readonly error: CirrusError;
}

interface PlacedTile {
  readonly index: TileIndex;
  readonly planes: readonly PlaneTarget[];
}

interface TileOutcome {
  readonly filled?: FilledTile;
  readonly bad?: BadTile;
}

/** Two tiles above this would take too much of a worker's share. */
const mostPairedBytes = 4 * 2 ** 20;

/** A decoded image that cannot be used again: the file, its pixels stored and decoded. */
const copiesPerTile = 3;

/** Reads the tiles of one task; make a new one per task. */
export class TileReader {
  readonly filled: FilledTile[] = [];
  readonly bad: BadTile[] = [];
  readonly stagesMs = { read: 0, decode: 0, paste: 0 };
  readonly #spec: TileReaderSpec;
  readonly #garbage: Garbage;
  readonly #files: ReadAhead;
  /** A section that was filled together with the one before it. */
  #aheadOf: number | undefined;

  constructor(spec: TileReaderSpec) {
    this.#spec = spec;
    this.#garbage = spec.garbage ?? new Garbage();
    this.#files = new ReadAhead(spec.stores);
  }

  /**
   * Fills section z of the volume, and perhaps the next one of the slab with it: tiles are read two at a time. Bad tiles are collected, so
   * that one run names them all.
   */
  async readSection(z: number, slab: SlabPlanes): Promise<void> {
    const { open } = this.#spec;
    if (isBoxSource(open)) {
      if (z === slab.from) await this.#readBoxes(slab, open);
      return;
    }
    const isRead = this.#aheadOf === z;
    this.#aheadOf = undefined; // the next block of the task has a section z of its own
    if (isRead) return;
    const places = [...this.#tilesOf(z, slab.planes(z))];
    if (places.length === 1 && z + 1 < slab.to) {
      places.push(...this.#tilesOf(z + 1, slab.planes(z + 1)));
      this.#aheadOf = z + 1;
    }
    const { tileSizePx, dataType, channels } = this.#spec.source.tiles;
    const tileBytes = tileSizePx[0] * tileSizePx[1] * channels * bytesPerVoxel(dataType);
    const atOnce = tileBytes <= mostPairedBytes ? 2 : 1;
    const coming = this.#coming(places, { slab, open, next: (this.#aheadOf ?? z) + 1 });
    this.#begin(coming, tilesAhead(tileBytes));
    for (let i = 0; i < places.length; i += atOnce) {
      this.#begin(coming, atOnce);
      const begun = performance.now();
      const before = { ...this.stagesMs };
      const found = await Promise.all(
        places.slice(i, i + atOnce).map(({ index, planes }) => besideOthers(() => this.#readTile(index, planes, open))),
      );
      this.#share(performance.now() - begun, before);
      // In the order of the tiles, whichever came first: a receipt must not depend on chance.
      for (const { filled, bad } of found) {
        if (filled) this.filled.push(filled);
        if (bad) this.bad.push(bad);
      }
    }
  }

  /** Files of the tiles in the order in which they will be decoded, to the end of the slab. */
  *#coming(places: readonly PlacedTile[], { slab, open, next }: Coming): Generator<string> {
    if (open.isSelfReading) return;
    const urls = function* (tiles: Iterable<PlacedTile>): Generator<string> {
      for (const { index } of tiles) {
        const location = open.pathProcessor(index);
        // A page is a part of a file that is read in parts.
        if (location && location.page === undefined) yield location.url;
      }
    };
    yield* urls(places);
    for (let z = next; z < slab.to; z++) yield* urls(this.#tilesOf(z, slab.planes(z)));
  }

  #begin(coming: Iterator<string>, count: number): void {
    for (let i = 0; i < count; i++) {
      const { value, done } = coming.next();
      if (done) return;
      this.#files.begin(value);
    }
  }

  /** To be called at the end, whatever happened. */
  close(): void {
    this.#files.close();
  }

  /** Tiles side by side wait for one another: their reading and decoding share the time that really passed, so that stages add up. */
  #share(passedMs: number, before: TileReader["stagesMs"]): void {
    const { read, decode, paste } = this.stagesMs;
    const told = read - before.read + decode - before.decode;
    if (told <= 0) return;
    const part = Math.max(0, passedMs - (paste - before.paste)) / told;
    this.stagesMs.read = before.read + (read - before.read) * part;
    this.stagesMs.decode = before.decode + (decode - before.decode) * part;
  }

  async #readBoxes(slab: SlabPlanes, open: BoxSource): Promise<void> {
    const { source } = this.#spec;
    const { channels } = source.tiles;
    const reading = performance.now();
    for (const [i, t] of timesOf(source.t).entries()) {
      const own = { ...slab, planes: (z: number) => slab.planes(z).slice(i * channels, (i + 1) * channels) };
      await readBoxes(own, {
        source,
        open,
        t,
        onFilled: (location, error) =>
          void this.filled.push(
            error ? { ...location, reason: "corrupt", detail: error.message } : { ...location, reason: "missing" },
          ),
        onBad: (location, error) => void this.bad.push({ name: nameOf(location), error }),
      });
    }
    this.stagesMs.read += performance.now() - reading;
  }

  /** Of every time that the job reads, with the channels that are its own. */
  *#tilesOf(z: number, planes: readonly PlaneTarget[]): Generator<PlacedTile> {
    const { source } = this.#spec;
    const box = planes[0]!.box;
    const [width, height] = source.tiles.tileSizePx;
    const [dx, dy, dz] = source.tiles.shift;
    for (let row = Math.floor((box.y0 - dy) / height); row * height < box.y1 - dy; row++)
      for (let column = Math.floor((box.x0 - dx) / width); column * width < box.x1 - dx; column++) {
        for (const [i, t] of timesOf(source.t).entries())
          yield {
            index: { column, row, z: z - dz, ...(t === undefined ? {} : { t }) },
            planes: planes.slice(i * source.tiles.channels, (i + 1) * source.tiles.channels),
          };
      }
  }

  /** Names every bad tile of the task; call it before anything of the task counts as done. */
  throwIfBad(): void {
    const first = this.bad[0];
    if (!first) return;
    const more = this.bad.length > 1 ? ` (and ${this.bad.length - 1} more tiles of this task)` : "";
    throw new CirrusError(first.error.code, `${first.error.message}${more}`, {
      context: { names: this.bad.map((tile) => tile.name) },
      cause: first.error,
    });
  }

  async #readTile(index: TileIndex, planes: readonly PlaneTarget[], open: OpenSource): Promise<TileOutcome> {
    const { source } = this.#spec;
    const area = tileArea(index, source.tiles);
    const location = open.pathProcessor(index);
    if (!location) throw new Error(`the plan asks for tile ${JSON.stringify(index)}, which the source does not have`);
    const file = open.isSelfReading ? undefined : this.#files.open(location.url);
    try {
      const tile = await this.#decode({ location, area, wanted: planes[0]!.box, open, file });
      const pasting = performance.now();
      const isTile = "data" in tile;
      if (isTile) {
        pasteTile(tile, area, planes);
        this.#letGo(tile);
      } else for (const plane of planes) plane.fill(area, source.background);
      this.stagesMs.paste += performance.now() - pasting;
      return isTile ? {} : { filled: tile };
    } catch (error) {
      if (!isCirrusError(error)) throw error;
      if (error.exitCode === 75) throw error; // temporary: the task is tried again
      return { bad: { name: nameOf(location), error } };
    } finally {
      file?.close();
    }
  }

  #letGo(tile: Tile): void {
    if (tile.release) tile.release();
    else this.#garbage.add(tile.data.byteLength * copiesPerTile);
  }

  /** The tile, or why it is to be filled. */
  async #decode({ location, area, wanted, open, file }: Decoding): Promise<Tile | FilledTile> {
    const { source } = this.#spec;
    const reading = performance.now();
    const isThere = !file || (await file.sizeBytes()) !== undefined;
    this.stagesMs.read += performance.now() - reading;
    if (!isThere) {
      if (source.missing === "fail") throw new CirrusError("E_TILE_MISSING", `no tile at ${nameOf(location)}`);
      return { ...location, reason: "missing" };
    }
    const decoding = performance.now();
    try {
      const tile = await open.tileProcessor.decode(location, file ?? emptySource, partOf(area, wanted));
      try {
        checkTile(tile, location, area, source.tiles);
      } catch (error) {
        tile.release?.();
        throw error;
      }
      return tile;
    } catch (error) {
      // A file may lack a page, or a program that finds its bytes itself a tile: missing as well.
      if (source.missing === "fill" && isCirrusError(error, "E_TILE_MISSING"))
        return { ...location, reason: "missing" };
      if (source.corrupt === "fail" || !isCirrusError(error, "E_TILE_CORRUPT")) throw error;
      return { ...location, reason: "corrupt", detail: error.message };
    } finally {
      this.stagesMs.decode += performance.now() - decoding;
    }
  }
}

interface Coming {
  readonly slab: SlabPlanes;
  readonly open: OpenSource;
  /** First section after the places. */
  readonly next: number;
}

interface Decoding {
  readonly location: TileLocation;
  readonly area: PlaneBox;
  readonly wanted: PlaneBox;
  readonly open: OpenSource;
  /** Absent where the source reads by itself. */
  readonly file: ByteSource | undefined;
}

/** Where the tile lies in the volume, clipped to the stack. */
function tileArea(index: TileIndex, tiles: TileLayout): PlaneBox {
  const [width, height] = tiles.tileSizePx;
  const x0 = index.column * width;
  const y0 = index.row * height;
  return {
    x0: x0 + tiles.shift[0],
    y0: y0 + tiles.shift[1],
    x1: Math.min(x0 + width, tiles.stack.max[0]) + tiles.shift[0],
    y1: Math.min(y0 + height, tiles.stack.max[1]) + tiles.shift[1],
  };
}

/** Pixels of the tile that are wanted; undefined for all of them. */
function partOf(area: PlaneBox, wanted: PlaneBox): PixelBox | undefined {
  const part = {
    x0: Math.max(area.x0, wanted.x0) - area.x0,
    y0: Math.max(area.y0, wanted.y0) - area.y0,
    x1: Math.min(area.x1, wanted.x1) - area.x0,
    y1: Math.min(area.y1, wanted.y1) - area.y0,
  };
  const isWhole = part.x0 === 0 && part.y0 === 0 && part.x1 === area.x1 - area.x0 && part.y1 === area.y1 - area.y0;
  return isWhole ? undefined : part;
}

/** An edge tile may be cut to what the stack has, or be a full tile of which the rest is ignored. */
function checkTile(tile: Tile, location: TileLocation, area: PlaneBox, tiles: TileLayout): void {
  const full = tiles.tileSizePx;
  const cut = [area.x1 - area.x0, area.y1 - area.y0] as const;
  const isRightSize =
    (tile.widthPx === full[0] || tile.widthPx === cut[0]) && (tile.heightPx === full[1] || tile.heightPx === cut[1]);
  const problem = !isRightSize
    ? `is ${tile.widthPx} x ${tile.heightPx} pixels, not ${cut.join(" x ")}`
    : tile.dataType !== tiles.dataType
      ? `has ${tile.dataType} pixels, not ${tiles.dataType}`
      : tile.channels !== tiles.channels
        ? `has ${tile.channels} channels, not ${tiles.channels}`
        : undefined;
  if (problem) throw new CirrusError("E_TILE_MISMATCH", `the tile ${nameOf(location)} ${problem}`);
}

function pasteTile(tile: Tile, area: PlaneBox, planes: readonly PlaneTarget[]): void {
  const { covers } = tile;
  const box = { x0: area.x0 + covers.x0, y0: area.y0 + covers.y0, x1: area.x0 + covers.x1, y1: area.y0 + covers.y1 };
  const planeLength = (covers.x1 - covers.x0) * (covers.y1 - covers.y0);
  planes.forEach((plane, channel) => plane.paste({ data: tile.data, offset: channel * planeLength, box }, area));
}

/** How a tile is called in every report: its path or URL, with the page in a container. */
export const nameOf = (location: TileLocation): string =>
  location.page === undefined ? location.url : `${location.url} page ${location.page}`;
