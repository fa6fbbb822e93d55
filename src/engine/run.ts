/** What one supervisor does from its registration to its leave: see supervisor.ts. */
import { setTimeout as sleep } from "node:timers/promises";
import { CirrusError, messageOf } from "../core/errors.js";
import type { Job, JobState } from "../jobs/contracts.js";
import { closeJob, isTemporary, resultOf, type JobResult } from "./closing.js";
import { Completions } from "./completions.js";
import { Elsewhere } from "./elsewhere.js";
import type { RunSummary } from "./events.js";
import { Feed, type Fed } from "./feed.js";
import { LeaseBook, touchMs, type HeldRange } from "./leases.js";
import { patience, type Patience } from "./patience.js";
import { ProgressMeter } from "./progress.js";
import { RefusalGate } from "./refusal.js";
import { runRange, type RangeContext, type RangeResult } from "./run-range.js";
import type { SuperviseOptions } from "./supervise-options.js";
import { beatMs, Vitals } from "./vitals.js";
import { WorkerPool, type WorkerSlot } from "./worker-pool.js";

type Ending = { readonly state: "done" | "failed" | "cancelled" | "left" } | { readonly error: unknown };

const progressMs = 250;
const lookMs = 2000;
/** Short ranges are leased in advance, so that no worker waits for the queue; long ones are not, so that no other supervisor does. */
const advanceBelowMs = 2000;

/** One run; `complete` is called once. */
export class Run {
  readonly #options: SuperviseOptions;
  readonly #job: Job;
  readonly #patience: Patience;
  readonly #startMs = performance.now();
  readonly #meter: ProgressMeter;
  readonly #leases: LeaseBook;
  readonly #gate: RefusalGate;
  readonly #pool: WorkerPool;
  readonly #feed: Feed;
  readonly #completions: Completions;
  readonly #elsewhere: Elsewhere;
  readonly #vitals: Vitals;
  readonly #deaths = new Map<number, number>();
  /** Nothing more is leased: draining, or over. */
  readonly #enough = new AbortController();
  readonly #over = new AbortController();
  #ending: Ending | undefined;
  #drainUntilMs = Infinity;
  #failures = 0;
  #isClosing = false;
  #result: JobResult | undefined;
  #lastProgress = "";

