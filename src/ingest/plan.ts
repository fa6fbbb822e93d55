/**
 * JobConfig and what the probe saw -> the plan of a job: where the volume lies, its scales, its stages and tasks. Pure.
 * The plan is stored in the job's row when the job is made and never computed again.
 */
import { contains, describeBox, intersect, isEmpty, type BoundingBox } from "../core/bounding-box.js";
import { bytesPerVoxel, isLossless, isVoxelValue, type DataType } from "../core/data-type.js";
import { CirrusError } from "../core/errors.js";
import { add, isEqual, multiply, ones, perAxis, product, type Vec3 } from "../core/vec3.js";
import type { ShardingSpec } from "../formats/precomputed/volume-info.js";
import { scaleKey } from "../formats/precomputed/scale-key.js";
import { alignOutward, gridShape, voxelsOfCells } from "../geometry/chunk-grid.js";
import { insideCells, isAligned } from "../geometry/partial.js";
import { automaticFactors, scaledBounds, totalFactors } from "../geometry/pyramid.js";
import { taskCount, tasksTouching, type GridLevel, type TaskGrid } from "../geometry/task-grid.js";
import type { Interval, SourceProbe } from "../tiles/contracts.js";
import { timesOf, type TileLayout, type Times } from "../tiles/source-document.js";
import { streamedBytes } from "../tiles/row-batches.js";
import { chooseStages, levelsFrom, type StageShape } from "./choose-stages.js";
import type { JobConfig } from "./config.js";
import { decodesPerTile } from "./decode-cost.js";
import { encodingMembers } from "./encoding-members.js";
import { slabType } from "./slab-type.js";
import { planShards } from "./plan-shards.js";
import { slabShare } from "./memory.js";

/** One scale of the volume; index in `Plan.scales` = mip. */
export interface PlannedScale {
  readonly key: string;
  readonly resolutionNm: Vec3;
  readonly bounds: BoundingBox;
  /** From mip 0. */
  readonly factor: Vec3;
  /** From the scale before; 1,1,1 for mip 0. */
  readonly step: Vec3;
  readonly sharding?: ShardingSpec;
  /** Chunks per shard and axis. */
  readonly shardCells?: Vec3;
}

export interface PlannedStage extends StageShape {
  /** Tasks of the volume's grid that touch this job's part. */
  readonly tasks: BoundingBox;
  readonly count: number;
}

/** What a job writes, whatever it reads. */
export interface Plan {
  readonly version: 1;
  readonly dataType: DataType;
  readonly channels: number;
  readonly chunkSize: Vec3;
  readonly scales: readonly PlannedScale[];
  /** This job's part of the volume, voxels of mip 0. */
  readonly extent: BoundingBox;
  /** False when the extent is the whole volume. */
  readonly isPartial: boolean;
  readonly stages: readonly PlannedStage[];
  /** Of the voxels in memory while tiles become chunks; default: dataType. */
  readonly slabType?: DataType;
  /** Why chunks are in shards, or not. */
  readonly shardingReason?: string;
}

export interface IngestPlan {
  readonly plan: Plan;
  readonly tiles: TileLayout;
}

export interface PlanInput {
  readonly config: JobConfig;
  readonly probe: SourceProbe;
  /** What one worker may use. */
  readonly workerBytes: number;
  /** Worker processes of the machine that makes the plan; default 1. */
  readonly workers?: number;
  /** Of the volume, normalised. */
  readonly url: string;
}

/** @throws CirrusError `E_EXTENT_*`, `E_TILE_MISMATCH`, `E_CONFIG_INVALID` with everything that a config can get wrong about its source */
export function planIngest({ config, probe, workerBytes, workers = 1, url }: PlanInput): IngestPlan {
  const { destination } = config;
  const stack = boxOf(probe.extent.x, probe.extent.y, probe.extent.z);
  const dataType = checkedDataType(config, probe);
  checkSource(config, probe);
  const shift = destination.voxelOffset;
  const bounds = volumeBounds(config, stack);
  const chunkSize = destination.chunkSize;
  const extent = jobExtent(config, stack, bounds);
  const factors =
    destination.mips === "auto" ? automaticFactors(bounds, destination.resolutionNm, chunkSize) : destination.mips;
  const plainScales = planScales(bounds, destination.resolutionNm, factors);
  const levels = gridLevels(plainScales, chunkSize);
  const voxelBytes = bytesPerVoxel(dataType) * destination.channels;
  const shards = planShards({ destination, url, levels, chunkBytes: product(chunkSize) * voxelBytes });
  const scales = plainScales.map((scale, mip) => ({ ...scale, ...shards.scales[mip] }));
  requireAligned(extent, levels[0]!, shards.scales[0]?.shardCells);
  const tiles = { dataType: probe.dataType, channels: probe.channels, shift, tileSizePx: probe.tileSizePx, stack };
  const { encoding } = encodingMembers(destination.encoding);
  const narrow = slabType(
    { dataType, type: destination.type, encoding },
    { dataType: probe.dataType, background: destination.background },
  );
  const stageInput = {
    levels,
    bytesPerVoxel: voxelBytes,
    tileBytesPerVoxel: bytesPerVoxel(narrow) * destination.channels,
    memoryBytes: slabShare(workerBytes, { dataType, channels: destination.channels, chunkSize, scales }, tiles),
    tile: { size: probe.tileSizePx, origin: [shift[0], shift[1]] as const },
    access: probe.access,
    ...(probe.blockSizePx ? { blockSizePx: probe.blockSizePx } : {}),
    isStreamed: product([...probe.tileSizePx, 1]) * bytesPerVoxel(probe.dataType) * probe.channels > streamedBytes,
    workers,
    ...(shards.scales.length ? { shardCells: shards.scales.map(({ shardCells }) => shardCells) } : {}),
  };
  const stages = chooseStages(stageInput).map((shape) => planStage(shape, levels, extent));
  return {
    plan: {
      version: 1,
      dataType,
      channels: destination.channels,
      chunkSize,
      scales,
      extent,
      isPartial: !contains(extent, bounds),
      stages,
      slabType: narrow,
      shardingReason: shards.reason,
    },
    tiles: { ...tiles, decodesPerTile: decodesPerTile(stages[0]!.span, levels[0]!, stageInput) },
  };
}

