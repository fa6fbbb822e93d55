/**
 * Runs one task over its sections: as one stream of all mips where memory allows, else in sub-blocks that make the fine mips and
 * hand the finest coarse one to a stream of the whole task. The voxels are the same either way.
 */
import { intersect, isEmpty, sizeOf, type BoundingBox } from "../core/bounding-box.js";
import type { DataType } from "../core/data-type.js";
import { perAxis, type Vec3 } from "../core/vec3.js";
import { voxelsOfCells } from "./chunk-grid.js";
import type { DownsampleMethod } from "./downsample/windows.js";
import type { BrickSlab } from "./brick-slab.js";
import type { PlaneTarget } from "./paste.js";
import { scaledBounds } from "./pyramid.js";
import { PyramidStream, streamBytes, type StreamLevel } from "./pyramid-stream.js";
import type { VoxelPool } from "./voxel-pool.js";
import { ownedCells, regionOf, tasksOf, tasksTouching, type GridLevel, type TaskGrid } from "./task-grid.js";

export interface BlockSpec {
  readonly grid: TaskGrid;
  readonly task: Vec3;
  /** Voxels of the base mip that may be read: the job's part. */
  readonly clip: BoundingBox;
  readonly dataType: DataType;
  readonly channels: number;
  readonly method: DownsampleMethod;
  /** Bytes that slabs may take. */
  readonly memoryBytes: number;
  /** Where their memory comes from and goes back to. */
  readonly pool: VoxelPool;
}

/** Sections `[from, to)` that are in memory together. */
export interface SlabPlanes {
  readonly from: number;
  readonly to: number;
  /** Of section z, one plane per channel. */
  planes(z: number): PlaneTarget[];
}

export interface BlockPorts {
  /** Fills every voxel of section z of the base mip; a slab's other sections may be filled ahead. */
  readSection(z: number, slab: SlabPlanes): Promise<void>;
  /** Takes the chunks `cells` of `level` out of a slab; its memory is used again afterwards. */
  writeSlab(level: GridLevel, slab: BrickSlab, cells: BoundingBox): Promise<void>;
}

/** How a task is cut: sub-blocks of `span` base chunks that make the levels 0..`top`. */
export interface Cut {
  readonly top: number;
  readonly span: Vec3;
}

export async function runBlock(spec: BlockSpec, ports: BlockPorts): Promise<void> {
  const region = intersect(regionOf(spec.task, spec.grid), spec.clip);
  if (isEmpty(region)) return;
  const cut = chooseCut(spec, region);
  const last = spec.grid.levels.length - 1;
  if (cut === undefined) return runStream(spec, ports, { task: spec.task, grid: spec.grid, region });
  if (cut.top === last) {
    const inner = subGrid(spec.grid, cut, region);
    for (const task of positions(inner.tasks)) await runStream(spec, ports, { task, grid: inner, region });
    return;
  }
  await runNested(spec, ports, { cut, region });
}

/** Bytes of slabs that the task takes: all that it needs, or as much as it is given and is cut for. */
export function slabsOf(spec: Omit<BlockSpec, "pool">): { readonly bytes: number; readonly isCut: boolean } {
  const region = intersect(regionOf(spec.task, spec.grid), spec.clip);
  const bytes = isEmpty(region) ? 0 : streamBytes({ ...spec, levels: streamLevels(spec.grid.levels), region });
  return { bytes: Math.min(bytes, spec.memoryBytes), isCut: bytes > spec.memoryBytes };
}

/** Bytes of slabs that the task needs without any cut, and the least that the smallest cut needs. */
export function memoryNeeds(spec: Omit<BlockSpec, "memoryBytes" | "pool">): {
  readonly wholeBytes: number;
  readonly leastBytes: number;
} {
  const region = intersect(regionOf(spec.task, spec.grid), spec.clip);
  const cuts = [...cutsOf(spec.grid)].map((cut) => cutBytes(spec, cut, region));
  const wholeBytes = streamBytes({ ...spec, levels: streamLevels(spec.grid.levels), region });
  return { wholeBytes, leastBytes: Math.min(wholeBytes, ...cuts) };
}

