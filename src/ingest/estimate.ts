/** What a plan means in objects, bytes and memory. Pure. */
import { isEmpty, sizeOf, volumeOf, type BoundingBox } from "../core/bounding-box.js";
import { bytesPerVoxel } from "../core/data-type.js";
import { ceilDivide, floorDivide, ones, product, subtract, type Vec3 } from "../core/vec3.js";
import { cellsTouching, gridShape, voxelsOfCells } from "../geometry/chunk-grid.js";
import { scaledBounds } from "../geometry/pyramid.js";
import { memoryNeeds } from "../geometry/run-block.js";
import { taskAt, type GridLevel } from "../geometry/task-grid.js";
import { cellsOfJob, gridLevels, stageGrid, type Plan } from "./plan.js";

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

export function estimate(plan: Plan): Estimate {
  const levels = gridLevels(plan.scales, plan.chunkSize);
  const cells = cellsOfJob(plan);
  const scales = levels.map((level) => scaleReport(level, plan, cells[level.mip]!));
  const needs = plan.stages.map((stage, i) => {
    const grid = stageGrid(plan, stage);
    const clip = grid.levels[0]!.grid.bounds;
    // A task in the middle is the largest one: the last ones are clipped.
    const task = taskAt(Math.floor(stage.count / 2), grid);
    const dataType = (i === 0 ? plan.slabType : undefined) ?? plan.dataType;
    return memoryNeeds({ grid, task, clip, dataType, channels: plan.channels, method: "mean" });
  });
  return {
    scales,
    tasks: plan.stages.reduce((sum, stage) => sum + stage.count, 0),
    objects: levels.reduce((sum, { mip }) => sum + objectsOf(cells[mip]!, plan.scales[mip]!.shardCells), 0),
    bytes: scales.reduce((sum, scale) => sum + scale.bytes, 0),
    incompleteMips: levels
      .filter((level) => volumeOf(cells[level.mip]!) < touchedChunks(level, plan))
      .map(({ mip }) => mip),
    slabBytes: Math.max(...needs.map((need) => need.wholeBytes)),
    leastSlabBytes: Math.max(...needs.map((need) => need.leastBytes)),
  };
}

/** Chunks, or the shards that hold them. */
function objectsOf(cells: BoundingBox, perShard: Vec3 = ones): number {
  if (isEmpty(cells)) return 0;
  return product(subtract(ceilDivide(cells.max, perShard), floorDivide(cells.min, perShard)));
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
