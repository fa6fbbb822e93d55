/** The layouts of CATMAID's tile source types 1, 4 and 5. See https://catmaid.readthedocs.io/en/stable/tile_sources.html */
import { resolve } from "node:path";
import { fileURLToPath } from "node:url";
import { childOf, isRemoteUrl, z, type PathProcessor } from "cirrus/plugin";

const extensions = ["png", "jpg", "jpeg", "tif", "tiff"] as const;

export const paramsSchema = z
  .strictObject({
    root: z
      .string()
      .min(1)
      .describe("Folder of the stack, or a URL (https://, gs://): what is before the section or the zoom level"),
    type: z
      .union([z.literal(1), z.literal(4), z.literal(5)])
      .default(1)
      .describe(
        "1: <z>/<row>_<column>_<zoom>; 4: <z>/<zoom>/<row>_<column>; 5: <zoom>/<z>/<row>/<column>; then .<extension>",
      ),
    order: z
      .enum(["z-first", "zoom-first"])
      .default("z-first")
      .describe("Of the folders of type 4: CATMAID's is z-first; the Boss ingest client looks for <zoom>/<z>"),
    extension: z
      .string()
      .regex(/^\.?(png|jpe?g|tiff?)$/i, `one of ${extensions.join(", ")}`)
      .describe("Ending of the tiles' names as it is written: png, jpg, jpeg, tif or tiff"),
    tileSize: z
      .union([z.int().positive(), z.tuple([z.int().positive(), z.int().positive()])])
      .describe(
        "Width and height of a full tile in pixels; one number for squares. Tiles at the right and bottom edge may be smaller",
      ),
    zoom: z
      .union([z.int().nonnegative(), z.null()])
      .default(0)
      .describe("Zoom level of the tiles: 0 is the finest. null with type 5: the root holds it already"),
    offset: z
      .tuple([z.int(), z.int(), z.int()])
      .default([0, 0, 0])
      .describe("Added to column, row and section before the name is made"),
  })
  .describe("CATMAID tile sources");

export type CatmaidParams = z.output<typeof paramsSchema>;

export interface Layout {
  /** Absolute path, or a URL without a slash at its end. */
  readonly root: string;
  /** Without the dot, letters as in the files' names. */
  readonly extension: string;
  readonly tileSizePx: readonly [number, number];
  readonly zoom: number | null;
  readonly offset: readonly [column: number, row: number, z: number];
  readonly form: Form;
}

export type Form = "z/row_column_zoom" | "z/zoom/row_column" | "zoom/z/row_column" | "zoom/z/row/column";

export function layoutOf(params: CatmaidParams, baseFolder: string): Layout {
  const isRemote = isRemoteUrl(params.root);
  const root = /^file:\/\//i.test(params.root) ? fileURLToPath(params.root) : params.root;
  const { tileSize } = params;
  return {
    root: isRemote ? root.replace(/\/+$/, "") : resolve(baseFolder, root),
    extension: params.extension.replace(/^\./, ""),
    tileSizePx: typeof tileSize === "number" ? [tileSize, tileSize] : tileSize,
    zoom: params.zoom,
    offset: params.offset,
    form: formOf(params),
  };
}

const formOf = ({ type, order }: CatmaidParams): Form =>
  type === 1
    ? "z/row_column_zoom"
    : type === 5
      ? "zoom/z/row/column"
      : order === "z-first"
        ? "z/zoom/row_column"
        : "zoom/z/row_column";

/** For people: `<z>/<row>_<column>_0.png`. */
export const describeLayout = (layout: Layout): string =>
  nameIn(layout, { z: "<z>", row: "<row>", column: "<column>" });

/** Pure: nothing is looked up, so that the same index gives the same file on every machine. */
export const pathProcessorOf =
  (layout: Layout): PathProcessor =>
  ({ column, row, z: section, t = 0 }) => {
    const place = { column: column + layout.offset[0], row: row + layout.offset[1], z: section + layout.offset[2] };
    if (column < 0 || row < 0 || section < 0 || t !== 0) return undefined;
    if (place.column < 0 || place.row < 0 || place.z < 0) return undefined;
    const name = nameIn(layout, place);
    return { url: childOf(layout.root, name) };
  };

interface Place {
  readonly z: number | string;
  readonly row: number | string;
  readonly column: number | string;
}

function nameIn({ form, zoom, extension }: Layout, { z: section, row, column }: Place): string {
  const level = zoom === null ? "" : `${zoom}/`;
  switch (form) {
    case "z/row_column_zoom":
      return `${section}/${row}_${column}_${zoom ?? 0}.${extension}`;
    case "z/zoom/row_column":
      return `${section}/${level}${row}_${column}.${extension}`;
    case "zoom/z/row_column":
      return `${level}${section}/${row}_${column}.${extension}`;
    case "zoom/z/row/column":
      return `${level}${section}/${row}/${column}.${extension}`;
  }
}

/** Folder of all sections, and what of a section's own is below its number. */
export function foldersOf({ root, form, zoom }: Layout): {
  readonly sections: string;
  readonly below: readonly string[];
} {
  const level = zoom === null ? [] : [String(zoom)];
  if (form === "z/row_column_zoom") return { sections: root, below: [] };
  return form === "z/zoom/row_column"
    ? { sections: root, below: level }
    : { sections: childOf(root, ...level), below: [] };
}

/** A name that is a section's number as the layout writes it: no sign, no leading zeros. */
export const parseSection = (name: string): number | undefined =>
  /^(0|[1-9]\d{0,14})$/.test(name) ? Number(name) : undefined;

export interface TileName {
  readonly row: number;
  readonly column: number;
  /** Of type 1 only. */
  readonly zoom: number;
  readonly extension: string;
}

/** A tile's name in its section's folder: `5_3_2.png` of type 1, `5_3.png` of type 4, `5/3.png` of type 5. */
export function parseTileName(name: string, form: Form = "z/row_column_zoom"): TileName | undefined {
  const number = "(0|[1-9]\\d{0,8})";
  const stem = {
    "z/row_column_zoom": `${number}_${number}_(0|[1-9]\\d?)`,
    "z/zoom/row_column": `${number}_${number}`,
    "zoom/z/row_column": `${number}_${number}`,
    "zoom/z/row/column": `${number}/${number}`,
  }[form];
  const match = new RegExp(`^${stem}\\.(?<extension>png|jpe?g|tiff?)$`, "i").exec(name);
  if (!match) return undefined;
  const zoom = form === "z/row_column_zoom" ? Number(match[3]) : 0;
  return { row: Number(match[1]), column: Number(match[2]), zoom, extension: match.groups!["extension"]! };
}
