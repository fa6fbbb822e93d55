/** Where a task's chunks go: encoded, digested, written under their keys; with a lossless copy where a coarser mip still needs one. */
import pLimit from "p-limit";
import { sizeOf, type BoundingBox } from "../core/bounding-box.js";
import type { VoxelArray } from "../core/data-type.js";
import { product } from "../core/vec3.js";
import type { ChunkReceipt } from "../engine/messages.js";
import type { VoxelPool } from "../geometry/voxel-pool.js";
import type { WritableStore } from "../storage/store.js";
import { packChunk, putChunk, removeOtherForms } from "../volume/chunk-store.js";
import type { JobDocument } from "./job-document.js";
import { JobSeries } from "./job-series.js";

/** Puts under way at once: a bucket answers in tens of milliseconds, a disk at once. */
const putsAtOnce = 8;

export interface WriteOptions {
  /** The chunk of the next mip is made later, from what is stored. */
  readonly keepLossless: boolean;
}

/** The chunks of one task; make a new one per task. */
export class ChunkOutput {
  readonly receipts: ChunkReceipt[] = [];
  readonly stagesMs = { encode: 0, write: 0 };
  /** Chunks that could not be made because what they need is not there. */
  left = 0;
  readonly #series: JobSeries;
  readonly #store: WritableStore;
  readonly #limit = pLimit(putsAtOnce);
  readonly #pending = new Set<Promise<void>>();
  readonly #scratchKeys: string[] = [];
  readonly #pool: VoxelPool;
  readonly #replaces: boolean;

  constructor(document: JobDocument, store: WritableStore, pool: VoxelPool) {
    this.#series = new JobSeries(document);
    this.#store = store;
    this.#pool = pool;
    this.#replaces = document.existing === "replace";
  }

  /** Memory for the chunk's voxels, to be filled and given to `write`. */
  voxels(box: BoundingBox): VoxelArray {
    const { dataType, channels } = this.#series.at(0);
    return this.#pool.take(dataType, product(sizeOf(box)) * channels);
  }

  /** Everything that was written, for `store.sync`. */
  get keys(): readonly string[] {
    return [...this.receipts.map(({ key }) => key), ...this.#scratchKeys];
  }

  keyOf(mip: number, box: BoundingBox): string {
    return this.#series.key(mip, box);
  }

  async exists(mip: number, box: BoundingBox): Promise<boolean> {
    return (await this.#store.stat(this.keyOf(mip, box))) !== undefined;
  }

  /**
   * Encodes now and writes soon; `flush` waits for the writes.
   *
   * @param voxels - from `voxels(box)`, filled: x fastest, then y, z, channel; belongs to this output from now on
   */
  async write(mip: number, box: BoundingBox, voxels: VoxelArray, { keepLossless }: WriteOptions): Promise<void> {
    const begun = performance.now();
    const packed = await packChunk(this.#series.at(mip), this.#series.form, { box, voxels });
    this.stagesMs.encode += performance.now() - begun;
    const copy =
      keepLossless && this.#series.isLossy
        ? await packChunk(this.#series.scratchAt(mip), "plain", { box, voxels })
        : undefined;
    await this.#put(async () => {
      this.receipts.push(await putChunk(this.#store, packed));
      if (this.#replaces) await removeOtherForms(this.#store, packed.key);
      if (copy) this.#scratchKeys.push((await putChunk(this.#store, copy)).key);
      this.#pool.give(voxels); // raw chunks are written from it
    });
  }

  /** Resolves when every write is done. @throws CirrusError of the store */
  async flush(): Promise<void> {
    const begun = performance.now();
    await Promise.all(this.#pending);
    this.stagesMs.write += performance.now() - begun;
  }

  /** Waits while too many writes are under way. */
  async #put(act: () => Promise<void>): Promise<void> {
    const begun = performance.now();
    const put = this.#limit(act);
    this.#pending.add(put);
    // A failure is seen by flush, which must find it among the pending ones.
    put.then(() => this.#pending.delete(put)).catch(() => {});
    if (this.#limit.pendingCount > 0) await Promise.race(this.#pending);
    this.stagesMs.write += performance.now() - begun;
  }
}
