/**
 * Renders the event stream of a run on stderr. On a terminal one line is redrawn; elsewhere a plain line comes every 30 s and at
 * each important event; `json` prints every event as one line; `quiet` leaves warnings and failures.
 */
import type { Emit, Progress, RunEvent } from "../engine/events.js";
import { redact } from "../core/redact.js";
import { formatBytes, formatCount, formatCounted, formatSeconds } from "./format.js";
import type { Io, Output } from "./io.js";
import { toJsonLine } from "./json.js";
import { isLive, type Style } from "./style.js";

/** `auto` is a redrawn line on a terminal, else plain lines. */
export const progressModes = ["auto", "plain", "json", "quiet"] as const;
export type ProgressMode = (typeof progressModes)[number];

export interface ProgressRenderer {
  readonly emit: Emit;
  /** Another line for people, above the progress line. */
  write(text: string): void;
  /** Ends the line, so that the next output starts on a new one. May be called twice. */
  close(): void;
}

export interface RendererOptions {
  readonly mode: ProgressMode;
  readonly output: Output;
  readonly env: Io["env"];
  readonly style: Style;
  /** Milliseconds, from any origin. */
  readonly now?: () => number;
}

const plainEveryMs = 30_000;
const redrawEveryMs = 100;
/** More filled tiles than this are counted only: `cirrus status` names them all. */
const filledShown = 10;

export function progressRenderer(options: RendererOptions): ProgressRenderer {
  const { output, style, mode } = options;
  if (mode === "json") return jsonRenderer(output);
  const now = options.now ?? (() => performance.now());
  const live = mode === "auto" && isLive(output, options.env);
  let latest: Progress | undefined;
  let drawn = "";
  let printedAtMs = -Infinity;
  let printed: Progress | undefined;
  let filled = 0;

  const draw = (): void => {
    if (!latest) return;
    printedAtMs = now();
    printed = latest;
    if (!live) return void output.write(`${describe(latest).join(", ")}\n`);
    drawn = liveLine(latest, (output.columns ?? 80) - 1, style);
    output.write(`\r\u001b[K${drawn}`);
  };
  const write = (text: string): void => {
    if (drawn) output.write("\r\u001b[K");
    output.write(`${redact(text)}\n`);
    if (drawn) output.write(drawn);
  };
  const close = (): void => {
    if (mode === "quiet") return;
    if (latest && latest !== printed) draw();
    if (drawn) output.write("\n");
    drawn = "";
  };
  const emit: Emit = (event) => {
    if (event.type === "progress") {
      latest = event;
      if (mode !== "quiet" && now() - printedAtMs >= (live ? redrawEveryMs : plainEveryMs)) draw();
      return;
    }
    if (mode === "quiet" && !isImportant(event)) return;
    if (event.type === "draining" && event.isAsked) return; // the frame said what the signal does
    if (event.type === "tile-filled" && ++filled > filledShown) {
      if (filled === filledShown + 1) write("further filled tiles are counted only; `cirrus status` names them all");
      return;
    }
    if (event.type === "finished") close();
    write(lineOf(event, style));
  };
  return { emit, write, close };
}

function jsonRenderer(output: Output): ProgressRenderer {
  const emit: Emit = (event) =>
    void output.write(`${redact(toJsonLine({ time: new Date().toISOString(), ...event }))}\n`);
  return { emit, write: (text) => emit({ type: "note", text }), close: () => {} };
}

const isImportant = ({ type }: RunEvent): boolean =>
  type === "warning" || type === "task-failed" || type === "worker-died";

function lineOf(event: Exclude<RunEvent, { type: "progress" }>, style: Style): string {
  switch (event.type) {
    case "job":
      return `${event.continued ? "continuing job ID" : "job ID"}: ${style.bold(event.jobId)}  ${style.dim(`log: ${event.logFile}`)}`;
    case "note":
      return event.text;
    case "warning":
      return `${style.yellow("warning:")} ${event.text} ${style.dim(`(${event.code})`)}`;
    case "task-failed":
      return `${style.red(`task ${event.task} failed:`)} ${event.message} ${style.dim(`(${event.code})`)}`;
    case "tile-filled":
      return `${style.yellow("filled")} with background, ${event.reason}: ${event.url}${event.page === undefined ? "" : ` page ${event.page}`}`;
    case "worker-died":
      return `worker ${event.pid} died (${event.signal ?? `exit code ${event.code}`}); its tasks are done again`;
    case "draining":
      return event.reason;
    case "finished": {
      const { summary } = event;
      const failed = summary.tasksFailed ? `, ${formatCount(summary.tasksFailed)} failed` : "";
      const state = event.state === "left" ? "left before the end" : event.state;
      return `${state}: ${formatCounted(summary.tasksDone, "task")} done${failed}, ${formatCounted(summary.chunks, "chunk")}, ${formatBytes(summary.bytes)} in ${formatSeconds(summary.seconds)}`;
    }
  }
}

/** The parts of a progress line, most important first. */
function describe(progress: Progress): string[] {
  const { tasksDone, tasksTotal, tasksFailed, filledTiles, fraction, rateMBs, etaSeconds, stage, stages } = progress;
  const parts = [`${Math.floor(fraction * 100)} %`, `${formatCount(tasksDone)}/${formatCount(tasksTotal)} tasks`];
  if (tasksFailed) parts.push(`${formatCount(tasksFailed)} failed`);
  if (etaSeconds !== null) parts.push(`${formatSeconds(etaSeconds)} left`);
  if (rateMBs !== null) parts.push(`${formatBytes(rateMBs * 1e6)}/s`);
  if (filledTiles) parts.push(`${formatCount(filledTiles)} filled`);
  if (stages > 1) parts.push(`stage ${stage + 1} of ${stages}`);
  return parts;
}

/** `[=====>    ]  41 %  412/1,000 tasks ...`, as much as fits. */
function liveLine(progress: Progress, columns: number, style: Style): string {
  const width = Math.max(0, Math.min(30, columns - 40));
  const done = Math.min(width, Math.round(progress.fraction * width));
  const head = done > 0 && done < width ? `${"=".repeat(done - 1)}>` : "=".repeat(done);
  const bar = width ? [`[${head}${" ".repeat(width - done)}]`] : [];
  const [percent = "", ...others] = describe(progress);
  const parts = [...bar, percent.padStart(5), ...others];
  while (parts.length > 1 && parts.join("  ").length > columns) parts.pop();
  return parts
    .join("  ")
    .slice(0, Math.max(columns, 10))
    .replace(/\d\S* failed/, (failed) => style.red(failed));
}
