/** The progress of a run: what this supervisor did, task by task, and what all did before and beside it, range by range. */
import type { Job, Lease, RangeOutcome } from "../jobs/contracts.js";
import type { Progress } from "./events.js";
import { isBackground, isStored, type Receipt } from "./messages.js";
import { tasksOfStage, taskTotal, type Cut } from "./ranges.js";
import { RateMeter } from "./rate.js";
import { addTotals, noTotals, subtractTotals, totalsOfRange, type Totals } from "./settle.js";

/** Work in tasks `[from, to)`, in bytes of uncompressed source voxels or what takes as long to do. */
export type CostOf = (range: { readonly from: number; readonly to: number }) => number;

export interface ProgressOptions {
  readonly job: Job;
  readonly workers: number;
  readonly costOf: CostOf;
}

export class ProgressMeter {
  readonly #options: ProgressOptions;
  readonly #totalCost: number;
  readonly #rate = new RateMeter();
  /** Tasks of ranges that are being run. */
  readonly #inHand = new Map<string, Totals>();
  /** Per stage: ranges that this run finished. */
  readonly #own = new Map<number, Totals>();
  /** Per stage: completed by others, or before this run. */
  readonly #elsewhere = new Map<number, Totals>();
  #stage = 0;
  #active = 0;
  /** Cost of what was done since this run began, by anyone: never less than before. */
  #ranCost = 0;
  readonly #stagesMs: Record<string, number> = {};
  #timedTasks = 0;
  #timedMs = 0;

  constructor(options: ProgressOptions) {
    this.#options = options;
    this.#totalCost = costOfJob(options.job, options.costOf);
  }

  /** null until a task was done here. */
  get meanTaskMs(): number | null {
    return this.#timedTasks ? this.#timedMs / this.#timedTasks : null;
  }

  /** What the workers of this run told of their time, summed per stage of their tasks. */
  get stagesMs(): Readonly<Record<string, number>> {
    return this.#stagesMs;
  }

  /** The workers are ready: time counts from the first call. */
  begin(nowMs: number): void {
    if (this.#rate.isEmpty) this.#rate.add(nowMs, 0);
  }

  enterStage(stage: number): void {
    this.#stage = stage;
  }

  /** A worker took up a range (1) or put it down (-1). */
  active(change: 1 | -1): void {
    this.#active += change;
  }

  /** Ranges of a stage that this run finished. */
  ownOf(stage: number): Totals {
    return this.#own.get(stage) ?? noTotals;
  }

  /** What was done before this run, or in an earlier round: nothing that tells of the rate. */
  before(stage: number, totals: Totals): void {
    this.#elsewhere.set(stage, totals);
  }

  /** All of a stage that others did up to now, what is told by `before` included; less than known already is not believed. */
  elsewhere(stage: number, totals: Totals, nowMs: number): void {
    const known = this.#elsewhere.get(stage) ?? noTotals;
    if (totals.ranges <= known.ranges) return;
    this.#elsewhere.set(stage, totals);
    if (totals.cost > known.cost) this.#ran(totals.cost - known.cost, nowMs);
  }

  taskDone(lease: Lease, receipt: Receipt, timing: { readonly tookMs: number; readonly nowMs: number }): void {
    const cost = this.#options.costOf({ from: receipt.task, to: receipt.task + 1 });
    const bytes = receipt.chunks.reduce((sum, chunk) => sum + chunk.bytes, 0);
    const chunks = receipt.chunks.filter(isStored).length;
    const backgroundChunks = receipt.chunks.filter(isBackground).length;
    this.#add(lease, { cost, tasks: 1, filledTiles: receipt.filled.length, chunks, backgroundChunks, bytes });
    for (const [name, ms] of Object.entries(receipt.stagesMs)) this.#stagesMs[name] = (this.#stagesMs[name] ?? 0) + ms;
    this.#timedTasks++;
    this.#timedMs += timing.tookMs;
    this.#ran(cost, timing.nowMs);
  }

  taskFailed(lease: Lease, task: number): void {
    this.#add(lease, { cost: this.#options.costOf({ from: task, to: task + 1 }), tasks: 1, failedTasks: 1 });
  }

  /** Its tasks will be done again, by whoever leases it next. */
  rangeDropped(lease: Lease): void {
    this.#inHand.delete(lease.id);
  }

  /** Its manifest is written. */
  rangeFinished(lease: Lease, outcome: RangeOutcome): void {
    this.#inHand.delete(lease.id);
    this.#own.set(lease.stage, addTotals(this.ownOf(lease.stage), totalsOfRange(lease, outcome)));
  }

  /** Its completion was refused: another supervisor did it as well. */
  rangeRefused(lease: Lease, outcome: RangeOutcome): void {
    this.#own.set(lease.stage, subtractTotals(this.ownOf(lease.stage), totalsOfRange(lease, outcome)));
  }

  now(nowMs: number): Progress {
    const sum = [this.#own, this.#inHand, this.#elsewhere]
      .flatMap((each) => [...each.values()])
      .reduce(addTotals, noTotals);
    const perSecond = this.#rate.perSecond;
    return {
      stage: this.#stage,
      stages: this.#options.job.stages.length,
      tasksDone: sum.tasks - sum.failedTasks,
      tasksTotal: taskTotal(this.#options.job),
      tasksFailed: sum.failedTasks,
      tasksActive: this.#active,
      filledTiles: sum.filledTiles,
      chunks: sum.chunks,
      backgroundChunks: sum.backgroundChunks,
      bytes: sum.bytes,
      fraction: this.#totalCost > 0 ? Math.min(1, sum.cost / this.#totalCost) : 1,
      rateMBs: perSecond === null ? null : perSecond / 1e6,
      etaSeconds: this.#rate.secondsFor(Math.max(0, this.#totalCost - sum.cost), nowMs),
      workers: this.#options.workers,
    };
  }

  #add(lease: Lease, did: Partial<Totals>): void {
    this.#inHand.set(lease.id, addTotals(this.#inHand.get(lease.id) ?? noTotals, { ...noTotals, ...did }));
  }

  #ran(cost: number, nowMs: number): void {
    this.#ranCost += cost;
    this.#rate.add(nowMs, this.#ranCost);
  }
}

/** Of all stages. */
export const costOfJob = (job: Cut, costOf: CostOf): number =>
  job.stages
    .map((_, stage) => tasksOfStage(job, stage))
    .filter(({ from, to }) => to > from)
    .reduce((sum, tasks) => sum + costOf(tasks), 0);
