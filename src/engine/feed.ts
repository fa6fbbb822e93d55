/**
 * Leases ranges for the workers of one supervisor, stage after stage, and knows from the counts when a stage is settled.
 *
 * Any supervisor may insert a stage's ranges, at any time and again. Stage s + 1 is begun once stage s is settled. When all are, one
 * supervisor gets the closing lease; the others wait for the job's state to change.
 */
import type { Job, RangeQueue, TaskRange } from "../jobs/contracts.js";
import type { HeldRange, LeaseBook } from "./leases.js";
import { closingRange, rangesOfStage } from "./ranges.js";
import type { RefusalGate } from "./refusal.js";
import { insertRound, plannedRanges } from "./settle.js";

export interface FeedOptions {
  readonly job: Job;
  readonly queue: RangeQueue;
  readonly leases: LeaseBook;
  readonly gate: RefusalGate;
  /** Aborted when nothing more is to be leased. */
  readonly stop: AbortSignal;
  /** Ranges to hold beyond those that workers ask for: at most one per worker. */
  inAdvance(): number;
  onStage(stage: number): Promise<void>;
  onStageSettled(stage: number): Promise<void>;
  /** New leases: the supervisor tells what it holds. */
  onTaken(): void;
  /** There is nothing to lease while others hold ranges: they may have been killed. Awaited before the next lease. */
  onIdle(): Promise<void>;
  /** A lease of another round came: the job went on without this run. */
  onForeign(): Promise<void>;
  /** Of an insertion in the background. */
  onError(error: unknown): void;
}

/** How the feed ended: with the lease that allows to close the job, or stopped. `lease` is undefined when its tries are used up. */
export type Fed = { readonly kind: "settled"; readonly lease: HeldRange | undefined } | { readonly kind: "stopped" };

const shortestPauseMs = 20;
const longestPauseMs = 2000;
const preparedRanges = 100;

export class Feed {
  readonly #options: FeedOptions;
  #askers: ((range: HeldRange | undefined) => void)[] = [];
  #waiting: HeldRange[] = [];
  #closing: HeldRange | undefined;
  #isOver = false;
  #wake: (() => void) | undefined;
  #wasWoken = false;
  #pauseMs = shortestPauseMs;

  constructor(options: FeedOptions) {
    this.#options = options;
    options.stop.addEventListener("abort", () => this.wake(), { once: true });
  }

