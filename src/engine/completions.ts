/** Completes finished ranges in small batches: failures first, so that a completed range's failed tasks have their names. */
import type { Jobs, NewTaskFailure, RangeOutcome, RangeQueue } from "../jobs/contracts.js";
import type { HeldRange, LeaseBook } from "./leases.js";

export interface FinishedRange {
  readonly held: HeldRange;
  readonly outcome: RangeOutcome;
  readonly failures: readonly NewTaskFailure[];
}

interface CompletionsOptions {
  readonly jobId: string;
  readonly jobs: Jobs;
  readonly queue: RangeQueue;
  readonly leases: LeaseBook;
  /** @param refused - those that another attempt holds or completed */
  onCompleted(refused: readonly FinishedRange[]): void;
  onError(error: unknown): void;
}

const batchAfterMs = 50;
const batchSize = 50;

export class Completions {
  readonly #options: CompletionsOptions;
  #waiting: FinishedRange[] = [];
  #timer: NodeJS.Timeout | undefined;
  #turn: Promise<void> = Promise.resolve();

  constructor(options: CompletionsOptions) {
    this.#options = options;
  }

  add(finished: FinishedRange): void {
    this.#waiting.push(finished);
    if (this.#waiting.length >= batchSize) void this.flush();
    else this.#timer ??= setTimeout(() => void this.flush(), batchAfterMs);
  }

  /** Resolves when all that was added is in the database, or `onError` was called. */
  flush(): Promise<void> {
    clearTimeout(this.#timer);
    this.#timer = undefined;
    const batch = this.#waiting.splice(0);
    if (batch.length) this.#turn = this.#turn.then(() => this.#complete(batch)).catch(this.#options.onError);
    return this.#turn;
  }

  async #complete(batch: readonly FinishedRange[]): Promise<void> {
    const { jobId, jobs, queue, leases } = this.#options;
    for (const { held, failures } of batch)
      // A try before this one may have recorded failures and then lost its lease.
      if (failures.length || held.lease.attempt > 0) await jobs.recordFailures(jobId, held.lease, failures);
    for (const { held } of batch) leases.settling(held);
    const notOurs = new Set(await queue.complete(batch.map(({ held, outcome }) => ({ lease: held.lease, outcome }))));
    for (const { held } of batch) leases.settled(held);
    this.#options.onCompleted(batch.filter(({ held }) => notOurs.has(held.lease.id)));
  }
}
