/** Params of volumes as sources. */
import { z } from "cirrus/plugin";

export const paramsSchema = z
  .strictObject({
    path: z.string().min(1).describe("Folder or URL (https://, gs://, s3://) of the volume"),
    format: z
      .enum(["auto", "precomputed", "zarr"])
      .default("auto")
      .describe("auto: precomputed where there is an `info` file, else Zarr (version 2 or 3)"),
    mip: z.int().nonnegative().default(0).describe("Scale to read; of OME-Zarr the dataset of that number"),
    array: z
      .string()
      .default("")
      .describe("Zarr: path of the array below `path`; default: the one at `path`, or OME's"),
    axes: z
      .string()
      .regex(/^(?!.*(.).*\1)[tczyx]+$/, "letters of t, c, z, y, x, each once, the slowest first")
      .optional()
      .describe("Zarr: the array's axes, the slowest first; default: OME's, else zyx, czyx or tczyx"),
  })
  .describe("Chunked volumes");

export type VolumeParams = z.output<typeof paramsSchema>;
