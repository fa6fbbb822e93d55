/** Tasks are numbered stage after stage. */
import type { PlannedStage } from "./plan.js";

/** The stage that a task number belongs to, and its number there. */
export function stageOf(
  task: number,
  stages: readonly Pick<PlannedStage, "count">[],
): { readonly stage: number; readonly index: number } {
  let index = task;
  for (const [stage, { count }] of stages.entries()) {
    if (index < count) return { stage, index };
    index -= count;
  }
  throw new Error(`task ${task} is not in the plan`);
}
