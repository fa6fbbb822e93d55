/** The layout of CATMAID's tile source type 1: `<root>/<z>/<row>_<column>_<zoom>.<extension>`. */
import { join, resolve } from "node:path";
import { fileURLToPath } from "node:url";
import { z, type PathProcessor } from "cirrus/plugin";

const extensions = ["png", "jpg", "jpeg", "tif", "tiff"] as const;

export const paramsSchema = z
  .strictObject({
    root: z.string().min(1).describe("Folder that holds one folder per section, named by its number"),
    extension: z
      .string()
      .regex(/^\.?(png|jpe?g|tiff?)$/i, `one of ${extensions.join(", ")}`)
      .describe("Ending of the tiles' names as it is written: png, jpg, jpeg, tif or tiff"),
    tileSize: z
      .union([z.int().positive(), z.tuple([z.int().positive(), z.int().positive()])])
      .describe(
        "Width and height of a full tile in pixels; one number for squares. Tiles at the right and bottom edge may be smaller",
      ),
    zoom: z.int().nonnegative().default(0).describe("Last number of the tiles' names: 0 is the finest level"),
  })
  .describe("CATMAID tile source type 1");

export type CatmaidParams = z.output<typeof paramsSchema>;

export interface Layout {
  /** Absolute. */
  readonly root: string;
  /** Without the dot, letters as in the files' names. */
  readonly extension: string;
  readonly tileSizePx: readonly [number, number];
  readonly zoom: number;
}

export function layoutOf(params: CatmaidParams, baseFolder: string): Layout {
  const root = /^file:\/\//i.test(params.root) ? fileURLToPath(params.root) : params.root;
  const { tileSize } = params;
  return {
    root: resolve(baseFolder, root),
    extension: params.extension.replace(/^\./, ""),
    tileSizePx: typeof tileSize === "number" ? [tileSize, tileSize] : tileSize,
    zoom: params.zoom,
  };
}

/** Pure: nothing is looked up, so that the same index gives the same file on every machine. */
export const pathProcessorOf =
  ({ root, extension, zoom }: Layout): PathProcessor =>
  ({ column, row, z: section, t = 0 }) => {
    if (column < 0 || row < 0 || section < 0 || t !== 0) return undefined;
    return { url: join(root, String(section), `${row}_${column}_${zoom}.${extension}`) };
  };

/** A name that is a section's number as the layout writes it: no sign, no leading zeros. */
export const parseSection = (name: string): number | undefined =>
  /^(0|[1-9]\d{0,14})$/.test(name) ? Number(name) : undefined;

export interface TileName {
  readonly row: number;
  readonly column: number;
  readonly zoom: number;
  readonly extension: string;
}

export function parseTileName(name: string): TileName | undefined {
  const match = /^(0|[1-9]\d{0,8})_(0|[1-9]\d{0,8})_(0|[1-9]\d?)\.(png|jpe?g|tiff?)$/i.exec(name);
  if (!match) return undefined;
  return { row: Number(match[1]), column: Number(match[2]), zoom: Number(match[3]), extension: match[4]! };
}
