/** Fills slabs of a coarse stage's base mip from chunks that this job, or an earlier one, wrote. */
import pLimit from "p-limit";
import { sizeOf, type BoundingBox } from "../core/bounding-box.js";
import { newVoxels, type VoxelArray } from "../core/data-type.js";
import { CirrusError } from "../core/errors.js";
import { perAxis, product } from "../core/vec3.js";
import { listManifests, readManifest, type ListedManifest } from "../engine/manifest.js";
import { emptySha256 } from "../engine/messages.js";
import { chunksIn, type Chunk } from "../geometry/chunk-grid.js";
import type { SlabPlanes } from "../geometry/run-block.js";
import type { GridLevel } from "../geometry/task-grid.js";
import type { KeyValueStore } from "../storage/store.js";
import { readChunk } from "../volume/chunk-store.js";
import type { JobDocument } from "./job-document.js";
import { JobSeries } from "./job-series.js";
import { stageGrid } from "./plan.js";

const readsAtOnce = 8;

export interface ChunksFrom {
  readonly stage: number | undefined;
  readonly background: ReadonlySet<string> | undefined;
}

export class ChunkInput {
  readonly #store: KeyValueStore;
  readonly #series: JobSeries;
  /** Then what is read is the copies in scratch. */
  readonly #isLossy: boolean;
  readonly #written: WrittenChunks;

  constructor(document: JobDocument, store: KeyValueStore) {
    this.#store = store;
    this.#series = new JobSeries(document);
    this.#isLossy = this.#series.isLossy;
    this.#written = new WrittenChunks(document, this.#series, store);
  }

  /**
   * True when every chunk of the level that the box touches can be read.
   *
   * @param background - keys of chunks that were left out
   */
  async hasAll(level: GridLevel, box: BoundingBox, background: ReadonlySet<string>): Promise<boolean> {
    for (const chunk of chunksIn(box, level.grid))
      if (
        !background.has(this.#series.key(level.mip, chunk.box)) &&
        !(await this.#store.stat(this.#keyOf(level.mip, chunk.box)))
      )
        return false;
    return true;
  }

  /**
   * Fills all sections of the slab.
   *
   * @param from.stage - of this job that made the level's chunks: each must be in a manifest of it, with the digest that it has there.
   *   Absent: what exists is read
   * @param from.background - keys of chunks that earlier jobs left out
   * @throws CirrusError `E_TASK_BLOCKED` naming the chunks that were not made, `E_CHUNK_MISSING`, `E_CHUNK_CORRUPT`
   */
  async fill(level: GridLevel, slab: SlabPlanes, { stage, background }: ChunksFrom): Promise<void> {
    const { x0, y0, x1, y1 } = slab.planes(slab.from)[0]!.box;
    const box: BoundingBox = { min: [x0, y0, slab.from], max: [x1, y1, slab.to] };
    const chunks = [...chunksIn(box, level.grid)];
    const digests = stage === undefined ? undefined : await this.#written.digestsOf(chunks, level, stage);
    const isLeftOut = ({ box: own }: Chunk): boolean => {
      const key = this.#series.key(level.mip, own);
      return digests?.get(key) === emptySha256 || (background?.has(key) ?? false);
    };
    const limit = pLimit(readsAtOnce);
    await limit.map(chunks, async (chunk) =>
      this.#paste(
        isLeftOut(chunk) ? this.#zeros(level.mip, chunk) : await this.#read(level, chunk, digests),
        chunk,
        slab,
      ),
    );
  }

  async #read(level: GridLevel, { box }: Chunk, digests: ReadonlyMap<string, string> | undefined): Promise<VoxelArray> {
    const series = this.#isLossy ? this.#series.scratchAt(level.mip) : this.#series.at(level.mip);
    // The digest of a shard is not that of a chunk in it, whose gzip has a checksum of its own.
    const isWhole = !this.#isLossy && !series.scale.sharding;
    const sha256 = isWhole ? digests?.get(this.#series.key(level.mip, box)) : undefined;
    const voxels = await readChunk(this.#store, series, box, sha256 === undefined ? {} : { sha256 });
    if (voxels) return voxels;
    const key = this.#keyOf(level.mip, box);
    throw new CirrusError("E_CHUNK_MISSING", `no chunk at ${this.#store.url}/${key}`, { context: { names: [key] } });
  }

  #zeros(mip: number, { box }: Chunk): VoxelArray {
    const { dataType, channels } = this.#series.at(mip);
    return newVoxels(dataType, product(sizeOf(box)) * channels);
  }

  #paste(voxels: VoxelArray, { box }: Chunk, slab: SlabPlanes): void {
    const [nx, ny, nz] = sizeOf(box);
    const planeBox = { x0: box.min[0], y0: box.min[1], x1: box.max[0], y1: box.max[1] };
    for (let z = Math.max(box.min[2], slab.from); z < Math.min(box.max[2], slab.to); z++)
      slab.planes(z).forEach((target, channel) => {
        const offset = (channel * nz + z - box.min[2]) * nx * ny;
        target.paste({ data: voxels, offset, box: planeBox });
      });
  }

