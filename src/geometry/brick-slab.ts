/**
 * Sections of one mip in memory, a chunk deep, chunk by chunk: each chunk's voxels lie one after another (a brick), as its encoder takes
 * them. Sections come and go as planes. Cutting chunks out of whole sections instead would touch every line of the cache alone
 * (64 voxels here, 64 a section further on): 0.5 GB/s where this takes 5.
 */
import { sizeOf, type BoundingBox } from "../core/bounding-box.js";
import { bytesPerVoxel, type DataType, type VoxelArray } from "../core/data-type.js";
import type { ChunkGrid } from "./chunk-grid.js";
import { fillPlane, planePaster, type Plane, type PlaneBox, type PlaneTarget } from "./paste.js";
import type { VoxelPool } from "./voxel-pool.js";

export interface SlabSpec {
  readonly grid: ChunkGrid;
  /** Voxels that pass through the slab; sections of it are in memory up to a chunk's depth at a time. */
  readonly region: BoundingBox;
  readonly dataType: DataType;
  readonly channels: number;
}

/** `[from, to)` of one axis. */
interface Interval {
  readonly from: number;
  readonly to: number;
}

/** Bytes that the slab takes. */
export const slabBytes = (spec: SlabSpec): number => slabVoxels(spec) * bytesPerVoxel(spec.dataType);

function slabVoxels({ grid, region, channels }: SlabSpec): number {
  const [nx, ny, nz] = sizeOf(region);
  return nx * ny * Math.min(nz, grid.chunkSize[2]) * channels;
}

export class BrickSlab {
  readonly spec: SlabSpec;
  readonly planeBox: PlaneBox;
  readonly columns: readonly Interval[];
  readonly rows: readonly Interval[];
  /** All voxels that are in memory. */
  readonly data: VoxelArray;
  #layer: Interval = { from: 0, to: 0 };

  constructor(spec: SlabSpec, pool: VoxelPool) {
    const { region } = spec;
    this.spec = spec;
    this.planeBox = { x0: region.min[0], y0: region.min[1], x1: region.max[0], y1: region.max[1] };
    this.columns = cutsOf(0, spec);
    this.rows = cutsOf(1, spec);
    this.data = pool.take(spec.dataType, slabVoxels(spec));
    this.moveTo(region.min[2]);
  }

  /** Sections that are in memory now. */
  get layer(): Interval {
    return this.#layer;
  }

  /** Voxels that are in memory now. */
  get box(): BoundingBox {
    const { min, max } = this.spec.region;
    return { min: [min[0], min[1], this.#layer.from], max: [max[0], max[1], this.#layer.to] };
  }

  /** Sections that are in memory together with z. */
  layerOf(z: number): Interval {
    const { grid, region } = this.spec;
    const depth = grid.chunkSize[2];
    const origin = grid.bounds.min[2];
    const start = origin + Math.floor((z - origin) / depth) * depth;
    return { from: Math.max(start, region.min[2]), to: Math.min(start + depth, region.max[2]) };
  }

  /** Makes room for the layer of section z. What was there is still in memory, but no longer means anything. */
  moveTo(z: number): void {
    if (z < this.#layer.from || z >= this.#layer.to) this.#layer = this.layerOf(z);
  }

  /** Section z of the layer in memory. Holds what an earlier section left there. */
  section(z: number, channel: number): BrickSection {
    return new BrickSection(this, z, channel);
  }

  /** One channel of one section of a brick, as a plane of its own. */
  piece(column: Interval, row: Interval, { z, channel }: { readonly z: number; readonly channel: number }): Plane {
    const depth = this.#layer.to - this.#layer.from;
    const width = column.to - column.from;
    const height = row.to - row.from;
    const inBrick = (channel * depth + z - this.#layer.from) * width * height;
    const box = { x0: column.from, y0: row.from, x1: column.to, y1: row.to };
    return { data: this.data, offset: this.#startOf(column, row) + inBrick, box };
  }

  /** The voxels of a chunk: x fastest, then y, z, channel. The memory is the slab's. @param box - of a whole chunk of this layer */
  chunk(box: BoundingBox): VoxelArray {
    const [width, height, depth] = sizeOf(box);
    const start = this.#startOf({ from: box.min[0], to: box.max[0] }, { from: box.min[1], to: box.max[1] });
    return this.data.subarray(start, start + width * height * depth * this.spec.channels);
  }

  release(pool: VoxelPool): void {
    pool.give(this.data);
  }

  /** Bricks of a row of chunks are equally high, and their widths add up to the region's. */
  #startOf(column: Interval, row: Interval): number {
    const { region, channels } = this.spec;
    const [x0, y0] = region.min;
    const before = (row.from - y0) * (region.max[0] - x0) + (column.from - x0) * (row.to - row.from);
    return before * (this.#layer.to - this.#layer.from) * channels;
  }
}

/** One channel of one section, spread over the bricks. */
export class BrickSection implements PlaneTarget {
  readonly box: PlaneBox;
  readonly #slab: BrickSlab;
  readonly #at: { readonly z: number; readonly channel: number };

  constructor(slab: BrickSlab, z: number, channel: number) {
    this.#slab = slab;
    this.#at = { z, channel };
    this.box = slab.planeBox;
  }

  paste(source: Plane, part: PlaneBox = source.box): void {
    let paste: ReturnType<typeof planePaster> | undefined;
    for (const piece of this.pieces(part)) {
      paste ??= planePaster(source.data, piece.data, this.#slab.spec.dataType);
      paste(source, piece, part);
    }
  }

  fill(part: PlaneBox, value: number): void {
    for (const piece of this.pieces(part)) fillPlane(piece, part, value);
  }

  /** @param target - of the same data type; what it shares with the section is written */
  copyTo(target: Plane): void {
    let paste: ReturnType<typeof planePaster> | undefined;
    for (const piece of this.pieces(target.box)) {
      paste ??= planePaster(piece.data, target.data, this.#slab.spec.dataType);
      paste(piece, target, target.box);
    }
  }

  /** Bricks that touch a part of the section. */
  *pieces(part: PlaneBox = this.box): Generator<Plane> {
    for (const row of this.#slab.rows) {
      if (row.to <= part.y0 || row.from >= part.y1) continue;
      for (const column of this.#slab.columns)
        if (column.to > part.x0 && column.from < part.x1) yield this.#slab.piece(column, row, this.#at);
    }
  }
}

/** The region's interval of an axis, cut where chunks end. */
function cutsOf(axis: 0 | 1, { grid, region }: SlabSpec): Interval[] {
  const size = grid.chunkSize[axis];
  const origin = grid.bounds.min[axis];
  const cuts: Interval[] = [];
  for (let from = region.min[axis]; from < region.max[axis];) {
    const to = Math.min(origin + (Math.floor((from - origin) / size) + 1) * size, region.max[axis]);
    cuts.push({ from, to });
    from = to;
  }
  return cuts;
}
