/** Where a task's chunks go: encoded, digested, written under their keys; with a lossless copy where a coarser mip still needs one. */
import pLimit from "p-limit";
import type { BoundingBox } from "../core/bounding-box.js";
import type { VoxelArray } from "../core/data-type.js";
import type { ChunkReceipt } from "../engine/messages.js";
import type { WritableStore } from "../storage/store.js";
import { packChunk, putChunk, type PackedChunk } from "../volume/chunk-store.js";
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

  constructor(document: JobDocument, store: WritableStore) {
    this.#series = new JobSeries(document);
    this.#store = store;
  }

  /** Everything that was written, for `store.sync`. */
  get keys(): readonly string[] {
    return [...this.receipts.map(({ key }) => key), ...this.#scratchKeys];
  }

  async exists(mip: number, box: BoundingBox): Promise<boolean> {
    return (await this.#store.stat(this.#series.key(mip, box))) !== undefined;
  }

  /**
   * Encodes now and writes soon; `flush` waits for the writes. The voxels' memory must stay as it is until then.
   *
   * @param voxels - of the box: x fastest, then y, z, channel
   */
  async write(mip: number, box: BoundingBox, voxels: VoxelArray, { keepLossless }: WriteOptions): Promise<void> {
    const begun = performance.now();
    const packed = await packChunk(this.#series.at(mip), this.#series.form, { box, voxels });
    this.stagesMs.encode += performance.now() - begun;
    await this.#put(packed, (receipt) => this.receipts.push(receipt));
    if (!keepLossless || !this.#series.isLossy) return;
    const copy = await packChunk(this.#series.scratchAt(mip), "plain", { box, voxels });
    await this.#put(copy, ({ key }) => this.#scratchKeys.push(key));
  }

  /** Resolves when every write is done. @throws CirrusError of the store */
  async flush(): Promise<void> {
    const begun = performance.now();
    await Promise.all(this.#pending);
    this.stagesMs.write += performance.now() - begun;
  }

  /** Waits while too many writes are under way. */
  async #put(packed: PackedChunk, onPut: (receipt: ChunkReceipt) => void): Promise<void> {
    const begun = performance.now();
    const put = this.#limit(async () => onPut(await putChunk(this.#store, packed)));
    this.#pending.add(put);
    // A failure is seen by flush, which must find it among the pending ones.
    put.then(() => this.#pending.delete(put)).catch(() => {});
    if (this.#limit.pendingCount > 0) await Promise.race(this.#pending);
    this.stagesMs.write += performance.now() - begun;
  }
}
