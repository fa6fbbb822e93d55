/** How many tasks a range has: fixed when the job is made. Pure. */
import { costOfTasks } from "./cost.js";
import type { Plan } from "./plan.js";

/** A range is about half a minute of work, and at most an eighth of what one worker will do. */
const rangeBytes = 30 * 60e6;

/**
 * Rows of the queue per stage, whatever the number of tasks: telling how a job stands looks at each row (0.1 s at 20,000), and so does the
 * queue's own look for expired leases, every few seconds.
 */
const mostRanges = 20_000;

export function rangeSizeFor(plan: Plan, workers: number): number {
  const [first] = plan.stages;
  const { count } = first!; // a plan has a stage
  const perTask = costOfTasks(plan)({ from: 0, to: count }) / count;
  const byTime = Math.floor(rangeBytes / perTask);
  const byShare = Math.floor(count / (8 * workers));
  return Math.max(1, Math.ceil(count / mostRanges), Math.min(byTime, byShare));
}
