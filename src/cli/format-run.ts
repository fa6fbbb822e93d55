/** How the end of a run reads: what is where, and what to do with it. */
import { shellWord } from "../core/shell-word.js";
import type { RunSummary } from "../engine/events.js";
import { printableSpellings } from "../storage/url.js";
import { formatBytesBoth, formatCount, formatCounted, formatSeconds } from "./format.js";
import type { Style } from "./style.js";

export interface RunResult extends RunSummary {
  readonly links: ReturnType<typeof runLinks>;
}

export const runLinks = (destination: string) => printableSpellings(destination);

const headlines: Readonly<Record<RunSummary["state"], string>> = {
  done: "done",
  failed: "finished with failed tasks",
  cancelled: "cancelled",
  left: "left before it was finished",
};

export function formatRun(run: RunResult, style: Style): string {
  const { state, jobId, tasksDone, tasksFailed, filledTiles, chunks, backgroundChunks, bytes, seconds, links } = run;
  const paint = state === "done" ? style.green : style.yellow;
  const lines = [
    `${paint(`job ${jobId} ${headlines[state]}`)}: ${formatCounted(tasksDone, "task")}, ${formatCounted(chunks, "chunk")}, ${formatBytesBoth(bytes)}, ${formatSeconds(seconds)}`,
  ];
  if (backgroundChunks)
    lines.push(`${formatCounted(backgroundChunks, "chunk")} of background left out: readers show 0 there`);
  if (tasksFailed)
    lines.push(`${formatCount(tasksFailed)} tasks failed: \`cirrus status --job-id ${jobId}\` names them`);
  if (filledTiles)
    lines.push(
      `${formatCount(filledTiles)} tiles were filled with background: \`cirrus status --job-id ${jobId}\` names them`,
    );
  if (state !== "done") return [...lines, ...nextSteps(run)].join("\n");
  return [
    ...lines,
    "",
    `CloudVolume   ${links.cloudVolume}`,
    `TensorStore   ${links.tensorStore}`,
    `path          ${links.plain}`,
    "",
    `cirrus verify ${shellWord(links.plain)}`,
    `cirrus provenance show ${shellWord(links.plain)}`,
    `cirrus view ${shellWord(links.plain)}`,
  ].join("\n");
}

function nextSteps({ state, jobId }: RunResult): string[] {
  if (state === "cancelled") return [];
  return [
    state === "failed"
      ? `when the cause is mended: cirrus join --job-id ${jobId}`
      : `to go on: cirrus join --job-id ${jobId}`,
  ];
}