/** undefined: no cut is needed, or none is small enough and the least one is taken. */
function chooseCut(spec: BlockSpec, region: BoundingBox): Cut | undefined {
  if (streamBytes({ ...spec, levels: streamLevels(spec.grid.levels), region }) <= spec.memoryBytes) return undefined;
  let least: { cut: Cut; bytes: number } | undefined;
  for (const cut of cutsOf(spec.grid)) {
    const bytes = cutBytes(spec, cut, region);
    if (bytes <= spec.memoryBytes) return cut;
    if (!least || bytes < least.bytes) least = { cut, bytes };
  }
  return least?.cut;
}

/** Cuts from the coarsest to the finest; rows are halved before columns, so that images are read in bands. */
function* cutsOf(grid: TaskGrid): Generator<Cut> {
  const candidates: { cut: Cut; area: number }[] = [];
  grid.levels.forEach(({ factor }, top) => {
    // A slab of the base mip for the whole task would be no saving.
    if (top === 0 && grid.levels.length > 1) return;
    for (let y = grid.span[1]; y >= factor[1]; y = y === factor[1] ? 0 : halved(y, factor[1]))
      for (let x = grid.span[0]; x >= factor[0]; x = x === factor[0] ? 0 : halved(x, factor[0]))
        candidates.push({ cut: { top, span: [x, y, factor[2]] }, area: x * y });
  });
  candidates.sort((a, b) => b.area - a.area || b.cut.span[0] - a.cut.span[0] || b.cut.top - a.cut.top);
  for (const { cut } of candidates) yield cut;
}

/** About half of n, a multiple of `factor`, at least `factor`. */
const halved = (n: number, factor: number): number => Math.max(factor, Math.floor(n / 2 / factor) * factor);

function cutBytes(spec: Omit<BlockSpec, "memoryBytes" | "pool">, cut: Cut, region: BoundingBox): number {
  const { levels } = spec.grid;
  const chunk = levels[0]!.grid.chunkSize;
  const whole = sizeOf(region);
  const size = perAxis((i) => Math.min(whole[i], cut.span[i] * chunk[i] + levels[cut.top]!.factor[i]));
  const sub = { min: region.min, max: perAxis((i) => region.min[i] + size[i]) };
  const inner = streamBytes({ ...spec, levels: streamLevels(levels.slice(0, cut.top + 1)), region: sub });
  if (cut.top === levels.length - 1) return inner;
  const outer = scaledBounds(region, levels[cut.top]!.factor);
  return inner + streamBytes({ ...spec, levels: streamLevels(levels.slice(cut.top)), region: outer });
}

interface StreamRun {
  readonly task: Vec3;
  readonly grid: TaskGrid;
  readonly region: BoundingBox;
}

/** One stream over one task or sub-block; writes the chunks that both the sub-block and the task own. */
async function runStream(spec: BlockSpec, ports: BlockPorts, run: StreamRun): Promise<void> {
  const region = intersect(regionOf(run.task, run.grid), run.region);
  if (isEmpty(region)) return;
  await stream(
    spec,
    ports,
    region,
    async (index, slab) => {
      const cells = intersect(ownedCells(run.task, run.grid, run.grid.levels[index]!), ownedBySpec(spec, index));
      await writeOwned(ports, run.grid.levels[index]!, slab, cells);
    },
    run.grid.levels,
  );
}

