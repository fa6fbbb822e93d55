/**
 * What a round of a job consists of, and what came of it, told from the plan and the completed rows: never from an empty lease.
 *
 * Round 0 is every range. Round r + 1 is the ranges of round r that are dead or have failed tasks.
 */
import type {
  CompletedRange,
  Job,
  RangeOutcome,
  RangeQueue,
  RangeTotals,
  RoundStage,
  TaskRange,
} from "../jobs/contracts.js";
import { rangeCount, rangesOfStage } from "./ranges.js";

/** Ranges of one stage that belong to a round, in order of `from`. The round before must be settled. */
export async function* planOfRound(
  queue: RangeQueue,
  job: Job,
  { round, stage }: RoundStage,
): AsyncGenerator<TaskRange> {
  if (round === 0) yield* rangesOfStage(job, { round, stage });
  else for await (const range of queue.unsuccessful({ round: round - 1, stage })) yield { ...range, round };
}

/** Number of ranges that must be completed or dead before the stage is settled. */
export async function plannedRanges(queue: RangeQueue, job: Job, of: RoundStage): Promise<number> {
  if (of.round === 0) return rangeCount(job, of.stage);
  let count = 0;
  for await (const _range of planOfRound(queue, job, of)) count++;
  return count;
}

/** Inserts what is not there yet, 1,000 at a time. Stops early when `stop` is aborted. */
export async function insertRound(
  queue: RangeQueue,
  job: Job,
  of: RoundStage & { readonly stop: AbortSignal },
): Promise<void> {
  let batch: TaskRange[] = [];
  for await (const range of planOfRound(queue, job, of)) {
    batch.push(range);
    if (batch.length < 1000) continue;
    if (of.stop.aborted) return;
    await queue.insert(batch);
    batch = [];
  }
  if (batch.length && !of.stop.aborted) await queue.insert(batch);
}

/** The newest completed row of every range of a stage that has one, of rounds 0 to `job.round`, in order of `from`. */
export async function* newestCompleted(queue: RangeQueue, job: Job, stage: number): AsyncGenerator<CompletedRange> {
  const rounds = Array.from({ length: job.round + 1 }, (_, round) => new Cursor(queue.completed({ round, stage })));
  try {
    for (const range of rangesOfStage(job, { round: 0, stage })) {
      let newest: CompletedRange | undefined;
      for (const round of rounds) newest = (await round.at(range.from)) ?? newest;
      if (newest) yield newest;
    }
  } finally {
    for (const round of rounds) await round.close();
  }
}

/** The newest completed rows of all stages. */
export async function* newestOfJob(queue: RangeQueue, job: Job): AsyncGenerator<CompletedRange> {
  for (let stage = 0; stage < job.stages.length; stage++) yield* newestCompleted(queue, job, stage);
}

export type Totals = Omit<RangeTotals, "firstLeasedAt" | "lastCompletedAt">;

export const noTotals: Totals = {
  ranges: 0,
  tasks: 0,
  failedTasks: 0,
  filledTiles: 0,
  chunks: 0,
  backgroundChunks: 0,
  bytes: 0,
  cost: 0,
};

export const addTotals = (a: Totals, b: Totals): Totals => combine(a, b, (x, y) => x + y);
export const subtractTotals = (a: Totals, b: Totals): Totals => combine(a, b, (x, y) => x - y);

const combine = (a: Totals, b: Totals, by: (x: number, y: number) => number): Totals => ({
  ranges: by(a.ranges, b.ranges),
  tasks: by(a.tasks, b.tasks),
  failedTasks: by(a.failedTasks, b.failedTasks),
  filledTiles: by(a.filledTiles, b.filledTiles),
  chunks: by(a.chunks, b.chunks),
  backgroundChunks: by(a.backgroundChunks, b.backgroundChunks),
  bytes: by(a.bytes, b.bytes),
  cost: by(a.cost, b.cost),
});

export const totalsOfRange = ({ from, to }: Pick<TaskRange, "from" | "to">, outcome: RangeOutcome): Totals => ({
  backgroundChunks: 0,
  ...outcome,
  ranges: 1,
  tasks: to - from,
});

/** Walks rows that come in order of `from`, asked for in that order. */
class Cursor {
  readonly #rows: AsyncIterator<CompletedRange>;
  #next: CompletedRange | undefined;
  #isOver = false;

  constructor(rows: AsyncIterable<CompletedRange>) {
    this.#rows = rows[Symbol.asyncIterator]();
  }

  /** The row that starts at `from`. */
  async at(from: number): Promise<CompletedRange | undefined> {
    while (!this.#isOver && (this.#next === undefined || this.#next.from < from)) {
      const { value, done } = await this.#rows.next();
      this.#isOver = done === true;
      this.#next = done ? undefined : value;
    }
    return this.#next?.from === from ? this.#next : undefined;
  }

  async close(): Promise<void> {
    await this.#rows.return?.();
  }
}
