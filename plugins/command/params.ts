/** Params of external programs as sources. */
import { dataTypes, z } from "cirrus/plugin";

const interval = z
  .tuple([z.int(), z.int()])
  .refine(([start, stop]) => start >= 0 && start < stop, { error: "start must be 0 or more and below stop" });

export const paramsSchema = z
  .strictObject({
    command: z
      .array(z.string().min(1))
      .min(1)
      .describe("The program and its arguments; it runs in the config's folder, with your rights"),
    extent: z
      .strictObject({ x: interval, y: interval, z: interval })
      .describe("Voxels that it can give, [start, stop)"),
    tileSize: z
      .tuple([z.int().positive(), z.int().positive()])
      .describe("Width and height of a tile; those at the far edges are cut to the extent"),
    dataType: z.enum(dataTypes),
    channels: z.int().positive().default(1),
    times: z.int().positive().default(1).describe("How many times there are"),
  })
  .describe("A program that gives tiles");

export type CommandParams = z.output<typeof paramsSchema>;
