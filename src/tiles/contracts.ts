/** What a tile source plugin is: `src/plugin.ts` exports these for plugin authors. */
import type { z } from "zod";
import type { BoundingBox } from "../core/bounding-box.js";
import type { DataType, VoxelArray } from "../core/data-type.js";
import type { Vec3 } from "../core/vec3.js";
import type { StoreOptions } from "../storage/store.js";
import type { ByteSource } from "./byte-source.js";

/** Address of one source tile: column and row count tiles from the stack's origin, z counts sections. */
export interface TileIndex {
  readonly column: number;
  readonly row: number;
  readonly z: number;
  readonly t?: number;
}

/** Where a tile's bytes are. `page` names an image inside a container file, from 0. */
export interface TileLocation {
  /** Absolute path or URL. */
  readonly url: string;
  readonly page?: number;
}

/** `[x0, x1) x [y0, y1)` in pixels of one tile. */
export interface PixelBox {
  readonly x0: number;
  readonly y0: number;
  readonly x1: number;
  readonly y1: number;
}

/** Pixels of a tile, or of the asked part of it: x fastest, then y, then channel. */
export interface Tile {
  readonly data: VoxelArray;
  readonly dataType: DataType;
  readonly channels: number;
  /** Of the whole image, also when only a part was decoded. */
  readonly widthPx: number;
  readonly heightPx: number;
  /** What `data` covers. */
  readonly covers: PixelBox;
  /** Called when `data` is not needed any more, so that its memory can be used again. */
  release?(): void;
}

export type Interval = readonly [start: number, stop: number];

/** A tile that the source should have and does not. */
export interface MissingTile {
  readonly index: TileIndex;
  readonly location: TileLocation;
}

/** A tile that is there and does not fit: another size, type or form than the rest, or damaged. */
export interface OddTile extends MissingTile {
  /** "600 x 512 instead of 512 x 512". */
  readonly problem: string;
  /** Damaged: the source's `corrupt` policy holds for it. Whatever else does not fit is refused. */
  readonly isCorrupt?: boolean;
}

/** What a look at the files (names and headers, no pixels) tells. */
export interface SourceProbe {
  /** Source voxels, half-open. z starts where the first section is. */
  readonly extent: { readonly x: Interval; readonly y: Interval; readonly z: Interval; readonly t?: Interval };
  /** Width and height of a full tile; a one-tile section has its own size. */
  readonly tileSizePx: readonly [number, number];
  readonly dataType: DataType;
  readonly channels: number;
  /** From tags, else null. */
  readonly resolutionNm: Vec3 | null;
  /** Where `resolutionNm` was read, for people. */
  readonly resolutionFrom?: string;
  /** Width and height of a pixel where tags say that much and not the distance of sections. */
  readonly pixelSizeNm?: readonly [number, number];
  /** Holes inside the extent, in z, row, column order: the first 10,000 of `missingCount`. */
  readonly missing: readonly MissingTile[];
  readonly missingCount: number;
  /** Tiles whose headers say that decoding or pasting them must fail: those among the headers that were read. */
  readonly odd: readonly OddTile[];
  /** Files and bytes seen; bytes are estimated from a sample when there are very many files. */
  readonly files: number;
  readonly sizeBytes: number;
  /** Odd things that a person should know: names that do not fit, sections of other sizes, ... */
  readonly warnings: readonly string[];
  /**
   * What a part of a tile costs, for the plan: all that is above its last row ("whole"), the same but once per worker, because decoding goes on
   * where the part above ended ("downward"), its rows, or the blocks that it touches.
   */
  readonly access: "whole" | "downward" | "rows" | "blocks";
  /** Width and height of what "rows" and "blocks" decode as one: strips or tiles of a TIFF. */
  readonly blockSizePx?: readonly [number, number];
  /** Facts for people, one line each: "30 sections, 4 x 4 tiles, png". */
  readonly summary: readonly string[];
}

