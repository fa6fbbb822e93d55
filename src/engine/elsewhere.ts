/** Looks now and then at what others completed: before this run, and beside it. For the progress only; nothing is decided by it. */
import type { Job, RangeQueue } from "../jobs/contracts.js";
import type { ProgressMeter } from "./progress.js";
import { addTotals, noTotals, subtractTotals, type Totals } from "./settle.js";

interface ElsewhereOptions {
  readonly job: Job;
  readonly queue: RangeQueue;
  readonly meter: ProgressMeter;
}

export class Elsewhere {
  readonly #options: ElsewhereOptions;
  #stage: number | undefined;
  #notBeforeMs = 0;
  /** Of the current stage: ranges that an earlier round settled for good. */
  #earlier = noTotals;

  constructor(options: ElsewhereOptions) {
    this.#options = options;
  }

  /** The first look at a stage: what it finds is of before this run. */
  async enter(stage: number): Promise<void> {
    const { job, queue, meter } = this.#options;
    this.#stage = undefined;
    this.#earlier = await successfulBefore(queue, stage, job.round);
    const own = meter.ownOf(stage);
    const all = addTotals(this.#earlier, await queue.totals({ round: job.round, stage }));
    meter.before(stage, subtractTotals(all, own));
    this.#stage = stage;
  }

  async look(): Promise<void> {
    const { job, queue, meter } = this.#options;
    const stage = this.#stage;
    if (stage === undefined) return;
    const all = addTotals(this.#earlier, await queue.totals({ round: job.round, stage }));
    // Our own are subtracted as they are now, also those that are not in the sum yet: better too few of the others than one twice.
    meter.elsewhere(stage, subtractTotals(all, meter.ownOf(stage)), performance.now());
  }

  /** Looks unless the last look was a short while ago, measured by how long it took: summing a large queue is work for the database. */
  async lookNowAndThen(): Promise<void> {
    const startMs = performance.now();
    if (startMs < this.#notBeforeMs) return;
    await this.look();
    const tookMs = performance.now() - startMs;
    this.#notBeforeMs = performance.now() + 20 * tookMs;
  }
}

/** Ranges that an earlier round completed without failed tasks: each of them in one round only. */
export async function successfulBefore(queue: RangeQueue, stage: number, round: number): Promise<Totals> {
  let sum = noTotals;
  for (let earlier = 0; earlier < round; earlier++)
    sum = addTotals(sum, await queue.totals({ round: earlier, stage }, { isSuccessful: true }));
  return sum;
}
