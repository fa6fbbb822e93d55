/** Params of multipage TIFF sources. */
import { z } from "cirrus/plugin";

export const paramsSchema = z
  .strictObject({
    files: z
      .union([z.string().min(1), z.array(z.string().min(1)).min(1)])
      .describe("A path, a glob, or a list of them"),
    order: z
      .enum(["natural", "listed"])
      .default("natural")
      .describe("natural: slice2.tif before slice10.tif; listed: as `files` lists them"),
    layout: z
      .enum(["pages-are-sections", "pages-are-times"])
      .default("pages-are-sections")
      .describe(
        "pages-are-sections: all pages of all files, one after another, are the sections; pages-are-times: one file per section, its pages are times",
      ),
  })
  .describe("Multipage TIFF");

export type MultipageParams = z.output<typeof paramsSchema>;
