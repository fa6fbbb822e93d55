/**
 * Makes every mip of a block while its sections pass by: a section that is complete is averaged into the next mip as soon as the
 * sections that belong together are there, and a slab of one chunk's depth is handed out when its last section is. Memory holds
 * one slab per mip, however deep the block is.
 */
import { sizeOf, type BoundingBox } from "../core/bounding-box.js";
import { bytesPerVoxel, type DataType, type VoxelArray } from "../core/data-type.js";
import type { Vec3 } from "../core/vec3.js";
import { downsampleSection } from "./downsample/section.js";
import type { DownsampleMethod } from "./downsample/windows.js";
import type { Plane, PlaneBox, Slab } from "./paste.js";
import { scaledBounds } from "./pyramid.js";
import type { VoxelPool } from "./voxel-pool.js";

export interface StreamLevel {
  readonly mip: number;
  /** z of the scale's `voxel_offset`: slabs end where chunks do. */
  readonly originZ: number;
  /** Sections per slab: the chunk's depth. */
  readonly depth: number;
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
export type SlabHandler = (mip: number, slab: Slab) => Promise<void>;

/** Box of every level for a region of the first. */
export function levelBoxes(levels: readonly Pick<StreamLevel, "step">[], region: BoundingBox): BoundingBox[] {
  const boxes = [region];
  for (const { step } of levels.slice(1)) boxes.push(scaledBounds(boxes.at(-1)!, step));
  return boxes;
}

/** Bytes that a stream of this shape holds. */
export function streamBytes(spec: Omit<StreamSpec, "method" | "pool">): number {
  const boxes = levelBoxes(spec.levels, spec.region);
  const voxels = spec.levels.reduce((sum, level, i) => {
    const [nx, ny, nz] = sizeOf(boxes[i]!);
    return sum + rowStrideOf(nx) * ny * Math.min(level.depth, nz);
  }, 0);
  return voxels * spec.channels * bytesPerVoxel(spec.dataType);
}

interface LevelState extends StreamLevel {
  readonly box: BoundingBox;
  readonly planeBox: PlaneBox;
  readonly rowStride: number;
  readonly planeLength: number;
  readonly data: VoxelArray;
  readonly channelStride: number;
  /** Sections that wait for their group to be complete, each as one plane per channel. */
  waiting: Plane[][];
}

export class PyramidStream {
  readonly #levels: LevelState[];
  readonly #spec: StreamSpec;
  readonly #onSlab: SlabHandler;

  constructor(spec: StreamSpec, onSlab: SlabHandler) {
    this.#spec = spec;
    this.#onSlab = onSlab;
    const boxes = levelBoxes(spec.levels, spec.region);
    this.#levels = spec.levels.map((level, i) => {
      const box = boxes[i]!;
      const [nx, ny, nz] = sizeOf(box);
      const rowStride = rowStrideOf(nx);
      const channelStride = rowStride * ny * Math.min(level.depth, nz);
      return {
        ...level,
        box,
        planeBox: { x0: box.min[0], y0: box.min[1], x1: box.max[0], y1: box.max[1] },
        rowStride,
        planeLength: rowStride * ny,
        channelStride,
        data: spec.pool.take(spec.dataType, channelStride * spec.channels),
        waiting: [],
      };
    });
  }

  /** Where section z of the first level goes, one plane per channel, in voxels of the volume. Holds what an earlier section left there. */
  planes(z: number): Plane[] {
    return this.#planes(this.#levels[0]!, z);
  }

  /** Sections of the first level that are in memory together with z: from where its slab begins to where it ends. */
  slabAround(z: number): { readonly from: number; readonly to: number } {
    return slabRange(this.#levels[0]!, z);
  }

  /** Says that section z of the first level is complete. Sections come in order, each once, from the region's first to its last. */
  commit(z: number): Promise<void> {
    return this.#commit(0, z);
  }

  /** Gives the slabs' memory back; the stream must not be used any more. */
  release(): void {
    for (const { data } of this.#levels) this.#spec.pool.give(data);
  }

  async #commit(index: number, z: number): Promise<void> {
    const level = this.#levels[index]!;
    const next = this.#levels[index + 1];
    if (next) {
      level.waiting.push(this.#planes(level, z));
      const isGroupComplete = (z + 1) % next.step[2] === 0 || z + 1 === level.box.max[2];
      if (isGroupComplete) {
        const target = Math.floor(z / next.step[2]);
        this.#downsample(level, next, target);
        level.waiting = [];
        await this.#commit(index + 1, target);
      }
    }
    const { from, to } = slabRange(level, z);
    if (z + 1 < to) return;
    await this.#onSlab(level.mip, {
      data: level.data,
      box: { min: [level.box.min[0], level.box.min[1], from], max: [level.box.max[0], level.box.max[1], to] },
      channels: this.#spec.channels,
      rowStride: level.rowStride,
      planeStride: level.planeLength,
      channelStride: level.channelStride,
    });
    // A group that goes on in the next slab must outlive this one's memory.
    level.waiting = level.waiting.map((planes) => planes.map((plane) => copyOf(plane, level.planeLength)));
  }

  #downsample(level: LevelState, next: LevelState, target: number): void {
    const targets = this.#planes(next, target);
    targets.forEach((plane, channel) =>
      downsampleSection({
        method: this.#spec.method,
        factor: next.step,
        sources: level.waiting.map((planes) => sliceOf(planes[channel]!, level.planeLength)),
        sourceBox: level.planeBox,
        sourceStride: level.rowStride,
        target: sliceOf(plane, next.planeLength),
        targetBox: next.planeBox,
        targetStride: next.rowStride,
      }),
    );
  }

  #planes(level: LevelState, z: number): Plane[] {
    const inSlab = (z - slabRange(level, z).from) * level.planeLength;
    return Array.from({ length: this.#spec.channels }, (_, channel) => ({
      data: level.data,
      offset: channel * level.channelStride + inSlab,
      box: level.planeBox,
      stride: level.rowStride,
    }));
  }
}

/** Rows begin on words, whatever their type: copies and averages are twice as fast there. */
const rowStrideOf = (width: number): number => Math.ceil(width / 4) * 4;

function slabRange(level: LevelState, z: number): { from: number; to: number } {
  const start = level.originZ + Math.floor((z - level.originZ) / level.depth) * level.depth;
  return { from: Math.max(start, level.box.min[2]), to: Math.min(start + level.depth, level.box.max[2]) };
}

const sliceOf = (plane: Plane, length: number): VoxelArray => plane.data.subarray(plane.offset, plane.offset + length);
const copyOf = (plane: Plane, length: number): Plane => ({
  data: plane.data.slice(plane.offset, plane.offset + length),
  offset: 0,
  box: plane.box,
  ...(plane.stride === undefined ? {} : { stride: plane.stride }),
});
