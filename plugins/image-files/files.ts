/** Params, and which file is which section. */
import { findFiles, z, type PathProcessor, type PluginContext } from "cirrus/plugin";

export const paramsSchema = z
  .strictObject({
    files: z
      .union([z.string().min(1), z.array(z.string().min(1)).min(1)])
      .describe("A path, a URL, a glob, or a list of them; PNG, JPEG and TIFF of one page"),
    order: z
      .enum(["natural", "listed"])
      .default("natural")
      .describe("natural: slice2.png before slice10.png; listed: as `files` lists them"),
    firstSection: z
      .int()
      .nonnegative()
      .default(0)
      .describe("Section of the first file; the others follow without gaps"),
  })
  .describe("Image files, one per section");

export type ImageFilesParams = z.output<typeof paramsSchema>;

export const filesOf = (
  { files, order }: ImageFilesParams,
  { baseFolder, stores = {} }: PluginContext,
): Promise<string[]> => findFiles(files, { baseFolder, order, stores, keepsAbsent: Array.isArray(files) });

/** File i is section i + `firstSection`. */
export const sectionsOf =
  (paths: readonly string[], firstSection: number): PathProcessor =>
  ({ column, row, z: section, t = 0 }) => {
    const url = paths[section - firstSection];
    return url === undefined || column !== 0 || row !== 0 || t !== 0 ? undefined : { url };
  };
