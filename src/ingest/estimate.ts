/** What a plan means in objects, bytes and memory, with the warnings that a person should read before the start. Pure. */
import { sizeOf, volumeOf, type BoundingBox } from "../core/bounding-box.js";
import { bytesPerVoxel } from "../core/data-type.js";
import { product, type Vec3 } from "../core/vec3.js";
import { cellsTouching, gridShape, voxelsOfCells } from "../geometry/chunk-grid.js";
import { scaledBounds } from "../geometry/pyramid.js";
import { memoryNeeds } from "../geometry/run-block.js";
import { taskAt, type GridLevel } from "../geometry/task-grid.js";
import type { SourceProbe } from "../tiles/contracts.js";
import type { JobConfig } from "./config.js";
import { cellsOfJob, gridLevels, stageGrid, type IngestPlan, type Plan } from "./plan.js";

export interface ScaleReport {
  readonly mip: number;
  readonly key: string;
  readonly size: Vec3;
  readonly voxelOffset: Vec3;
  readonly resolutionNm: Vec3;
  /** From the scale before. */
  readonly factor: Vec3;
  /** Chunks that this job writes, and that the whole scale has. */
  readonly chunks: number;
  readonly chunksOfScale: number;
  /** Uncompressed bytes that this job writes. */
  readonly bytes: number;
}

export interface PlanWarning {
  readonly code: string;
  readonly text: string;
}

export interface Estimate {
  readonly scales: readonly ScaleReport[];
  readonly tasks: number;
  readonly objects: number;
  /** Before compression. */
  readonly bytes: number;
  /** Mips with chunks that reach over this job's part, or are made of such. */
  readonly incompleteMips: readonly number[];
  /** Slabs of the largest task, uncut, and the least that works when cut. */
  readonly slabBytes: number;
  readonly leastSlabBytes: number;
}

const manyFiles = 100_000;
/** Neuroglancer keeps sizes and offsets as float32. */
const exactInFloat32 = 2 ** 24;

export function estimate(plan: Plan): Estimate {
  const levels = gridLevels(plan.scales, plan.chunkSize);
  const cells = cellsOfJob(plan);
  const scales = levels.map((level) => scaleReport(level, plan, cells[level.mip]!));
  const needs = plan.stages.map((stage) => {
    const grid = stageGrid(plan, stage);
    const clip = grid.levels[0]!.grid.bounds;
    // A task in the middle is the largest one: the last ones are clipped.
    const task = taskAt(Math.floor(stage.count / 2), grid);
    return memoryNeeds({ grid, task, clip, dataType: plan.dataType, channels: plan.channels, method: "mean" });
  });
  return {
    scales,
    tasks: plan.stages.reduce((sum, stage) => sum + stage.count, 0),
    objects: scales.reduce((sum, scale) => sum + scale.chunks, 0),
    bytes: scales.reduce((sum, scale) => sum + scale.bytes, 0),
    incompleteMips: levels
      .filter((level) => volumeOf(cells[level.mip]!) < touchedChunks(level, plan))
      .map(({ mip }) => mip),
    slabBytes: Math.max(...needs.map((need) => need.wholeBytes)),
    leastSlabBytes: Math.max(...needs.map((need) => need.leastBytes)),
  };
}

const touchedChunks = ({ grid, factor }: GridLevel, { extent }: Plan): number =>
  volumeOf(cellsTouching(scaledBounds(extent, factor), grid));

function scaleReport(level: GridLevel, plan: Plan, cells: BoundingBox): ScaleReport {
  const scale = plan.scales[level.mip]!;
  const voxels = volumeOf(cells) === 0 ? 0 : volumeOf(voxelsOfCells(cells, level.grid));
  return {
    mip: level.mip,
    key: scale.key,
    size: sizeOf(scale.bounds),
    voxelOffset: scale.bounds.min,
    resolutionNm: scale.resolutionNm,
    factor: scale.step,
    chunks: volumeOf(cells),
    chunksOfScale: product(gridShape(level.grid)),
    bytes: voxels * plan.channels * bytesPerVoxel(plan.dataType),
  };
}

/** Everything odd that is no error, in the order of how much it matters. */
export function warningsOf({ plan, tiles }: IngestPlan, probe: SourceProbe, config: JobConfig): PlanWarning[] {
  const warnings: PlanWarning[] = probe.warnings.map((text) => ({ code: "W_SOURCE", text }));
  const add = (code: string, text: string): void => void warnings.push({ code, text });
  const { destination } = config;
  const report = estimate(plan);
  if (probe.missingCount > 0)
    add("W_TILES_MISSING", `${probe.missingCount} tiles are missing and become background (${destination.background})`);
  if (destination.layout === "cloudvolume")
    add(
      "W_LAYOUT",
      "local chunks get names that end in .gz: CloudVolume reads them, TensorStore reads zeros without an error",
    );
  if (destination.encoding.startsWith("jpeg")) add("W_LOSSY", "jpeg changes voxel values; raw and png do not");
  if (plan.dataType !== tiles.dataType)
    add("W_WIDENED", `voxels are stored as ${plan.dataType}; the source has ${tiles.dataType} (values stay the same)`);
  const probed = probe.resolutionNm;
  if (probed && probed.some((nm, i) => Math.abs(nm - destination.resolutionNm[i]!) > 0.01 * nm))
    add(
      "W_RESOLUTION",
      `the config says ${destination.resolutionNm.join(" x ")} nm per voxel, the source's ${probe.resolutionFrom ?? "tags"} say ${probed.join(" x ")}`,
    );
  if (destination.path.startsWith("gs://") === false && report.scales.some((scale) => scale.chunksOfScale > manyFiles))
    add("W_MANY_FILES", `one folder will hold more than ${manyFiles} files; larger chunks make fewer`);
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