/** Grids of all scales, factors counted from mip 0. */
export const gridLevels = (scales: readonly PlannedScale[], chunkSize: Vec3): GridLevel[] =>
  scales.map(({ bounds, factor }, mip) => ({ mip, factor, grid: { bounds, chunkSize } }));

/**
 * Chunks of every mip that the job writes, as cells of that scale; possibly empty. Mip 0: all of the extent. A coarser one: those
 * that lie wholly in the extent and, where their stage reads chunks, need none that this job does not write.
 */
export function cellsOfJob(plan: Plan): BoundingBox[] {
  const levels = gridLevels(plan.scales, plan.chunkSize);
  const cells: BoundingBox[] = [];
  for (const stage of plan.stages) {
    const own = levelsFrom(stage.baseMip, stage.topMip, levels);
    const base = own[0]!.grid.bounds;
    const readable = stage.baseMip === 0 ? plan.extent : voxelsOfCells(cells[stage.baseMip]!, own[0]!.grid);
    own.forEach(
      (level) =>
        (cells[level.mip] ??= isEmpty(readable)
          ? readable
          : wholeShards(insideCells(level, base, readable), level, plan.scales[level.mip]!.shardCells)),
    );
  }
  return cells;
}

/** The part of a box of cells that is made of whole shards; all of it without shards. */
function wholeShards(cells: BoundingBox, { grid }: GridLevel, perShard: Vec3 | undefined): BoundingBox {
  if (!perShard) return cells;
  const shape = gridShape(grid);
  return {
    min: perAxis((i) => Math.ceil(cells.min[i] / perShard[i]) * perShard[i]),
    max: perAxis((i) => (cells.max[i] === shape[i] ? shape[i] : Math.floor(cells.max[i] / perShard[i]) * perShard[i])),
  };
}

/** The tasks of one stage. */
export const stageGrid = (plan: Pick<Plan, "scales" | "chunkSize">, stage: PlannedStage): TaskGrid => ({
  levels: levelsFrom(stage.baseMip, stage.topMip, gridLevels(plan.scales, plan.chunkSize)),
  span: stage.span,
  tasks: stage.tasks,
});

export function planScales(bounds: BoundingBox, resolutionNm: Vec3, factors: readonly Vec3[]): PlannedScale[] {
  return totalFactors(factors).map((factor, mip) => {
    const resolution = multiply(resolutionNm, factor);
    return {
      key: scaleKey(resolution),
      resolutionNm: resolution,
      bounds: scaledBounds(bounds, factor),
      factor,
      step: factors[mip - 1] ?? [1, 1, 1],
    };
  });
}

export function planStage(shape: StageShape, levels: readonly GridLevel[], extent: BoundingBox): PlannedStage {
  const own = levelsFrom(shape.baseMip, shape.topMip, levels);
  const tasks = tasksTouching(scaledBounds(extent, levels[shape.baseMip]!.factor), own, shape.span);
  return { ...shape, tasks, count: taskCount({ levels: own, span: shape.span, tasks }) };
}

