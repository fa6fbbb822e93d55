/** What `cirrus status` collects: all jobs in short, or one with everything. */
import { filledTilesOf } from "../engine/filled-tiles.js";
import type { FilledTile } from "../engine/messages.js";
import { logFile } from "../engine/log-file.js";
import { statusOf, type JobStatus } from "../engine/status.js";
import { costOfTasks } from "../ingest/cost.js";
import type { JobDocument } from "../ingest/job-document.js";
import { CirrusError } from "../core/errors.js";
import { didYouMean } from "../core/suggest.js";
import type { Job, Jobs, JobSummary } from "../jobs/contracts.js";
import { openStore } from "../storage/open.js";
import type { StoreOptions } from "../storage/store.js";

export interface JobRow {
  readonly jobId: string;
  readonly kind: string;
  readonly destination: string;
  readonly owner: string;
  readonly state: Job["state"];
  readonly createdAt: Date;
  readonly finishedAt: Date | null;
  readonly tasks: number;
  /** null where there is nothing to count: jobs that are done or cancelled. */
  readonly progress: Pick<JobStatus, "done" | "failed" | "fraction" | "rateMBs" | "etaSeconds" | "isWorkedOn"> | null;
}

export interface JobReport extends JobStatus {
  /** The first of them by name, in order of the tasks; null when they were not looked up. */
  readonly filled: readonly FilledTile[] | null;
  /** Of this machine; it may not be there. */
  readonly logFile: string;
}

export const isOver = ({ state }: { readonly state: Job["state"] }): boolean =>
  state === "done" || state === "failed" || state === "cancelled";

/** Newest first. */
export async function listJobs(jobs: Jobs): Promise<JobRow[]> {
  const rows: JobRow[] = [];
  for (const summary of await jobs.list()) {
    const { id: jobId, kind, destination, owner, state, createdAt, finishedAt, stages } = summary;
    const tasks = stages.reduce((sum, count) => sum + count, 0);
    rows.push({
      jobId,
      kind,
      destination,
      owner,
      state,
      createdAt,
      finishedAt,
      tasks,
      progress: await progressOf(jobs, summary),
    });
  }
  return rows;
}

async function progressOf(jobs: Jobs, summary: JobSummary): Promise<JobRow["progress"]> {
  if (summary.state === "done" || summary.state === "cancelled") return null;
  const job = await jobs.find(summary.id);
  if (!job) return null;
  const { done, failed, fraction, rateMBs, etaSeconds, isWorkedOn } = await statusOf({
    jobs,
    job,
    costOf: costOf(job),
    mostFailures: 0,
  });
  return { done, failed, fraction, rateMBs, etaSeconds, isWorkedOn };
}

export interface ReportOptions {
  readonly jobs: Jobs;
  readonly jobId: string;
  readonly stateFolder: string;
  /** How to reach the destination, to look up the names of filled tiles; undefined: do not. */
  readonly store: StoreOptions | undefined;
}

/** Names of filled tiles that are looked up; all of them are in the manifests beside the volume. */
const mostFilled = 1000;

/** @throws CirrusError `E_JOB_UNKNOWN` */
export async function reportJob({ jobs, jobId, stateFolder, store }: ReportOptions): Promise<JobReport> {
  const job = await jobs.find(jobId);
  if (!job) {
    const known = (await jobs.list()).map(({ id }) => id);
    throw new CirrusError("E_JOB_UNKNOWN", `there is no job ${jobId} here${didYouMean(jobId, known)}`, {
      context: { jobId },
    });
  }
  const status = await statusOf({ jobs, job, costOf: costOf(job), mostFailures: mostFilled });
  const filled = store && status.filledTiles ? await filledOf(jobs, job, store) : status.filledTiles ? null : [];
  return { ...status, filled, logFile: logFile(stateFolder, jobId) };
}

async function filledOf(jobs: Jobs, job: Job, options: StoreOptions): Promise<FilledTile[]> {
  const store = await openStore(job.destination, options);
  try {
    const tiles = new Map<string, FilledTile>();
    for await (const tile of filledTilesOf({ job, queue: await jobs.queueOf(job), store })) {
      tiles.set(`${tile.url}#${tile.page ?? ""}`, tile);
      if (tiles.size === mostFilled) break;
    }
    return [...tiles.values()];
  } finally {
    await store.close();
  }
}

/** Every kind of job keeps its plan in its document; it is whole from the moment that the row exists. */
const costOf = (job: Job) => costOfTasks((job.document as JobDocument).plan);
