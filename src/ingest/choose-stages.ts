/**
 * Cuts the pyramid into stages and each stage into tasks, so that tiles are decoded as few times as memory allows.
 * Pure; what it chooses changes the speed, never a voxel.
 */
import { sizeOf } from "../core/bounding-box.js";
import { ceilDivide, multiply, perAxis, type Vec3 } from "../core/vec3.js";
import { gridShape } from "../geometry/chunk-grid.js";
import { tasksOf, type GridLevel } from "../geometry/task-grid.js";
import { decodesPerTile, type ImageForm } from "./decode-cost.js";

/** Mips `base..top` that one kind of task reads and makes: it reads tiles where the base is mip 0, else chunks of the base. */
export interface StageShape {
  readonly baseMip: number;
  readonly topMip: number;
  /** Chunks of the base mip per task and axis. */
  readonly span: Vec3;
}

export interface StageInput extends ImageForm {
  readonly levels: readonly GridLevel[];
  /** Factors from mip 0 per level. */
  readonly bytesPerVoxel: number;
  /** The same in memory where tiles are read. */
  readonly tileBytesPerVoxel: number;
  /** Bytes that the slabs of one task may take. */
  readonly memoryBytes: number;
  /** Chunks per shard and axis, by mip: a task owns whole shards. Absent for single chunks. */
  readonly shardCells?: readonly Vec3[];
}

/** Costs as parts of one pass over mip 0, from stage timings on PNG tiles: decoding about as much as all else. */
const decodeCost = 0.45;
const coarseCost = 0.5;
/** Below this many tasks processes wait for one another; tasks of less than this many bytes are not worth having. */
const enoughTasks = 8;
const enoughBytes = 32e6;

export function chooseStages(input: StageInput): StageShape[] {
  const last = input.levels.length - 1;
  const stages = [bestStage({ base: 0, readsTiles: true }, input)];
  // The first stage may make mip 0 alone, where sections are so wide that coarser mips do not fit beside it.
  while (stages.at(-1)!.topMip < last)
    stages.push(bestStage({ base: stages.at(-1)!.topMip, readsTiles: false }, input));
  return stages;
}

interface Start {
  readonly base: number;
  /** Else the base mip's chunks, of which it makes coarser ones. */
  readonly readsTiles: boolean;
}

function bestStage({ base, readsTiles }: Start, input: StageInput): StageShape {
  const last = input.levels.length - 1;
  const lowest = Math.min(readsTiles ? base : base + 1, last);
  let best: { stage: StageShape; cost: number } | undefined;
  for (let top = lowest; top <= last; top++)
    for (const span of spansFor({ base, readsTiles }, top, input)) {
      const cost = costOf({ base, readsTiles }, top, span, input);
      if (cost !== undefined && (!best || cost < best.cost))
        best = { stage: { baseMip: base, topMip: top, span }, cost };
    }
  // Nothing fits: the smallest task, which a worker with little memory splits further by itself.
  return best?.stage ?? { baseMip: base, topMip: lowest, span: leastSpan({ base, readsTiles }, lowest, input) };
}

/** Spans to try: multiples of the least one in x and y, and that one in z. */
function* spansFor(start: Start, top: number, input: StageInput): Generator<Vec3> {
  const least = leastSpan(start, top, input);
  const cells = gridShape(input.levels[start.base]!.grid);
  const [mostX, mostY] = ceilDivide(cells, least);
  for (const x of multiples(mostX)) for (const y of multiples(mostY)) yield [x * least[0], y * least[1], least[2]];
}

/** The top's factor, or what holds whole shards of every mip that is made. */
function leastSpan({ base, readsTiles }: Start, top: number, { levels, shardCells }: StageInput): Vec3 {
  let span = relativeFactor(base, top, levels);
  for (let mip = readsTiles ? base : base + 1; shardCells && mip <= top; mip++)
    span = commonMultiple(span, multiply(relativeFactor(base, mip, levels), shardCells[mip]!));
  return span;
}

/** The least whole multiple of both, per axis. */
export const commonMultiple = (a: Vec3, b: Vec3): Vec3 =>
  perAxis((i) => {
    let multiple = Math.max(a[i], b[i]);
    while (multiple % a[i] !== 0 || multiple % b[i] !== 0) multiple += Math.max(a[i], b[i]);
    return multiple;
  });

const multiples = (most: number): number[] => {
  const small = Array.from({ length: Math.min(most, 16) }, (_, i) => i + 1);
  return most > 16 ? [...small, 24, 32, 48, 64, 96, 128].filter((n) => n < most).concat(most) : small;
};

function costOf({ base, readsTiles }: Start, top: number, span: Vec3, input: StageInput): number | undefined {
  const voxelBytes = readsTiles ? input.tileBytesPerVoxel : input.bytesPerVoxel;
  if (slabVoxels(base, top, span, input) * voxelBytes > input.memoryBytes) return undefined;
  const levels = levelsFrom(base, top, input.levels);
  const tasks = sizeOf(tasksOf(levels, span)).reduce((a, b) => a * b, 1);
  const [nx, ny, nz] = sizeOf(input.levels[base]!.grid.bounds);
  const enough = Math.min(enoughTasks, Math.ceil((nx * ny * nz * input.bytesPerVoxel) / enoughBytes));
  const idle = tasks < enough ? 0.1 * (enough / tasks - 1) : 0;
  const rest =
    top < input.levels.length - 1 ? coarseCost / relativeFactor(base, top, input.levels).reduce((a, b) => a * b, 1) : 0;
  return decodeCost * (readsTiles ? decodesPerTile(span, input.levels[0]!, input) : 1) + rest + idle;
}

function slabVoxels(base: number, top: number, span: Vec3, input: StageInput): number {
  let voxels = 0;
  for (const { grid, factor } of levelsFrom(base, top, input.levels)) {
    const whole = sizeOf(grid.bounds);
    const [x, y] = perAxis((i) => Math.min(Math.ceil((span[i] * grid.chunkSize[i]) / factor[i]) + 1, whole[i]));
    voxels += x * y * Math.min(grid.chunkSize[2], whole[2]);
  }
  return voxels;
}

/** Levels `base..top` with their factors counted from the base. */
export function levelsFrom(base: number, top: number, levels: readonly GridLevel[]): GridLevel[] {
  const own = levels[base]!.factor;
  return levels.slice(base, top + 1).map((level) => ({ ...level, factor: perAxis((i) => level.factor[i] / own[i]) }));
}

const relativeFactor = (base: number, top: number, levels: readonly GridLevel[]): Vec3 =>
  perAxis((i) => levels[top]!.factor[i] / levels[base]!.factor[i]);
