/** How the tasks of a job are cut into ranges: stage after stage, each stage in steps of the job's range size. Pure. */
import type { Job, RoundStage, TaskRange } from "../jobs/contracts.js";

/** What the cut depends on; fixed when the job is made. */
export type Cut = Pick<Job, "stages" | "rangeSize">;

/** Tasks `[from, to)` of one stage. */
export function tasksOfStage(cut: Cut, stage: number): { readonly from: number; readonly to: number } {
  const from = cut.stages.slice(0, stage).reduce((sum, count) => sum + count, 0);
  return { from, to: from + (cut.stages[stage] ?? 0) };
}

export const taskTotal = (cut: Cut): number => cut.stages.reduce((sum, count) => sum + count, 0);

/** Number of ranges of a stage when all of it is run. */
export const rangeCount = (cut: Cut, stage: number): number => Math.ceil((cut.stages[stage] ?? 0) / cut.rangeSize);

/** No more than the largest stage has ranges: a worker costs a third of a CPU second before its first task. */
export const usefulWorkers = (asked: number, cut: Cut): number =>
  Math.min(asked, Math.max(1, ...cut.stages.map((_, stage) => rangeCount(cut, stage))));

/** Every range of one stage, in order of `from`. */
export function* rangesOfStage(cut: Cut, { round, stage }: RoundStage): Generator<TaskRange> {
  const { from: start, to: stop } = tasksOfStage(cut, stage);
  for (let from = start; from < stop; from += cut.rangeSize)
    yield { from, to: Math.min(from + cut.rangeSize, stop), stage, round };
}

/**
 * The range without tasks that is leased to close a job's round: a queue row like any other, so that one
 * supervisor closes, and another one takes over when that one is killed meanwhile.
 */
export const closingRange = (cut: Cut, round: number): TaskRange => ({
  from: taskTotal(cut),
  to: taskTotal(cut),
  stage: cut.stages.length,
  round,
});
