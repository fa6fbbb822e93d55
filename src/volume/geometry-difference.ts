/** Whether two infos describe the same voxels, stored in the same way. Pure. */
import type { Scale, VolumeInfo } from "../formats/precomputed/volume-info.js";

/**
 * The first difference, in words: `scales[1].size is 64, 64, 30, not 64, 64, 31`; undefined when what is wanted fits what exists.
 * One of the two may have more scales than the other.
 */
export function geometryDifference(existing: VolumeInfo, wanted: VolumeInfo): string | undefined {
  const whole = compare("", [
    ["type", existing.type, wanted.type],
    ["data_type", existing.dataType, wanted.dataType],
    ["num_channels", existing.channels, wanted.channels],
  ]);
  if (whole) return whole;
  for (const [mip, scale] of wanted.scales.entries()) {
    const other = existing.scales[mip];
    const difference = other && compare(`scales[${mip}].`, scaleMembers(other, scale));
    if (difference) return difference;
  }
  return undefined;
}

type Value = string | number | readonly number[] | undefined;
type Member = readonly [name: string, existing: Value, wanted: Value];

/** jpeg_quality and png_level only advise writers; they differ when both are stated. */
const scaleMembers = (a: Scale, b: Scale): Member[] => [
  ["resolution", a.resolutionNm, b.resolutionNm],
  ["size", a.size, b.size],
  ["voxel_offset", a.voxelOffset, b.voxelOffset],
  ["chunk_sizes", a.chunkSize, b.chunkSize],
  ["encoding", a.encoding, b.encoding],
  ["key", a.key, b.key],
  ["jpeg_quality", a.jpegQuality ?? b.jpegQuality, b.jpegQuality ?? a.jpegQuality],
  ["png_level", a.pngLevel ?? b.pngLevel, b.pngLevel ?? a.pngLevel],
  ["compressed_segmentation_block_size", a.blockSize, b.blockSize],
  ["sharding", textOf(a.sharding), textOf(b.sharding)],
];

const textOf = (value: Value | object): string => {
  if (value === undefined) return "absent";
  if (Array.isArray(value)) return value.join(", ");
  return typeof value === "object" ? JSON.stringify(value) : String(value);
};

const compare = (place: string, members: readonly Member[]): string | undefined =>
  members
    .filter(([, a, b]) => textOf(a) !== textOf(b))
    .map(([name, a, b]) => `${place}${name} is ${textOf(a)}, not ${textOf(b)}`)[0];