async function runNested(
  spec: BlockSpec,
  ports: BlockPorts,
  { cut, region }: { cut: Cut; region: BoundingBox },
): Promise<void> {
  const { levels } = spec.grid;
  const handed = levels[cut.top]!;
  const inner = subGrid(spec.grid, cut, region);
  const outerRegion = scaledBounds(region, handed.factor);
  const outer = new PyramidStream(
    { ...spec, levels: streamLevels(levels.slice(cut.top)), region: outerRegion },
    (mip, slab) => {
      const index = levels.findIndex((level) => level.mip === mip);
      return writeOwned(ports, levels[index]!, slab, ownedBySpec(spec, index));
    },
  );
  try {
    for (let z = outerRegion.min[2]; z < outerRegion.max[2];) {
      const { from, to } = outer.slabAround(z);
      const cellZ = Math.floor((from - handed.grid.bounds.min[2]) / handed.grid.chunkSize[2]);
      for (const [x, y] of positions({ min: [...pair(inner.tasks.min), 0], max: [...pair(inner.tasks.max), 1] })) {
        const task: Vec3 = [x, y, cellZ];
        const own = voxelsOfCells(ownedCells(task, inner, handed), handed.grid);
        const part = intersect(regionOf(task, inner), region);
        if (isEmpty(part) || isEmpty(own)) continue;
        await stream(
          spec,
          ports,
          part,
          async (index, slab) => {
            if (index === cut.top) return handOver(slab, own, outer);
            await writeOwned(
              ports,
              levels[index]!,
              slab,
              intersect(ownedCells(task, inner, levels[index]!), ownedBySpec(spec, index)),
            );
          },
          inner.levels,
        );
      }
      for (; z < to; z++) await outer.commit(z);
    }
  } finally {
    outer.release();
  }
}

async function stream(
  spec: BlockSpec,
  ports: BlockPorts,
  region: BoundingBox,
  onSlab: (index: number, slab: BrickSlab) => Promise<void>,
  levels: readonly GridLevel[],
): Promise<void> {
  const made = new PyramidStream({ ...spec, levels: streamLevels(levels), region }, (mip, slab) =>
    onSlab(
      levels.findIndex((level) => level.mip === mip),
      slab,
    ),
  );
  try {
    for (let z = region.min[2]; z < region.max[2]; z++) {
      await ports.readSection(z, { ...made.slabAround(z), planes: (section) => made.planes(section) });
      await made.commit(z);
    }
  } finally {
    made.release();
  }
}

function handOver(slab: BrickSlab, own: BoundingBox, outer: PyramidStream): void {
  const part = { x0: own.min[0], y0: own.min[1], x1: own.max[0], y1: own.max[1] };
  const { min, max } = slab.box;
  for (let z = Math.max(min[2], own.min[2]); z < Math.min(max[2], own.max[2]); z++)
    outer.planes(z).forEach((target, channel) => {
      for (const piece of slab.section(z, channel).pieces(part)) target.paste(piece, part);
    });
}

/** Chunks of the slab among `cells`; a slab is one chunk deep, so this picks one layer of them. */
async function writeOwned(ports: BlockPorts, level: GridLevel, slab: BrickSlab, cells: BoundingBox): Promise<void> {
  const layer = Math.floor((slab.box.min[2] - level.grid.bounds.min[2]) / level.grid.chunkSize[2]);
  const own = intersect(cells, {
    min: [cells.min[0], cells.min[1], layer],
    max: [cells.max[0], cells.max[1], layer + 1],
  });
  if (!isEmpty(own)) await ports.writeSlab(level, slab, own);
}

const ownedBySpec = (spec: BlockSpec, index: number): BoundingBox =>
  ownedCells(spec.task, spec.grid, spec.grid.levels[index]!);

/** The grid of sub-blocks, on the volume's own chunk grid, with those that the region needs. */
function subGrid(grid: TaskGrid, cut: Cut, region: BoundingBox): TaskGrid {
  const levels = grid.levels.slice(0, cut.top + 1);
  const touching = tasksTouching(region, levels, cut.span);
  return { levels, span: cut.span, tasks: intersect(touching, tasksOf(levels, cut.span)) };
}

function streamLevels(levels: readonly GridLevel[]): StreamLevel[] {
  return levels.map((level, i) => ({
    mip: level.mip,
    grid: level.grid,
    step: perAxis((axis) => level.factor[axis] / (levels[i - 1]?.factor[axis] ?? level.factor[axis])),
  }));
}

function* positions(box: BoundingBox): Generator<Vec3> {
  for (let z = box.min[2]; z < box.max[2]; z++)
    for (let y = box.min[1]; y < box.max[1]; y++) for (let x = box.min[0]; x < box.max[0]; x++) yield [x, y, z];
}

const pair = (v: Vec3): readonly [number, number] => [v[0], v[1]];