function checkedDataType(config: JobConfig, probe: SourceProbe): DataType {
  const wanted = config.destination.dataType ?? probe.dataType;
  if (!isLossless(probe.dataType, wanted))
    throw new CirrusError(
      "E_TILE_MISMATCH",
      `the source's voxels are ${probe.dataType}, and destination.dataType ${wanted} cannot hold every value of that`,
      { hint: `set destination.dataType to ${probe.dataType} or a wider type` },
    );
  if (config.destination.type === "segmentation" && wanted === "float32")
    throw new CirrusError("E_CONFIG_INVALID", "destination.dataType: a segmentation holds whole numbers, not float32");
  const { background } = config.destination;
  if (!isVoxelValue(background, wanted))
    throw new CirrusError("E_CONFIG_INVALID", `destination.background: ${background} is no value of ${wanted}`);
  if (config.destination.backgroundChunks === "skip" && background !== 0)
    throw new CirrusError(
      "E_CONFIG_INVALID",
      `destination.backgroundChunks: chunks of ${background} cannot be skipped, because readers take what is not there as 0`,
      { hint: 'choose "write", or background 0' },
    );
  return wanted;
}

function checkSource(config: JobConfig, probe: SourceProbe): void {
  checkTime(config.source.t, probe.extent.t);
  const times = timesOf(config.source.t).length;
  if (times > 1 && probe.channels * times !== config.destination.channels)
    throw new CirrusError(
      "E_TILE_MISMATCH",
      `${times} times of ${channelsText(probe.channels)} are ${channelsText(probe.channels * times)}, and destination.channels is ${config.destination.channels}`,
      {
        hint: `set destination.channels to ${probe.channels * times}, or put {t} into destination.path: one volume per time`,
      },
    );
  if (probe.channels * times !== config.destination.channels)
    throw new CirrusError(
      "E_TILE_MISMATCH",
      `the source's images have ${channelsText(probe.channels)}, and destination.channels is ${config.destination.channels}`,
      { hint: `set destination.channels to ${probe.channels}, or convert the images` },
    );
}

function checkTime(asked: Times | undefined, times: Interval | undefined): void {
  const [first, end] = times ?? [0, 1];
  if (asked === undefined && end - first > 1)
    throw new CirrusError("E_CONFIG_INVALID", `source.t: choose a time, ${first} to ${end - 1}: one volume holds one`);
  const wrong = timesOf(asked).find((t) => t !== undefined && !(times && first <= t && t < end));
  // A stack without times is what every stack is at time 0.
  if (wrong === undefined || (!times && asked === 0)) return;
  const there = times ? `its times are ${first} to ${end - 1}` : "it has no times";
  throw new CirrusError("E_EXTENT_INVALID", `source.t: the source has no time ${wrong}: ${there}`);
}

const channelsText = (n: number): string => (n === 1 ? "1 channel" : `${n} channels${n === 3 ? " (RGB)" : ""}`);

function volumeBounds(config: JobConfig, stack: BoundingBox): BoundingBox {
  const given = config.destination.bounds;
  const moved = {
    min: add(stack.min, config.destination.voxelOffset),
    max: add(stack.max, config.destination.voxelOffset),
  };
  return given ? boxOf(given.x, given.y, given.z) : moved;
}

/** The part of the volume that the source's extent becomes. */
function jobExtent(config: JobConfig, stack: BoundingBox, bounds: BoundingBox): BoundingBox {
  const part = config.source.extent ?? {};
  const whole = { x: axisOf(stack, 0), y: axisOf(stack, 1), z: axisOf(stack, 2) };
  const asked = boxOf(part.x ?? whole.x, part.y ?? whole.y, part.z ?? whole.z);
  if (!contains(stack, asked))
    throw new CirrusError(
      "E_EXTENT_INVALID",
      `source.extent ${describeBox(asked)} is not inside the stack, ${describeBox(stack)}`,
    );
  const shift = config.destination.voxelOffset;
  const extent = intersect({ min: add(asked.min, shift), max: add(asked.max, shift) }, bounds);
  if (isEmpty(extent))
    throw new CirrusError(
      "E_EXTENT_INVALID",
      `nothing of the stack (moved by voxelOffset) is inside destination.bounds, ${describeBox(bounds)}`,
    );
  return extent;
}

function requireAligned(extent: BoundingBox, { grid }: GridLevel, perShard: Vec3 = ones): void {
  // Shards begin where the chunks do: they are a grid of larger chunks.
  const units = { ...grid, chunkSize: multiply(grid.chunkSize, perShard) };
  if (isAligned(extent, units)) return;
  const legal = alignOutward(extent, units);
  const name = isEqual(perShard, ones) ? "chunks" : "shards";
  throw new CirrusError(
    "E_EXTENT_UNALIGNED",
    `the part ${describeBox(extent)} (volume voxels) is not made of whole ${name} of ${units.chunkSize.join(" x ")}: the nearest legal box is ${describeBox(legal)}`,
    { context: { extent, nearest: legal } },
  );
}

const axisOf = (box: BoundingBox, axis: 0 | 1 | 2): Interval => [box.min[axis], box.max[axis]];
const boxOf = (x: Interval, y: Interval, z: Interval): BoundingBox => ({
  min: [x[0], y[0], z[0]],
  max: [x[1], y[1], z[1]],
});
