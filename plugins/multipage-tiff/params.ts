/** Params of multipage TIFF sources. */
import { z } from "cirrus/plugin";

export const paramsSchema = z
  .strictObject({
    files: z
      .union([z.string().min(1), z.array(z.string().min(1)).min(1)])
      .describe("A path, a URL, a glob, or a list of them"),
    order: z
      .enum(["natural", "listed"])
      .default("natural")
      .describe("natural: slice2.tif before slice10.tif; listed: as `files` lists them"),
    layout: z
      .enum(["pages-are-sections", "pages-are-times", "hyperstack"])
      .default("pages-are-sections")
      .describe(
        "pages-are-sections: all pages of all files, one after another, are the sections; pages-are-times: one file per section, its pages are times; hyperstack: pages are channels, sections and times in turn, as ImageJ and OME write them",
      ),
    firstSection: z
      .int()
      .nonnegative()
      .default(0)
      .describe("pages-are-times: section of the first file; the others follow without gaps"),
    hyperstack: z
      .strictObject({
        channels: z.int().positive().optional(),
        sections: z.int().positive().optional(),
        timesPerFile: z.int().positive().optional().describe("Every file but the last has so many"),
        order: z
          .enum(["CZT", "CTZ", "ZCT", "ZTC", "TCZ", "TZC"])
          .optional()
          .describe("First the one that changes fastest"),
        channel: z
          .int()
          .nonnegative()
          .optional()
          .describe("The channel to take; default: all, as channels of the volume"),
      })
      .optional()
      .describe(
        "How the pages of a hyperstack follow each other; default: as the first file's ImageJ or OME metadata say",
      ),
  })
  .describe("Multipage TIFF");

export type MultipageParams = z.output<typeof paramsSchema>;