  constructor(options: SuperviseOptions, job: Job) {
    const { queue, jobs, costOf, workers, worker } = options;
    const stop = this.#enough.signal;
    this.#options = options;
    this.#job = job;
    this.#patience = { ...patience, ...options.patience };
    this.#meter = new ProgressMeter({ job, workers, costOf });
    this.#leases = new LeaseBook(queue);
    this.#gate = new RefusalGate(this.#patience.refusal);
    this.#elsewhere = new Elsewhere({ job, queue, meter: this.#meter });
    this.#vitals = new Vitals({ job, jobs, leases: this.#leases, workers, onState: (state) => this.#hear(state) });
    this.#pool = new WorkerPool({
      ...worker,
      workers,
      rampMs: options.rampMs ?? 0,
      memoryBytes: options.memoryPerWorkerBytes,
      fingerprint: job.encoderFingerprint,
      silentMs: this.#patience.silentMs,
      onOutput: (pid, line) => options.emit({ type: "note", text: `worker ${pid}: ${line}` }),
      onDeath: ({ pid, signal, code }) => options.emit({ type: "worker-died", pid, signal, code }),
    });
    this.#feed = new Feed({
      job,
      queue,
      leases: this.#leases,
      gate: this.#gate,
      stop,
      inAdvance: () => this.#inAdvance(),
      onTaken: () => void this.#vitals.tell().catch((error: unknown) => this.#end({ error })),
      onForeign: () => this.#look(),
      onIdle: () => this.#vitals.reclaim(),
      onStage: async (stage) => {
        this.#meter.enterStage(stage);
        await this.#elsewhere.enter(stage);
      },
      onStageSettled: async (stage) => {
        await this.#elsewhere.look();
        await options.onSettled?.({ kind: "stage", stage });
      },
      onError: (error) => this.#end({ error }),
    });
    this.#completions = new Completions({
      jobId: job.id,
      jobs,
      queue,
      leases: this.#leases,
      onCompleted: (refused) => {
        for (const { held, outcome } of refused) this.#meter.rangeRefused(held.lease, outcome);
        this.#feed.wake();
      },
      onError: (error) => this.#end({ error }),
    });
  }

  async complete(): Promise<RunSummary> {
    const { stopping } = this.#options;
    const drain = () => this.#drain("finishing what is in hand; the job can be joined", true);
    const stop = () => this.#end({ state: "left" });
    stopping?.drain.addEventListener("abort", drain, { once: true });
    stopping?.stop.addEventListener("abort", stop, { once: true });
    if (stopping?.drain.aborted) drain();
    if (stopping?.stop.aborted) stop();
    const timers: Promise<void>[] = [];
    try {
      // Registered when there is somebody to work: from then on counts what `status` takes for the rate.
      const starting = Promise.race(this.#pool.slots.map((slot) => slot.start()));
      await Promise.all([starting, this.#feed.prepare()]);
      if (!this.#ending) await this.#serve(timers);
    } catch (error) {
      this.#end({ error });
    } finally {
      stopping?.drain.removeEventListener("abort", drain);
      stopping?.stop.removeEventListener("abort", stop);
      await this.#leave(timers);
    }
    return this.#summary();
  }

  async #serve(timers: Promise<void>[]): Promise<void> {
    await this.#vitals.begin();
    timers.push(this.#every(beatMs, () => this.#vitals.beat()));
    timers.push(this.#every(touchMs, () => this.#leases.touch()));
    timers.push(this.#every(lookMs, () => this.#elsewhere.lookNowAndThen()));
    timers.push(this.#every(progressMs, async () => this.#emitProgress()));
    const fed = this.#feed.run().catch((error: unknown) => this.#end({ error }));
    const working = this.#pool.slots.map((slot) => this.#work(slot).catch((error: unknown) => this.#end({ error })));
    await Promise.all(working);
    await this.#finish(await fed);
  }

  /** Takes ranges for one worker until there are no more. */
  async #work(slot: WorkerSlot): Promise<void> {
    await slot.start();
    this.#meter.begin(performance.now());
    for (let held = await this.#feed.next(); held; held = await this.#feed.next()) {
      if (held.dropped.aborted) continue;
      const restart = () => void slot.restart("its range became another supervisor's");
      held.dropped.addEventListener("abort", restart, { once: true });
      this.#meter.active(1);
      try {
        const result = await runRange(held, slot, this.#context);
        if (result) this.#settle(held, result);
        else await this.#putBack(held);
      } finally {
        held.dropped.removeEventListener("abort", restart);
        this.#meter.active(-1);
      }
    }
  }

  #settle(held: HeldRange, result: RangeResult): void {
    this.#meter.rangeFinished(held.lease, result.outcome);
    this.#completions.add({ held, ...result });
  }

  async #putBack(held: HeldRange): Promise<void> {
    this.#meter.rangeDropped(held.lease);
    if (!held.dropped.aborted) await this.#leases.release([held]);
  }

  get #context(): RangeContext {
    const { store, tool, costOf, emit } = this.#options;
    return {
      jobId: this.#job.id,
      store,
      tool,
      gate: this.#gate,
      enough: this.#enough.signal,
      deaths: this.#deaths,
      costOf,
      emit,
      onReceipt: ({ lease }, receipt, tookMs) => {
        this.#meter.taskDone(lease, receipt, { tookMs, nowMs: performance.now() });
        for (const { url, page, reason } of receipt.filled)
          emit({ type: "tile-filled", url, reason, ...(page !== undefined && { page }) });
      },
      onFailure: ({ lease }, failure) => {
        this.#meter.taskFailed(lease, failure.task);
        emit({ type: "task-failed", ...failure });
        this.#failures++;
        if (this.#failures > (this.#options.maxFailures ?? Infinity))
          this.#drain(`more than ${this.#options.maxFailures} tasks failed`);
      },
      hasTimeFor: (tasks) =>
        this.#drainUntilMs === Infinity ||
        performance.now() + (this.#meter.meanTaskMs ?? Infinity) * tasks < this.#drainUntilMs,
    };
  }

  #inAdvance(): number {
    const rangeMs = (this.#meter.meanTaskMs ?? Infinity) * this.#job.rangeSize;
    return rangeMs < advanceBelowMs ? this.#options.workers : 0;
  }

  /** Closes the job when the feed says that all is settled, and knows the ending then. */
  async #finish(fed: Fed | void): Promise<void> {
    await this.#completions.flush();
    if (this.#ending || !fed) return;
    if (fed.kind === "stopped") return this.#end(this.#endingOfStop());
    // What is heard of the job from now on may be this supervisor's own doing.
    this.#isClosing = true;
    const closed = await this.#insist(() => closeJob({ ...this.#options, job: this.#job }));
    if (this.#ending) return;
    if (closed && fed.lease) {
      await this.#options.queue.complete([{ lease: fed.lease.lease, outcome: closed }]);
      this.#leases.settled(fed.lease);
    }
    await this.#look();
  }

  #endingOfStop(): Ending {
    const { maxFailures = Infinity } = this.#options;
    if (this.#failures <= maxFailures) return { state: "left" };
    return {
      error: new CirrusError(
        "E_TOO_MANY_FAILURES",
        `stopped after ${this.#failures} failed tasks (${maxFailures} are allowed)`,
      ),
    };
  }

  /** Repeats an act on the destination while that refuses for a while. */
  async #insist<T>(act: () => Promise<T>): Promise<T | undefined> {
    for (;;) {
      await this.#gate.opened(this.#enough.signal);
      if (this.#ending) return undefined;
      if (this.#gate.isClosed) return void this.#end({ state: "left" });
      try {
        return await act();
      } catch (error) {
        if (!isTemporary(error) || !this.#gate.refused()) throw error;
      }
    }
  }

  #drain(reason: string, isAsked = false): void {
    if (this.#enough.signal.aborted) return;
    this.#drainUntilMs = performance.now() + this.#patience.drainMs;
    this.#options.emit({ type: "draining", reason, isAsked });
    this.#enough.abort();
  }

  /** The run is over: what is in hand is dropped at once. The first ending counts. */
  #end(ending: Ending): void {
    if (this.#ending) return;
    this.#ending = ending;
    this.#leases.dropAll();
    this.#enough.abort();
    this.#over.abort();
    const settled = "state" in ending && (ending.state === "done" || ending.state === "failed");
    if (!settled) void this.#pool.kill("stopped");
  }

  async #hear(state: JobState): Promise<void> {
    if (!this.#isClosing && state !== "running") await this.#look();
  }

  /** The job's row: another supervisor may have closed this round, and a further one begun the next. */
  async #look(): Promise<void> {
    const job = await this.#options.jobs.find(this.#job.id);
    if (!job) this.#end({ error: new CirrusError("E_JOB_UNKNOWN", `job ${this.#job.id} is gone from the state`) });
    else if (job.round !== this.#job.round) this.#end({ state: "failed" });
    else if (job.state === "done" || job.state === "failed" || job.state === "cancelled") {
      this.#result = resultOf(job);
      this.#end({ state: job.state });
    }
  }

  async #every(ms: number, act: () => Promise<void>): Promise<void> {
    while (!this.#ending) {
      try {
        await act();
      } catch (error) {
        this.#end({ error });
      }
      await sleep(ms, undefined, { signal: this.#over.signal }).catch(() => {});
    }
  }

  #emitProgress(): void {
    const progress = this.#meter.now(performance.now());
    const text = JSON.stringify(progress);
    if (text !== this.#lastProgress) this.#options.emit({ type: "progress", ...progress });
    this.#lastProgress = text;
  }

  /** Gives back what is held and goes; what cannot be told to the database now is found out by others from the missing heartbeat. */
  async #leave(timers: readonly Promise<void>[]): Promise<void> {
    this.#end({ state: "left" });
    await this.#pool.end();
    try {
      await this.#leases.releaseAll();
      await this.#vitals.end();
    } catch (error) {
      if (this.#ending && "error" in this.#ending) return;
      this.#options.emit({
        type: "warning",
        code: "E_STATE_UNAVAILABLE",
        text: `could not sign off: ${messageOf(error)}`,
      });
    }
    await Promise.all(timers);
  }

  #summary(): RunSummary {
    const ending = this.#ending!; // #leave has set one
    if ("error" in ending) throw ending.error;
    this.#emitProgress();
    const known = this.#result ? { ...this.#result, ...this.#result.totals } : this.#meter.now(performance.now());
    const { tasksDone, tasksFailed, filledTiles, chunks, backgroundChunks = 0, bytes } = known;
    const seconds = (performance.now() - this.#startMs) / 1000;
    const { id: jobId, destination } = this.#job;
    const summary = {
      jobId,
      destination,
      state: ending.state,
      tasksDone,
      tasksFailed,
      filledTiles,
      chunks,
      backgroundChunks,
      bytes,
      seconds,
      workers: this.#options.workers,
      stagesMs: this.#meter.stagesMs,
    };
    this.#options.emit({ type: "finished", state: ending.state, summary });
    return summary;
  }
}
