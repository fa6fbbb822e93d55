/** What a supervisor needs. */
import type { Job, Jobs, RangeQueue } from "../jobs/contracts.js";
import type { WritableStore } from "../storage/store.js";
import type { OnSettled } from "./closing.js";
import type { EarlyWorkers } from "./early-workers.js";
import type { Emit } from "./events.js";
import type { Patience } from "./patience.js";
import type { CostOf } from "./progress.js";

/** The two stages of stopping: the first takes up nothing new and finishes what is in hand, the second ends at once. */
export interface Stopping {
  readonly drain: AbortSignal;
  readonly stop: AbortSignal;
}

export interface SuperviseOptions {
  readonly job: Job;
  readonly jobs: Jobs;
  readonly queue: RangeQueue;
  /** Of the job's destination, opened with its ticket; manifests go there. Closed by the caller. */
  readonly store: WritableStore;
  readonly worker: {
    /** Module that calls `hostWorker`. */
    readonly script: string;
    readonly kind: string;
    readonly document: unknown;
    /** Started with the same script and memory. Whoever made it discards it. */
    readonly early?: EarlyWorkers | undefined;
  };
  readonly workers: number;
  readonly memoryPerWorkerBytes: number;
  /** Name and version of this program, for manifests: `cirrus 0.1.0`. */
  readonly tool: string;
  readonly costOf: CostOf;
  readonly emit: Emit;
  readonly stopping?: Stopping;
  /** More failed tasks than this in this run stop it; the job can be joined. */
  readonly maxFailures?: number;
  /** Pause before each further worker process is started for the first time. */
  readonly rampMs?: number;
  readonly onSettled?: OnSettled;
  readonly patience?: Partial<Patience>;
}
