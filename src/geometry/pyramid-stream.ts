/**
 * Makes every mip of a block while its sections pass by: a section that is complete is averaged into the next mip as soon as the
 * sections that belong together are there, and a slab of one chunk's depth is handed out when its last section is. Memory holds
 * one slab per mip, however deep the block is.
 */
import { sizeOf, type BoundingBox } from "../core/bounding-box.js";
import { bytesPerVoxel, type DataType } from "../core/data-type.js";
import type { Vec3 } from "../core/vec3.js";
import { BrickSlab, slabBytes } from "./brick-slab.js";
import type { ChunkGrid } from "./chunk-grid.js";
import { BrickDownsampler } from "./downsample/bricks.js";
import { downsampleSection } from "./downsample/section.js";
import type { DownsampleMethod } from "./downsample/windows.js";
import type { Plane, PlaneTarget } from "./paste.js";
import { scaledBounds } from "./pyramid.js";
import type { VoxelPool } from "./voxel-pool.js";

export interface StreamLevel {
  readonly mip: number;
  /** Slabs end where its chunks do. */
  readonly grid: ChunkGrid;
  /** From the level before; unused on the first. */
  readonly step: Vec3;
}

export interface StreamSpec {
  readonly levels: readonly StreamLevel[];
  /** Voxels of the first level that will pass. */
  readonly region: BoundingBox;
  readonly dataType: DataType;
  readonly channels: number;
  readonly method: DownsampleMethod;
  readonly pool: VoxelPool;
}

/** A full slab of one mip; its memory is used again once the handler's promise resolves. */
export type SlabHandler = (mip: number, slab: BrickSlab) => Promise<void>;

/** Box of every level for a region of the first. */
export function levelBoxes(levels: readonly Pick<StreamLevel, "step">[], region: BoundingBox): BoundingBox[] {
  const boxes = [region];
  for (const { step } of levels.slice(1)) boxes.push(scaledBounds(boxes.at(-1)!, step));
  return boxes;
}

/** Bytes that a stream of this shape holds: its slabs, and the sections of one group as planes while they are averaged. */
export function streamBytes(spec: Omit<StreamSpec, "method" | "pool">): number {
  const boxes = levelBoxes(spec.levels, spec.region);
  const slabs = spec.levels.reduce((sum, { grid }, i) => sum + slabBytes({ ...spec, grid, region: boxes[i]! }), 0);
  const planes = spec.levels.slice(1).map(({ step }, i) => planeBytes(boxes[i]!) * step[2] + planeBytes(boxes[i + 1]!));
  return slabs + Math.max(0, ...planes) * bytesPerVoxel(spec.dataType);
}

const planeBytes = (box: BoundingBox): number => {
  const [nx, ny] = sizeOf(box);
  return rowStrideOf(nx) * ny;
};

/** A section that waits for its group to be complete: in the slab, or as planes when the slab went on without it. */
type Waiting = number | readonly Plane[];

interface LevelState extends StreamLevel {
  readonly slab: BrickSlab;
  /** Out of the level before, on all but the first. */
  readonly bricks: BrickDownsampler | undefined;
  waiting: Waiting[];
}

export class PyramidStream {
  readonly #levels: LevelState[];
  readonly #spec: StreamSpec;
  readonly #onSlab: SlabHandler;

  constructor(spec: StreamSpec, onSlab: SlabHandler) {
    this.#spec = spec;
    this.#onSlab = onSlab;
    const boxes = levelBoxes(spec.levels, spec.region);
    let from: BrickSlab | undefined;
    this.#levels = spec.levels.map((level, i) => {
      const slab = new BrickSlab({ ...spec, grid: level.grid, region: boxes[i]! }, spec.pool);
      const bricks = from && new BrickDownsampler({ method: spec.method, from, to: slab, step: level.step });
      from = slab;
      return { ...level, slab, bricks, waiting: [] };
    });
  }

  /** Where section z of the first level goes, one plane per channel, in voxels of the volume. Holds what an earlier section left there. */
  planes(z: number): PlaneTarget[] {
    const { slab } = this.#levels[0]!;
    slab.moveTo(z);
    return this.#channels().map((channel) => slab.section(z, channel));
  }

  /** Sections of the first level that are in memory together with z: from where its slab begins to where it ends. */
  slabAround(z: number): { readonly from: number; readonly to: number } {
    return this.#levels[0]!.slab.layerOf(z);
  }

  /** Says that section z of the first level is complete. Sections come in order, each once, from the region's first to its last. */
  commit(z: number): Promise<void> {
    return this.#commit(0, z);
  }

  /** Gives the slabs' memory back; the stream must not be used any more. */
  release(): void {
    const { pool } = this.#spec;
    for (const { slab, waiting } of this.#levels) {
      slab.release(pool);
      for (const one of waiting) if (typeof one !== "number") for (const plane of one) pool.give(plane.data);
    }
  }

  async #commit(index: number, z: number): Promise<void> {
    const level = this.#levels[index]!;
    const next = this.#levels[index + 1];
    if (next) {
      level.waiting.push(z);
      const isGroupComplete = (z + 1) % next.step[2] === 0 || z + 1 === level.slab.spec.region.max[2];
      if (isGroupComplete) {
        const target = Math.floor(z / next.step[2]);
        next.slab.moveTo(target);
        for (const channel of this.#channels()) this.#downsample(level, next, { target, channel });
        level.waiting = [];
        await this.#commit(index + 1, target);
      }
    }
    if (z + 1 < level.slab.box.max[2]) return;
    await this.#onSlab(level.mip, level.slab);
    // A group that goes on in the next slab must outlive this one's memory.
    level.waiting = level.waiting.map((one) =>
      typeof one === "number"
        ? this.#channels().map((channel) => planeIn(this.#spec.pool, level.slab, { z: one, channel }))
        : one,
    );
  }

  #downsample(level: LevelState, next: LevelState, { target, channel }: { target: number; channel: number }): void {
    const { method, pool } = this.#spec;
    const [from, to] = [level.slab, next.slab];
    const inSlab = level.waiting.filter((one) => typeof one === "number");
    if (inSlab.length === level.waiting.length && next.bricks?.run({ sections: inSlab, target, channel })) return;
    const sources = level.waiting.map((one) =>
      typeof one === "number" ? planeIn(pool, from, { z: one, channel }) : one[channel]!,
    );
    const made = emptyPlane(pool, to);
    downsampleSection({
      method,
      factor: next.step,
      sources: sources.map(({ data }) => data),
      sourceBox: from.planeBox,
      sourceStride: sources[0]!.stride!,
      target: made.data,
      targetBox: to.planeBox,
      targetStride: made.stride,
    });
    to.section(target, channel).paste(made);
    for (const plane of [made, ...sources]) pool.give(plane.data);
  }

  #channels(): number[] {
    return Array.from({ length: this.#spec.channels }, (_, channel) => channel);
  }
}

/** Rows begin on words, whatever their type: averages are twice as fast there. */
const rowStrideOf = (width: number): number => Math.ceil(width / 4) * 4;

function emptyPlane(pool: VoxelPool, { planeBox, spec }: BrickSlab): Plane & { readonly stride: number } {
  const stride = rowStrideOf(planeBox.x1 - planeBox.x0);
  return {
    data: pool.take(spec.dataType, stride * (planeBox.y1 - planeBox.y0)),
    offset: 0,
    box: planeBox,
    stride,
  };
}

function planeIn(pool: VoxelPool, slab: BrickSlab, { z, channel }: { z: number; channel: number }): Plane {
  const plane = emptyPlane(pool, slab);
  slab.section(z, channel).copyTo(plane);
  return plane;
}
