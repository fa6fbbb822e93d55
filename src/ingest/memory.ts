/** Shares of a run's memory budget: by worker, and of a worker for slabs of voxels. */
import { bytesPerVoxel, type DataType } from "../core/data-type.js";
import type { BoundingBox } from "../core/bounding-box.js";
import { CirrusError } from "../core/errors.js";
import { gridShape } from "../geometry/chunk-grid.js";
import { perAxis, product, type Vec3 } from "../core/vec3.js";
import { tilesAhead } from "../tiles/read-ahead.js";

const MB = 10 ** 6;
const defaultWorkerBytes = 384 * MB;
/** Node, sharp and the codecs before the first tile: see docs/performance.md. */
const idleWorkerBytes = 96 * MB;
export const leastWorkerBytes = 128 * MB;

/**
 * Bytes for each worker of a run.
 *
 * @param asked - the run's budget on this machine; undefined: 384 MB a worker, at most half of what is free
 * @throws CirrusError `E_MEMORY_BUDGET` below 128 MB a worker, naming the least that works
 */
export function workerShare(processes: number, asked: number | undefined, freeBytes: number): number {
  if (asked === undefined) return Math.max(leastWorkerBytes, Math.min(defaultWorkerBytes, freeBytes / 2 / processes));
  if (asked / processes >= leastWorkerBytes) return asked / processes;
  throw new CirrusError(
    "E_MEMORY_BUDGET",
    `--memory ${Math.floor(asked / MB)}MB is too little for ${processes} workers: the least that works is ${(processes * leastWorkerBytes) / MB}MB`,
  );
}

interface ChunkShape {
  readonly dataType: DataType;
  readonly channels: number;
  readonly chunkSize: Vec3;
  readonly scales: readonly ShardedScale[];
}
interface ShardedScale {
  readonly bounds: BoundingBox;
  readonly shardCells?: Vec3;
}
interface TileShape {
  readonly dataType: DataType;
  readonly channels: number;
  readonly tileSizePx: readonly [number, number];
}

/** What a worker needs beside slabs: itself, one tile as file and as pixels, one chunk as voxels and as bytes. */
export function overheadBytes(plan: ChunkShape, tiles: TileShape | undefined): number {
  return idleWorkerBytes + passingBytes(plan, tiles) + shardBytes(plan);
}

/** Of the largest shard before encoding: where its chunks wait, or where it is put together. */
export const shardBytes = (plan: ChunkShape): number => largestShard(plan) * chunkBytes(plan);

/** What passes through a worker while it fills and empties slabs: tiles as files and as pixels, chunks as bytes. */
export function passingBytes(plan: ChunkShape, tiles: TileShape | undefined): number {
  const chunk = chunkBytes(plan);
  const tile = tiles
    ? tiles.tileSizePx[0] * tiles.tileSizePx[1] * bytesPerVoxel(tiles.dataType) * tiles.channels
    : chunk;
  return 4 * chunk + Math.min(4 * tile, 40 * MB) + tilesAhead(tile) * tile;
}

const chunkBytes = ({ dataType, channels, chunkSize }: ChunkShape): number =>
  product(chunkSize) * bytesPerVoxel(dataType) * channels;

/** In chunks; 0 without shards. */
function largestShard({ scales, chunkSize }: Pick<ChunkShape, "scales" | "chunkSize">): number {
  const chunks = ({ bounds, shardCells }: ShardedScale): number => {
    const cells = gridShape({ bounds, chunkSize });
    return shardCells ? product(perAxis((i) => Math.min(shardCells[i], cells[i]))) : 0;
  };
  return Math.max(0, ...scales.map(chunks));
}

/** What is left of a share for slabs; possibly less than the smallest slab needs, or below 0. */
export const slabShare = (workerBytes: number, plan: ChunkShape, tiles: TileShape | undefined): number =>
  workerBytes - overheadBytes(plan, tiles);