  /** The next range for a worker; undefined when there is no more for this supervisor. */
  next(): Promise<HeldRange | undefined> {
    const ready = this.#waiting.shift();
    this.wake();
    if (ready || this.#isOver) return Promise.resolve(ready);
    return new Promise((resolve) => this.#askers.push(resolve));
  }

  /** To be called when something changed that may let work go on: a completion, a stop. */
  wake(): void {
    this.#wasWoken = true;
    this.#wake?.();
  }

  /**
   * Inserts the first ranges of a new job, so that they are there when its workers are. Leases nothing, so it may be called before
   * this supervisor is registered.
   */
  async prepare(): Promise<void> {
    const { job, queue } = this.#options;
    if (job.round > 0) return;
    const { queued, active, completed, dead } = await queue.counts({ round: 0, stage: 0 });
    if (queued + active + completed + dead > 0) return;
    const first: TaskRange[] = [];
    for (const range of rangesOfStage(job, { round: 0, stage: 0 })) if (first.push(range) === preparedRanges) break;
    await queue.insert(first);
  }

  async run(): Promise<Fed> {
    try {
      for (let stage = 0; stage < this.#options.job.stages.length && !this.#closing; stage++) {
        await this.#options.onStage(stage);
        if (!(await this.#settle(stage))) return { kind: "stopped" };
        await this.#options.onStageSettled(stage);
      }
      return await this.#leaseClosing();
    } finally {
      await this.#end();
    }
  }

  async #end(): Promise<void> {
    this.#isOver = true;
    for (const asker of this.#askers.splice(0)) asker(undefined);
    await this.#options.leases.release(this.#waiting.splice(0));
  }

  /** False when stopped before the stage was settled. */
  async #settle(stage: number): Promise<boolean> {
    const { job, queue, leases, gate, stop, onError } = this.#options;
    const of = { round: job.round, stage };
    const planned = await plannedRanges(queue, job, of);
    let inserting: Promise<void> | undefined;
    while (planned > 0) {
      await gate.opened(stop);
      if (stop.aborted) break;
      const wanted = this.#askers.length + this.#options.inAdvance() - this.#waiting.length;
      if (wanted <= 0) {
        await this.#woken(longestPauseMs);
        continue;
      }
      const taken = await this.#take(wanted);
      if (this.#closing) return true;
      if (taken > 0) {
        this.#pauseMs = shortestPauseMs;
        continue;
      }
      const startMs = performance.now();
      const counts = await queue.counts(of);
      const countingMs = performance.now() - startMs;
      if (counts.completed + counts.dead >= planned) return true;
      // An insertion that was cut short, or none yet.
      if (counts.queued + counts.active + counts.completed + counts.dead < planned)
        inserting ??= insertRound(queue, job, { ...of, stop })
          .catch(onError)
          .finally(() => {
            inserting = undefined;
            this.wake();
          });
      // With all that is left in this supervisor's own hands, only a completion here changes anything, and that wakes. Else never so
      // little that counting would be most of the work.
      const isOurs = counts.queued === 0 && counts.active <= leases.holding.length && !inserting;
      await this.#idle(isOurs ? longestPauseMs : 10 * countingMs);
      if (counts.active > leases.holding.length) await this.#options.onIdle();
    }
    return planned === 0;
  }

  async #leaseClosing(): Promise<Fed> {
    const { job, queue, stop } = this.#options;
    const range = closingRange(job, job.round);
    if (!this.#closing) await queue.insert([range]);
    this.#pauseMs = shortestPauseMs;
    while (!this.#closing && !stop.aborted) {
      if ((await this.#take(1)) > 0 || this.#closing) continue;
      const { dead, completed, active } = await queue.counts(range);
      if (dead > 0) return { kind: "settled", lease: undefined };
      if (completed > 0) await this.#options.onForeign();
      if (active > 0) await this.#options.onIdle();
      await this.#idle();
    }
    return this.#closing ? { kind: "settled", lease: this.#closing } : { kind: "stopped" };
  }

  /** Leases and hands out; resolves to how many ranges of this job's round came. */
  async #take(count: number): Promise<number> {
    const { job, leases } = this.#options;
    const held = await leases.take(count);
    if (held.length) this.#options.onTaken();
    const foreign = held.filter(({ lease }) => lease.round !== job.round);
    if (foreign.length) {
      await leases.release(foreign);
      await this.#options.onForeign();
    }
    const work = held.filter((each) => !foreign.includes(each) && !this.#isClosing(each.lease));
    this.#closing ??= held.find((each) => !foreign.includes(each) && this.#isClosing(each.lease));
    for (const range of work) {
      const asker = this.#askers.shift();
      if (asker) asker(range);
      else this.#waiting.push(range);
    }
    return work.length;
  }

  #isClosing(range: TaskRange): boolean {
    return range.stage === this.#options.job.stages.length;
  }

  /** Waits longer and longer while nothing changes here. */
  async #idle(leastMs = 0): Promise<void> {
    const isQuiet = !(await this.#woken(Math.max(this.#pauseMs, leastMs)));
    this.#pauseMs = isQuiet ? Math.min(longestPauseMs, this.#pauseMs * 1.5) : shortestPauseMs;
  }

  /** Resolves to whether `wake` was called before the time was over. */
  #woken(timeoutMs: number): Promise<boolean> {
    if (this.#wasWoken) {
      this.#wasWoken = false;
      return Promise.resolve(true);
    }
    return new Promise((resolve) => {
      const timer = setTimeout(() => this.#wake?.(), timeoutMs);
      this.#wake = () => {
        clearTimeout(timer);
        this.#wake = undefined;
        resolve(this.#wasWoken);
        this.#wasWoken = false;
      };
    });
  }
}
