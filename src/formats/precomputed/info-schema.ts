/**
 * The `info` document. Unknown members pass. Messages are halves of a sentence: the path of the member comes before them.
 *
 * @see https://github.com/google/neuroglancer/blob/master/src/datasource/precomputed/volume.md "info JSON file specification"
 */
import { z } from "zod";
import { dataTypes } from "../../core/data-type.js";
import { encodingNames, volumeTypes } from "./volume-info.js";

const listed = (names: readonly string[]) => names.map((name) => `"${name}"`).join(", ");
const oneOf = <const Names extends readonly [string, ...string[]]>(names: Names) =>
  z.enum(names, { error: `must be one of ${listed(names)}` });

const triple = (what: string, isLegal: (value: number) => boolean) => {
  const error = `must be three ${what}, x y z`;
  const number = z.number({ error }).refine(isLegal, { error });
  return z.tuple([number, number, number], { error });
};
const positiveIntegers = triple("whole numbers >= 1", (n) => Number.isSafeInteger(n) && n >= 1);
const integers = triple("whole numbers", Number.isSafeInteger);
const positive = triple("numbers > 0 (nm)", (n) => n > 0 && n < Infinity);
const wholeFromOne = z.int({ error: "must be a whole number >= 1" }).min(1, { error: "must be >= 1" });
const bits = (most: number) => {
  const error = `must be a whole number from 0 to ${most}`;
  return z.number({ error }).int({ error }).min(0, { error }).max(most, { error });
};

const name = z.string({ error: "must be text" }).min(1, { error: "must not be empty" });

const sharding = z.object(
  {
    "@type": z.literal("neuroglancer_uint64_sharded_v1", { error: 'must be "neuroglancer_uint64_sharded_v1"' }),
    hash: oneOf(["identity", "murmurhash3_x86_128"]),
    preshift_bits: bits(64),
    minishard_bits: bits(32),
    shard_bits: bits(64),
    minishard_index_encoding: oneOf(["raw", "gzip"]).optional(),
    data_encoding: oneOf(["raw", "gzip"]).optional(),
  },
  { error: "must be an object, or be left out (Neuroglancer does not open a volume where it is null)" },
);

const scale = z
  .object(
    {
      key: name.refine((key) => !key.startsWith("/"), { error: "must be relative to the volume" }),
      resolution: positive,
      size: positiveIntegers,
      voxel_offset: integers.optional(),
      chunk_sizes: z
        .array(positiveIntegers, { error: "must be a list of chunk sizes" })
        .min(1, { error: "must hold at least one chunk size" }),
      encoding: oneOf(encodingNames),
      jpeg_quality: bits(100).optional(),
      png_level: bits(9).optional(),
      compressed_segmentation_block_size: positiveIntegers.optional(),
      sharding: sharding.optional(),
      hidden: z.boolean({ error: "must be true or false" }).optional(),
    },
    { error: "must be an object" },
  )
  .superRefine((value, context) => {
    const refuse = (member: string, message: string) => context.addIssue({ code: "custom", path: [member], message });
    for (const [member, encoding] of Object.entries(encodingMembers))
      if (member in value && value.encoding !== encoding) refuse(member, `is only valid for "${encoding}" encoding`);
    if (value.encoding === "compressed_segmentation" && !value.compressed_segmentation_block_size)
      refuse("compressed_segmentation_block_size", 'is required for "compressed_segmentation" encoding');
    if (value.sharding && value.chunk_sizes.length > 1) refuse("chunk_sizes", "must hold one chunk size when sharded");
  });

/** TensorStore refuses a volume that has one of these with another encoding. */
const encodingMembers = {
  jpeg_quality: "jpeg",
  png_level: "png",
  compressed_segmentation_block_size: "compressed_segmentation",
} as const;

/** Folders, relative to the volume. */
const segmentationMembers = ["mesh", "skeletons", "segment_properties"] as const;

export const multiscaleType = "neuroglancer_multiscale_volume";

export const infoSchema = z
  .object(
    {
      "@type": z.literal(multiscaleType, { error: `must be "${multiscaleType}"` }).optional(),
      type: oneOf(volumeTypes),
      data_type: oneOf(dataTypes),
      num_channels: wholeFromOne,
      scales: z.array(scale, { error: "must be a list" }).min(1, { error: "must hold at least one scale" }),
      mesh: name.optional(),
      skeletons: name.optional(),
      segment_properties: name.optional(),
    },
    { error: "must be a JSON object" },
  )
  .superRefine(({ type, num_channels, scales, ...others }, context) => {
    const refuse = (path: (string | number)[], message: string) => context.addIssue({ code: "custom", path, message });
    if (type === "segmentation" && num_channels !== 1) refuse(["num_channels"], "must be 1 for a segmentation");
    for (const member of segmentationMembers)
      if (others[member] !== undefined && type !== "segmentation") refuse([member], "is only valid for a segmentation");
    scales.forEach(({ key, resolution }, i) => {
      const finer = scales[i - 1];
      if (finer && resolution.some((value, axis) => value < finer.resolution[axis]!))
        refuse(
          ["scales", i, "resolution"],
          `must not decrease from scale to scale (${finer.resolution.join(", ")} before)`,
        );
      const other = scales.findIndex((earlier) => earlier.key === key);
      if (other < i) refuse(["scales", i, "key"], `is that of scale ${other} too`);
    });
  });

export type InfoDocument = z.infer<typeof infoSchema>;
export type ScaleDocument = InfoDocument["scales"][number];
