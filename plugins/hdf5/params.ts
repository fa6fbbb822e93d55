/** Params of HDF5 sources. */
import { dataTypes, z } from "cirrus/plugin";

const text = z.string().min(1);
const triple = z.tuple([z.int(), z.int(), z.int()]);

export const paramsSchema = z
  .strictObject({
    layout: z
      .enum(["volume", "sections", "slices", "chunks"])
      .default("volume")
      .describe(
        "volume: one file holds all; sections: one file per section; slices: the same, each with an offset of its own; chunks: one file per box",
      ),
    file: text.optional().describe("volume: path of the file"),
    root: text.optional().describe("Folder of the files of the other layouts"),
    pattern: text
      .optional()
      .describe("sections, slices: name of a section's file; <> is its number, <o:200p:4> plus 200 in four digits"),
    chunks: z
      .strictObject({
        prefix: z.string(),
        extension: text,
        size: z.tuple([z.int().positive(), z.int().positive(), z.int().positive()]),
        offset: triple.default([0, 0, 0]).describe("Added to the voxels in the names"),
        lastIsInclusive: z
          .boolean()
          .default(false)
          .describe("The names' ends are the last voxel, not the one behind it"),
      })
      .optional()
      .describe("chunks: names are <prefix>_<x0>-<x1>_<y0>-<y1>_<z0>-<z1>.<extension>"),
    dataset: text.describe("Path of the dataset in the file"),
    axes: z
      .string()
      .regex(/^(?!.*(.).*\1)[tczyx]+$/, "letters of t, c, z, y, x, each once, the slowest first")
      .optional()
      .describe("The dataset's axes, the slowest first; default: yx, zyx"),
    channel: z.int().nonnegative().optional().describe("The channel to take where there is an axis c; default: all"),
    offset: triple.default([0, 0, 0]).describe("volume: source voxel (x, y, z) is the dataset's (x, y, z) + offset"),
    placement: z
      .strictObject({
        offsetDataset: text,
        extentDataset: text,
        origin: z.tuple([z.int(), z.int()]).default([0, 0]),
      })
      .optional()
      .describe("slices: datasets that hold [y, x] of a section's first pixel and of its size; origin x, y is added"),
    scale: z.number().positive().default(1).describe("Values are multiplied by it; needs dataType"),
    dataType: z
      .enum(dataTypes)
      .optional()
      .describe(
        "Type after scaling: cut to whole numbers and held within its range. Default: the dataset's own, unchanged",
      ),
  })
  .superRefine((params, context) => {
    const need = (name: "file" | "root" | "pattern" | "chunks" | "placement"): void => {
      if (params[name] === undefined)
        context.addIssue({ code: "custom", path: [name], message: `required for the layout "${params.layout}"` });
    };
    if (params.layout === "volume") need("file");
    else need("root");
    if (params.layout === "sections" || params.layout === "slices") need("pattern");
    if (params.layout === "chunks") need("chunks");
    if (params.layout === "slices") need("placement");
    if (params.scale !== 1 && !params.dataType)
      context.addIssue({ code: "custom", path: ["dataType"], message: "state the type that scaled values shall have" });
  })
  .describe("HDF5 datasets");

export type Hdf5Params = z.output<typeof paramsSchema>;