/** What a plugin may use besides its params. */
export interface PluginContext {
  /** Folder that relative paths are relative to: the job config's. */
  readonly baseFolder: string;
  /** Stated by the job config, or undefined while probing. */
  readonly tileSizePx?: readonly [number, number];
  /** The time of a job that takes one; the first of a job that takes several as channels. */
  readonly t?: number;
  /** The part that the config asks for, or the stack that the probe found, in source voxels: all that is known where tiles cannot be listed. */
  readonly extent?: { readonly x?: Interval; readonly y?: Interval; readonly z?: Interval };
  /** How this machine reaches remote stores. */
  readonly stores?: StoreOptions;
  /** To be called while something that takes minutes makes progress: a worker that gives no sign of life is taken for hung. Cheap. */
  readonly alive?: () => void;
}

/**
 * Reads nothing: the same index always gives the same location. undefined: the stack has no such tile
 * (outside the grid), which is an error of the plan, not a missing tile.
 */
export type PathProcessor = (index: TileIndex) => TileLocation | undefined;

export interface TileProcessor {
  /**
   * Decodes a whole image, or at least `part` of it (a larger cover is fine when it is cheaper and small). A part may reach beyond
   * an image that is smaller than the grid says: then the cover ends where the image does, and its size tells the caller.
   * @throws CirrusError `E_TILE_CORRUPT` (truncated or altered), `E_SOURCE_UNSUPPORTED` (a form that would not be exact)
   */
  decode(location: TileLocation, source: ByteSource, part?: PixelBox): Promise<Tile>;
}

/** A source of tiles: one image each, found by its index. */
export interface OpenSource {
  readonly pathProcessor: PathProcessor;
  readonly tileProcessor: TileProcessor;
  /** True when locations are no files: `decode` gets an empty ByteSource and tells itself what is missing. */
  readonly isSelfReading?: boolean;
  close?(): Promise<void>;
}

/** Voxels of a box: x fastest, then y, z, channel. */
export interface VoxelPiece {
  readonly box: BoundingBox;
  readonly data: VoxelArray;
}

/** A box that cannot be given: missing (`E_TILE_MISSING`), damaged (`E_TILE_CORRUPT`), or anything else. */
export interface BadPiece {
  readonly box: BoundingBox;
  readonly location: TileLocation;
  readonly error: unknown;
}

/** A source of boxes: volumes and arrays that are stored in chunks, where a section costs as much as the chunks that it cuts. */
export interface BoxSource {
  /**
   * Everything of `box`, in pieces that are small in memory; they cover all of it and may reach beyond it.
   *
   * @param box - source voxels, inside the extent that the probe told
   */
  readBox(box: BoundingBox, t: number | undefined): AsyncIterable<VoxelPiece | BadPiece>;
  /** Local files that it reads, for the record's digests; none for volumes, which the record names by their URL. */
  readonly files?: readonly string[];
  close?(): Promise<void>;
}

export const isBoxSource = (source: OpenSource | BoxSource): source is BoxSource => "readBox" in source;

/** `Source` is what `open` gives: tiles, or boxes. */
export interface TilePlugin<Params = unknown, Source extends OpenSource | BoxSource = OpenSource> {
  readonly name: string;
  /** Class names of peers that mean this plugin. */
  readonly aliases?: readonly string[];
  readonly description: string;
  readonly params: z.ZodType<Params>;
  /** When the paths and URLs given to `cirrus init` look like this source: the params to use, as a config writes them. */
  recognise?(
    paths: readonly string[],
    context?: Pick<PluginContext, "stores">,
  ): Promise<Readonly<Record<string, unknown>> | undefined>;
  /** Lists and reads headers: everything the plan needs. */
  probe(params: Params, context: PluginContext): Promise<SourceProbe>;
  /** Once per process: may load an index; then paths are pure and decoding stateless. */
  open(params: Params, context: PluginContext): Promise<Source>;
}

/** Checks nothing at run time: it gives a plugin's author the types. */
export const definePlugin = <Params, Source extends OpenSource | BoxSource = OpenSource>(
  plugin: TilePlugin<Params, Source>,
): TilePlugin<Params, Source> => plugin;

/** A plugin of either kind, its params unknown: what loading gives. */
export type AnyPlugin = TilePlugin<unknown, OpenSource | BoxSource>;
