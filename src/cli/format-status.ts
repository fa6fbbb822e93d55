/** Jobs as text for people. */
import type { JobReport, JobRow } from "./job-report.js";
import { formatBytes, formatCount, formatCounted, formatSeconds, formatTable } from "./format.js";
import type { Style } from "./style.js";

/** Failures and tiles that are printed; `--json` has more. */
const named = 20;

export function formatJobs(jobs: readonly JobRow[], style: Style): string {
  if (!jobs.length) return "no jobs";
  return formatTable([
    ["job", "state", "done", "begun", "volume"].map(style.dim),
    ...jobs.map(({ jobId, state, tasks, progress, createdAt, destination }) => [
      style.bold(jobId),
      stateText(state, progress, style),
      howFar(state, tasks, progress),
      minute(createdAt),
      `${destination}${progress?.etaSeconds != null ? style.dim(`  ${formatSeconds(progress.etaSeconds)} left`) : ""}`,
    ]),
  ]);
}

export function formatJob(job: JobReport, style: Style): string {
  const counts = [
    `${formatCount(job.done)} of ${formatCounted(job.tasks, "task")} done`,
    job.active && `${formatCount(job.active)} active`,
    job.queued && `${formatCount(job.queued)} queued`,
    job.failed && style.red(`${formatCount(job.failed)} failed`),
  ];
  const pace = [
    job.rateMBs !== null && `${formatBytes(job.rateMBs * 1e6)}/s`,
    job.etaSeconds !== null && `${formatSeconds(job.etaSeconds)} left`,
  ];
  const times = [
    `begun ${minute(job.createdAt)}`,
    job.finishedAt && `ended ${minute(job.finishedAt)}`,
    job.round > 0 && `round ${job.round + 1}`,
  ];
  const lines = [
    `${style.bold(`job ${job.jobId}`)}  ${stateText(job.state, job, style)}${job.state === "running" ? `  ${percent(job.fraction)}` : ""}`,
    isInterrupted(job.state, job) && `nobody works on it: cirrus join --job-id ${job.jobId}`,
    `${job.kind} into ${job.destination}, by ${job.owner}`,
    listed(counts),
    listed([
      `${formatCounted(job.chunks, "chunk")}, ${formatBytes(job.bytes)}`,
      job.backgroundChunks > 0 && `${formatCount(job.backgroundChunks)} of background left out`,
    ]),
    listed(pace),
    listed(times),
    `log ${job.logFile}`,
  ];
  return [
    ...lines.filter(Boolean),
    ...(job.stages.length > 1 ? section("stages", job.stages.map(stageRow), style) : []),
    ...section(
      "at work",
      job.supervisors.map((row) => supervisorRow(row, style)),
      style,
    ),
    ...section("failed tasks", failureRows(job, style), style),
    ...section("filled with background", filledRows(job), style),
  ].join("\n");
}

const stageRow = ({ stage, done, tasks, active, failed }: JobReport["stages"][number]): string[] => [
  String(stage + 1),
  `${formatCount(done)} of ${formatCounted(tasks, "task")} done`,
  active ? `${formatCount(active)} active` : "",
  failed ? `${formatCount(failed)} failed` : "",
];

function supervisorRow(row: JobReport["supervisors"][number], style: Style): string[] {
  const seen = formatSeconds(Math.max(0, (Date.now() - row.lastSeenAt.getTime()) / 1000));
  const state = row.isAlive ? `seen ${seen} ago` : style.yellow(`gone, last seen ${seen} ago`);
  return [`${row.host} process ${row.pid}`, formatCounted(row.workers, "worker"), state];
}

function failureRows({ failures, failed }: JobReport, style: Style): string[][] {
  const rows = failures.slice(0, named).map(({ task, code, message }) => [`task ${task}`, style.dim(code), message]);
  return failed > rows.length ? [...rows, [`and ${formatCount(failed - rows.length)} more`]] : rows;
}

function filledRows({ filled, filledTiles }: JobReport): string[][] {
  if (filled === null) return [[formatCounted(filledTiles, "tile")]];
  const rows = filled
    .slice(0, named)
    .map(({ url, page, reason }) => [reason, `${url}${page === undefined ? "" : ` page ${page}`}`]);
  return filled.length > rows.length ? [...rows, [`and more, ${formatCount(filledTiles)} in all`]] : rows;
}

const section = (title: string, rows: readonly (readonly string[])[], style: Style): string[] =>
  rows.length ? ["", style.bold(title), formatTable(rows.map(([first, ...rest]) => [`  ${first}`, ...rest]))] : [];

function paintState(state: JobRow["state"], style: Style): string {
  const paint = {
    planned: style.dim,
    running: style.cyan,
    done: style.green,
    failed: style.red,
    cancelled: style.yellow,
  };
  return paint[state](state);
}

type Worked = { readonly isWorkedOn: boolean } | null;

/** Killed, paused, or its machine lost: it waits for a `join`. */
const isInterrupted = (state: JobRow["state"], worked: Worked): boolean =>
  state === "running" && worked?.isWorkedOn === false;

const stateText = (state: JobRow["state"], worked: Worked, style: Style): string =>
  isInterrupted(state, worked) ? style.yellow("interrupted") : paintState(state, style);

/** The fraction counts what is settled, failed tasks too: of a failed job the tasks say more. */
function howFar(state: JobRow["state"], tasks: number, progress: JobRow["progress"]): string {
  if (!progress) return state === "done" ? "100 %" : "";
  return state === "failed" ? `${formatCount(progress.done)} of ${formatCount(tasks)}` : percent(progress.fraction);
}

const percent = (fraction: number): string => `${Math.floor(fraction * 100)} %`;
const listed = (parts: readonly unknown[]): string => parts.filter(Boolean).join(", ");
/** `2026-11-21 03:54 UTC` */
const minute = (date: Date): string => `${date.toISOString().slice(0, 16).replace("T", " ")} UTC`;
