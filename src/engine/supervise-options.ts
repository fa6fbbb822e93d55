/** What a supervisor needs, and how patient it is. */
import type { Job, Jobs, RangeQueue } from "../jobs/contracts.js";
import type { WritableStore } from "../storage/store.js";
import type { OnSettled } from "./closing.js";
import type { Emit } from "./events.js";
import type { CostOf } from "./progress.js";
import { refusalLimits, type RefusalLimits } from "./refusal.js";

/** The two stages of stopping: the first takes up nothing new and finishes what is in hand, the second ends at once. */
export interface Stopping {
  readonly drain: AbortSignal;
  readonly stop: AbortSignal;
}

export interface Patience {
  /** A worker without a sign of life for so long is killed. */
  readonly silentMs: number;
  /** While draining: a range that would take longer is given back instead of finished. */
  readonly drainMs: number;
  readonly refusal: RefusalLimits;
}

export const patience: Patience = { silentMs: 300_000, drainMs: 30_000, refusal: refusalLimits };

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
