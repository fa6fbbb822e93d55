/** What a person should read before the start of a job. Pure. */
import { cloudVolumeLayoutWarning, isBucketUrl } from "../volume/stored-form.js";
import { estimate } from "./estimate.js";
import type { Prepared } from "./prepare.js";
import { resolutionDifference } from "./resolution-difference.js";

export interface PlanWarning {
  readonly code: string;
  readonly text: string;
}

const manyFiles = 100_000;
/** Neuroglancer keeps sizes and offsets as float32. */
const exactInFloat32 = 2 ** 24;

const skippedBackgroundWarning =
  "chunks of background alone are not stored: TensorStore and Neuroglancer show 0 there, CloudVolume does with fill_missing=True and refuses without";

/** Everything odd that is no error, in the order of how much it matters. */
export function warningsOf(prepared: Prepared): PlanWarning[] {
  const { plan, tiles, probe, cautions } = prepared;
  const warnings: PlanWarning[] = probe.warnings.map((text) => ({ code: "W_SOURCE", text }));
  const add = (code: string, text: string): void => void warnings.push({ code, text });
  const { destination } = prepared.loaded.config;
  const report = estimate(plan);
  if (probe.missingCount > 0)
    add("W_TILES_MISSING", `${probe.missingCount} tiles are missing and become background (${destination.background})`);
  if (destination.layout === "cloudvolume") add("W_LAYOUT", cloudVolumeLayoutWarning);
  if (destination.backgroundChunks === "skip") add("W_BACKGROUND", skippedBackgroundWarning);
  for (const caution of cautions) add("W_READERS", caution);
  if (destination.encoding.startsWith("jpeg")) add("W_LOSSY", "jpeg changes voxel values; raw and png do not");
  if (plan.dataType !== tiles.dataType)
    add("W_WIDENED", `voxels are stored as ${plan.dataType}; the source has ${tiles.dataType} (values stay the same)`);
  const difference = resolutionDifference(destination.resolutionNm, probe);
  if (difference !== undefined) add("W_RESOLUTION", difference);
  if (
    !isBucketUrl(prepared.destination.url) &&
    report.scales.some((scale) => scale.chunksOfScale > manyFiles && !plan.scales[scale.mip]!.sharding)
  )
    add(
      "W_MANY_FILES",
      `one folder will hold more than ${manyFiles} files; larger chunks make fewer, and sharding "auto" a few hundred`,
    );
  const { bounds } = plan.scales[0]!;
  if ([...bounds.min, ...bounds.max].some((n) => Math.abs(n) > exactInFloat32))
    add("W_FLOAT32", `Neuroglancer keeps positions as float32, which is not exact beyond ${exactInFloat32} voxels`);
  const top = plan.scales.at(-1)!.factor;
  if (bounds.min.some((n, i) => n % top[i]! !== 0))
    add(
      "W_OFFSET",
      `the volume's offset ${bounds.min.join(", ")} is no multiple of ${top.join(" x ")}: first voxels of coarse mips cover fewer fine ones`,
    );
  if (tiles.decodesPerTile > 1.5)
    add(
      "W_DECODES",
      `each tile is decoded ${tiles.decodesPerTile.toFixed(1)} times: tiles of ${tiles.tileSizePx.join(" x ")} do not line up with tasks that fit the memory`,
    );
  if (report.incompleteMips.length)
    add(
      "W_PARTIAL",
      `chunks of mip ${report.incompleteMips.join(", ")} reach over this part: \`cirrus downsample\` makes them when all parts are there`,
    );
  return warnings;
}
