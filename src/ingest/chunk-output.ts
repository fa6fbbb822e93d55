/** Where a task's chunks go: encoded, digested, written under their keys; with a lossless copy where a coarser mip still needs one. */
import pLimit from "p-limit";
import type { BoundingBox } from "../core/bounding-box.js";
import type { VoxelArray } from "../core/data-type.js";
import { emptySha256, isStored, type ChunkReceipt } from "../engine/messages.js";
import type { WritableStore } from "../storage/store.js";
import {
  encodeChunk,
  packChunk,
  putChunk,
  putShard,
  removeAllForms,
  removeOtherForms,
  type ChunkSeries,
  type PackedChunk,
  type VoxelChunk,
} from "../volume/chunk-store.js";
import { isAllZero } from "../volume/is-all-zero.js";
import { isSharded, type ShardedScale } from "../volume/shard-reader.js";
import type { ShardSpool, WholeShard } from "../volume/shard-spool.js";
import type { Garbage } from "../tiles/garbage.js";
import type { JobDocument } from "./job-document.js";
import { JobSeries } from "./job-series.js";

/** Puts under way at once: a bucket answers in tens of milliseconds, a disk at once. */
const putsAtOnce = 8;

export interface WriteOptions {
  /** The chunk of the next mip is made later, from what is stored. */
  readonly keepLossless: boolean;
}

interface OutputParts {
  readonly store: WritableStore;
  readonly spool: ShardSpool;
  readonly garbage: Garbage;
  readonly beforeWrite: () => void;
}

/** The chunks of one task; make a new one per task. */
export class ChunkOutput {
  readonly receipts: ChunkReceipt[] = [];
  /** Chunks that could not be made because what they need is not there. */
  left = 0;
  readonly #series: JobSeries;
  readonly #store: WritableStore;
  readonly #limit = pLimit(putsAtOnce);
  readonly #pending = new Set<Promise<void>>();
  readonly #scratchKeys: string[] = [];
  readonly #replaces: boolean;
  /** A chunk of an earlier job may lie where one is left out. */
  readonly #mayExist: boolean;
  readonly #skipsBackground: boolean;
  readonly #garbage: Garbage;
  readonly #spool: ShardSpool;
  readonly #beforeWrite: () => void;
  #encodingMs = 0;
  #actingMs = 0;
  #waitingMs = 0;

  /**
   * @param spool - where chunks of shards wait; clear when this begins
   * @param garbage - where memory that was left behind is counted
   * @param beforeWrite - of the worker
   */
  constructor(document: JobDocument, { store, spool, garbage, beforeWrite }: OutputParts) {
    this.#beforeWrite = beforeWrite;
    this.#garbage = garbage;
    this.#spool = spool;
    this.#series = new JobSeries(document);
    this.#store = store;
    this.#replaces = document.existing === "replace";
    this.#mayExist = document.existing !== "none";
    this.#skipsBackground = document.destination.skipsBackground === true;
  }

  /** Time by stage; digests belong to writing. */
  get stagesMs(): { readonly encode: number; readonly write: number } {
    return { encode: this.#encodingMs, write: this.#actingMs + this.#waitingMs };
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
   * @param voxels - x fastest, then y, z, channel; to be left alone until `flush` resolves: raw chunks are written from them
   */
  async write(mip: number, box: BoundingBox, voxels: VoxelArray, { keepLossless }: WriteOptions): Promise<void> {
    const begun = performance.now();
    const series = this.#series.at(mip);
    const { scale } = series;
    const isLeftOut = this.#skipsBackground && isAllZero(voxels);
    const packed = isLeftOut
      ? undefined
      : isSharded(scale)
        ? await this.#intoShard(scale, series, { box, voxels })
        : await packChunk(series, this.#series.form, { box, voxels });
    this.#encodingMs += performance.now() - begun;
    const copy =
      keepLossless && this.#series.isLossy
        ? await packChunk(this.#series.scratchAt(mip), "plain", { box, voxels })
        : undefined;
    await this.#put(async () => {
      if (isLeftOut) {
        const key = this.keyOf(mip, box);
        this.receipts.push({ key, bytes: 0, sha256: emptySha256, note: "background" });
        if (this.#mayExist) await removeAllForms(this.#store, key);
      }
      if (packed) {
        try {
          this.receipts.push(await putAny(this.#store, packed));
        } finally {
          if (!packed.release?.() && "bytes" in packed) this.#garbage.add(packed.bytes.byteLength);
        }
        if (this.#replaces) await removeOtherForms(this.#store, packed.key);
      }
      if (copy) this.#scratchKeys.push((await putChunk(this.#store, copy)).key);
    });
    if (packed && isSharded(scale)) await this.flush(); // one shard in memory at a time
  }

  /** @returns the whole shard, when this was its last chunk */
  async #intoShard(scale: ShardedScale, series: ChunkSeries, chunk: VoxelChunk): Promise<WholeShard | undefined> {
    const encoded = await encodeChunk(series, chunk);
    const whole = this.#spool.add(scale, chunk.box, encoded.bytes);
    encoded.release();
    return whole;
  }

  /** Ends the task's output. @throws Error when a shard is not whole: the plan gives every task whole ones */
  finish(): void {
    const [first] = this.#spool.unfinished;
    if (first) throw new Error(`${this.#spool.unfinished.length} shards are not whole: ${first}`);
  }

  /** Lets go of what waits; after a failure too. */
  close(): void {
    this.#spool.clear();
  }

  /** Resolves when every write is done. @throws CirrusError of the store */
  flush(): Promise<void> {
    return this.#waitFor(Promise.all(this.#pending));
  }

  /** Resolves when no write is under way any more, whatever became of it: until then the voxels must stay as they are. */
  async settle(): Promise<void> {
    await Promise.allSettled(this.#pending);
  }

  /** Resolves when everything that was written will survive a power loss. */
  async sync(): Promise<void> {
    await this.#waitFor(
      this.#store.sync([...this.receipts.filter(isStored).map(({ key }) => key), ...this.#scratchKeys]),
    );
  }

  /** Waits while too many writes are under way. */
  async #put(act: () => Promise<void>): Promise<void> {
    const put = this.#limit(() => {
      const begun = performance.now();
      this.#beforeWrite();
      const written = act(); // a folder's store does its work before it returns
      this.#actingMs += performance.now() - begun;
      return written;
    });
    this.#pending.add(put);
    // A failure is seen by flush, which must find it among the pending ones.
    put.then(() => this.#pending.delete(put)).catch(() => {});
    if (this.#limit.pendingCount > 0) await this.#waitFor(Promise.race(this.#pending));
  }

  /** Counts the time, but not twice: puts may act while others are waited for. */
  async #waitFor(writes: Promise<unknown>): Promise<void> {
    const [begun, acted] = [performance.now(), this.#actingMs];
    await writes;
    this.#waitingMs += performance.now() - begun - (this.#actingMs - acted);
  }
}

const putAny = (store: WritableStore, packed: PackedChunk | WholeShard): Promise<ChunkReceipt> =>
  "parts" in packed ? putShard(store, packed) : putChunk(store, packed);
