/** Params of a z stack, and where its tiles are. */
import { resolve } from "node:path";
import { fileURLToPath } from "node:url";
import { childOf, isRemoteUrl, namePattern, z, type NamePattern, type PathProcessor } from "cirrus/plugin";

export const paramsSchema = z
  .strictObject({
    root: z.string().min(1).describe("Folder of the files, or a URL (https://, gs://)"),
    pattern: z
      .string()
      .min(1)
      .describe(
        "Name of a file below the root with its extension; <> is the section, <o:200p:4> the section plus 200 in four digits, <x> and <y> column and row",
      ),
    tileSize: z
      .union([z.int().positive(), z.tuple([z.int().positive(), z.int().positive()])])
      .optional()
      .describe(
        "Width and height of a full tile in pixels; required when the pattern has <x> or <y>, else that of the images",
      ),
  })
  .refine(({ pattern, tileSize }) => tileSize !== undefined || !/<[xy]/.test(pattern), {
    path: ["tileSize"],
    error: "state the size of a tile: the pattern has <x> or <y>",
  })
  .describe("Image files by a pattern of their names");

export type ZStackParams = z.output<typeof paramsSchema>;

export interface Layout {
  readonly root: string;
  readonly pattern: NamePattern;
  readonly tileSizePx: readonly [number, number] | undefined;
}

export function layoutOf({ root, pattern, tileSize }: ZStackParams, baseFolder: string): Layout {
  const isRemote = isRemoteUrl(root);
  const path = /^file:\/\//i.test(root) ? fileURLToPath(root) : root;
  return {
    root: isRemote ? root.replace(/\/+$/, "") : resolve(baseFolder, path),
    pattern: namePattern(pattern),
    tileSizePx: tileSize === undefined ? undefined : typeof tileSize === "number" ? [tileSize, tileSize] : tileSize,
  };
}

/** Pure. */
export const pathProcessorOf =
  ({ root, pattern }: Layout): PathProcessor =>
  ({ column, row, z: section, t = 0 }) => {
    if (column < 0 || row < 0 || section < 0 || t !== 0) return undefined;
    if (!pattern.hasTiles && (column > 0 || row > 0)) return undefined;
    const name = pattern.name({ x: column, y: row, z: section });
    if (name === undefined) return undefined;
    return { url: childOf(root, name) };
  };
