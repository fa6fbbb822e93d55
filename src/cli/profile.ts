/** Where the time of a run's workers went: stages that add up to the run's seconds times its processes. */
import type { RunSummary } from "../engine/events.js";
import { formatSeconds, formatTable } from "./format.js";

export interface Profile {
  readonly processes: number;
  /** Of the whole run. */
  readonly seconds: number;
  /** Seconds of all workers together, by stage, the order in which a task goes through them. */
  readonly stages: readonly { readonly stage: string; readonly seconds: number }[];
}

const inOrder = ["read", "decode", "paste", "downsample", "encode", "write"];

/** The last stage, `queue`, is what no task had: starting, waiting for tasks, closing. */
export function profileOf({
  stagesMs = {},
  seconds,
  workers: processes = 1,
}: Pick<RunSummary, "stagesMs" | "seconds" | "workers">): Profile {
  const stages = Object.entries(stagesMs)
    .map(([stage, ms]) => ({ stage, seconds: ms / 1000 }))
    .sort((a, b) => inOrder.indexOf(a.stage) - inOrder.indexOf(b.stage));
  const busy = stages.reduce((sum, stage) => sum + stage.seconds, 0);
  return {
    processes,
    seconds,
    stages: [...stages, { stage: "queue", seconds: Math.max(0, seconds * processes - busy) }],
  };
}

export function formatProfile({ processes, seconds, stages }: Profile): string {
  const whole = stages.reduce((sum, stage) => sum + stage.seconds, 0);
  const rows = stages.map((stage) => [
    stage.stage,
    stage.seconds.toFixed(1),
    `${whole ? Math.round((100 * stage.seconds) / whole) : 0} %`,
  ]);
  const title = `${formatSeconds(seconds)} with ${processes === 1 ? "1 process" : `${processes} processes`}:`;
  return `${title}\n${formatTable([["stage", "worker s", "share"], ...rows, ["all", whole.toFixed(1), "100 %"]])}`;
}