  #keyOf(mip: number, box: BoundingBox): string {
    return this.#isLossy ? this.#series.scratchKey(mip, box) : this.#series.key(mip, box);
  }
}

const manifestsKept = 4;

/** Which chunks a stage of the job wrote, from its manifests: a chunk that is there may be an older job's. */
class WrittenChunks {
  readonly #document: JobDocument;
  readonly #series: JobSeries;
  readonly #store: KeyValueStore;
  /** Of a stage, listed when the first task runs that reads its chunks: the stage is settled then. */
  readonly #manifests = new Map<number, readonly ListedManifest[]>();
  readonly #digests = new Map<string, ReadonlyMap<string, string>>();

  constructor(document: JobDocument, series: JobSeries, store: KeyValueStore) {
    this.#document = document;
    this.#series = series;
    this.#store = store;
  }

  /** @throws CirrusError `E_TASK_BLOCKED` */
  async digestsOf(chunks: readonly Chunk[], level: GridLevel, stage: number): Promise<ReadonlyMap<string, string>> {
    const found = new Map<string, string>();
    const absent: string[] = [];
    for (const chunk of chunks) {
      const key = this.#series.key(level.mip, chunk.box);
      const digest = (await this.#manifestOf(this.#taskOf(chunk, level, stage), stage))?.get(key);
      if (digest === undefined) absent.push(key);
      else found.set(key, digest);
    }
    if (!absent.length) return found;
    const count = absent.length === 1 ? "1 chunk" : `${absent.length} chunks`;
    throw new CirrusError(
      "E_TASK_BLOCKED",
      `${count} of mip ${level.mip} that this task needs were not made: ${absent.slice(0, 3).join(", ")}${absent.length > 3 ? ", ..." : ""}`,
      {
        context: { names: absent },
      },
    );
  }

  /** Number of the task of a stage that owns a chunk of its top mip. */
  #taskOf({ cell }: Chunk, level: GridLevel, stage: number): number {
    const { plan } = this.#document;
    const grid = stageGrid(plan, plan.stages[stage]!);
    const { factor } = grid.levels.find(({ mip }) => mip === level.mip)!;
    const [x, y, z] = perAxis((i) => Math.floor(cell[i] / (grid.span[i] / factor[i])) - grid.tasks.min[i]);
    const [nx, ny] = sizeOf(grid.tasks);
    const before = plan.stages.slice(0, stage).reduce((sum, { count }) => sum + count, 0);
    return before + x + nx * (y + ny * z);
  }

  /** Digests by key of the range that a task is in; undefined when no such range was finished. */
  async #manifestOf(task: number, stage: number): Promise<ReadonlyMap<string, string> | undefined> {
    // What is kept is what was read, not the reading: one that failed (503) is tried again with the task.
    const listing = this.#manifests.get(stage) ?? (await listManifests(this.#store, this.#document.jobId));
    this.#manifests.set(stage, listing);
    const listed = listing.findLast(({ from }) => from <= task);
    if (!listed) return undefined;
    let digests = this.#digests.get(listed.key);
    if (!digests) {
      digests = await this.#load(listed.key);
      this.#digests.set(listed.key, digests);
      if (this.#digests.size > manifestsKept) this.#digests.delete(this.#digests.keys().next().value!);
    }
    return digests;
  }

  async #load(key: string): Promise<ReadonlyMap<string, string>> {
    const { done } = await readManifest(this.#store, key);
    return new Map(done.flatMap(({ chunks }) => chunks.map((chunk) => [chunk.key, chunk.sha256] as const)));
  }
}
