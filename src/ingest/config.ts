/** The job config: what a person writes, as a schema. `cirrus schema` prints it, `parseJobConfig` (load-config.ts) applies it. */
import { z } from "zod";
import { dataTypes } from "../core/data-type.js";

const whole = z.int();
const positive = z.int().min(1);
const triple = <T extends z.ZodType>(item: T) => z.tuple([item, item, item]);
const interval = z
  .tuple([whole, whole])
  .refine(([start, stop]) => start < stop, { error: "start must be below stop: [start, stop)" });
const box = z.strictObject({ x: interval.optional(), y: interval.optional(), z: interval.optional() });
const factors = triple(positive.max(64)).refine((factor) => factor.some((n) => n > 1), {
  error: "at least one of the three factors must be above 1",
});
const policy = z.enum(["fail", "fill"]);
const resolution = z
  .number({ error: "fill in the size of a voxel in nm (the source's files do not tell)" })
  .min(0.1, { error: "below 0.1 nm per voxel: is the unit nm?" })
  .max(1e6, { error: "above 1 mm (1000000 nm) per voxel: is the unit nm?" });

/** What the reader makes of a whole number that a double cannot hold. */
const hasBigint = (value: unknown): boolean =>
  typeof value === "bigint" || (typeof value === "object" && value !== null && Object.values(value).some(hasBigint));

export const sourceSchema = z.strictObject({
  plugin: z
    .string()
    .min(1)
    .describe("A built-in source (`cirrus plugins`), a path to a plugin, or an installed package."),
  params: z
    .record(z.string(), z.unknown())
    .refine((params) => !hasBigint(params), "give whole numbers beyond 2^53 as text, in quotes")
    .default({})
    .describe("Parameters of the plugin; `cirrus plugins NAME` lists them."),
  extent: box
    .optional()
    .describe("Part of the stack to ingest, in source voxels, [start, stop) per axis. Default: everything."),
  t: z
    .union([z.int().min(0), interval.refine(([start]) => start >= 0, { error: "times begin at 0" })])
    .optional()
    .describe(
      "Time sample, for sources that have several. [start, stop): one volume per time where destination.path holds {t}, else the times become channels.",
    ),
  missing: policy
    .default("fail")
    .describe("A tile that is not there: fail its task, or fill it with the background and list it."),
  corrupt: policy.default("fail").describe("A tile that cannot be decoded: the same choice."),
});

const bits = z.int().min(0).max(64);
const sharding = z.strictObject({
  hash: z.enum(["identity", "murmurhash3_x86_128"]).default("identity"),
  preshift_bits: bits,
  minishard_bits: bits.max(32),
  minishard_index_encoding: z.enum(["raw", "gzip"]).default("gzip"),
  data_encoding: z.enum(["raw", "gzip"]).optional().describe("Default: gzip, unless the encoding compresses."),
});

export const destinationSchema = z.strictObject({
  path: z.string().min(1).describe("Folder, or file://, gs:// or s3:// URL of the volume; {t} is the time sample."),
  type: z
    .enum(["image", "segmentation"])
    .default("image")
    .describe("Images are averaged, segmentations take the mode."),
  dataType: z.enum(dataTypes).optional().describe("Default: the source's. A wider one is a lossless widening."),
  channels: positive.max(1024).default(1).describe("Values per voxel; 3 for RGB images."),
  resolutionNm: triple(resolution).describe("Size of a voxel of mip 0 in nm, x y z."),
  voxelOffset: triple(whole)
    .default([0, 0, 0])
    .describe("Source voxel (x, y, z) becomes volume voxel (x, y, z) + voxelOffset."),
  bounds: z
    .strictObject({ x: interval, y: interval, z: interval })
    .optional()
    .describe("Box of the whole volume in its own voxels. Default: the box of the whole stack, moved by voxelOffset."),
  chunkSize: triple(positive).default([64, 64, 64]).describe("Voxels of a chunk."),
  encoding: z
    .string()
    .regex(/^(raw|png|compressed_segmentation|jpeg(:([1-9]\d?|100))?)$/, {
      error: "use raw, png, compressed_segmentation, jpeg, or jpeg:85 (quality, 1 to 100)",
    })
    .default("raw")
    .describe("raw, png and compressed_segmentation (uint32 and uint64 labels) are lossless; jpeg[:quality] is not."),
  compression: z
    .enum(["auto", "gzip", "brotli", "none"])
    .default("auto")
    .describe("auto: gzip where every reader takes it. brotli: in local folders with layout cloudvolume only."),
  layout: z
    .enum(["plain", "cloudvolume"])
    .default("plain")
    .describe("cloudvolume: local chunks gzipped with names that end in .gz, which TensorStore reads as zeros."),
  sharding: z
    .union([z.literal("auto"), z.null(), sharding])
    .default(null)
    .describe("Chunks in few large files: null (none), auto, or the members of neuroglancer_uint64_sharded_v1."),
  mips: z
    .union([z.literal("auto"), z.array(factors)])
    .default("auto")
    .describe("auto, or the factors from each scale to the next: [[2, 2, 1], [2, 2, 2]]."),
  backgroundChunks: z
    .enum(["write", "skip"])
    .default("write")
    .describe(
      "Chunks of background alone: write them, or skip them (background 0 only; readers take what is not there as 0).",
    ),
  background: z.number().default(0).describe("Value of voxels that no tile covers, and of filled tiles."),
});

export const provenanceSchema = z.strictObject({
  sources: z.array(z.string()).describe("Where the data came from: URLs, paths, accession numbers."),
  motivation: z.string().describe("Why this volume is made."),
  process: z
    .strictObject({
      description: z.string(),
      parameters: z.record(z.string(), z.unknown()).default({}),
    })
    .describe("What is done."),
});

export const jobConfigSchema = z.strictObject({
  $schema: z.string().optional(),
  version: z.literal(1),
  source: sourceSchema,
  destination: destinationSchema,
  // Checked by the write gate, which has a message of its own for what is missing.
  provenance: z
    .unknown()
    .optional()
    .describe("sources, motivation and process; required here or by --provenance FILE."),
});

export type JobConfig = z.infer<typeof jobConfigSchema>;
export type SourceConfig = z.infer<typeof sourceSchema>;
export type DestinationConfig = z.infer<typeof destinationSchema>;
