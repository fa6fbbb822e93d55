/** The truth about a job from the database, for any process: `cirrus status` runs no part of it. */
import type {
  Job,
  Jobs,
  JobState,
  RangeCounts,
  RangeQueue,
  RoundStage,
  SupervisorRow,
  TaskFailure,
} from "../jobs/contracts.js";
import { isGone } from "../jobs/process-identity.js";
import { successfulBefore } from "./elsewhere.js";
import { costOfJob, type CostOf } from "./progress.js";
import { tasksOfStage, taskTotal } from "./ranges.js";
import { addTotals, noTotals, type Totals } from "./settle.js";

/** Counts of tasks. A leased range counts as active as a whole; its tasks become done together. */
export interface TaskCounts {
  readonly tasks: number;
  readonly done: number;
  readonly active: number;
  readonly queued: number;
  readonly failed: number;
}

export interface StageStatus extends TaskCounts {
  readonly stage: number;
}

export interface SupervisorStatus {
  readonly id: string;
  readonly host: string;
  readonly pid: number;
  readonly workers: number;
  readonly rangesHeld: number;
  readonly lastSeenAt: Date;
  /** Seen a short while ago, and not known to be gone. */
  readonly isAlive: boolean;
}

export interface JobStatus extends TaskCounts {
  readonly jobId: string;
  readonly kind: string;
  readonly destination: string;
  readonly owner: string;
  readonly state: JobState;
  readonly round: number;
  readonly createdAt: Date;
  readonly startedAt: Date | null;
  readonly finishedAt: Date | null;
  readonly stages: readonly StageStatus[];
  readonly filledTiles: number;
  readonly chunks: number;
  /** Left out, because they hold background alone. */
  readonly backgroundChunks: number;
  readonly bytes: number;
  /** 0..1 of the plan's cost. */
  readonly fraction: number;
  /** Of those who work on it now; null when nobody does, or nothing was finished yet. */
  readonly rateMBs: number | null;
  readonly etaSeconds: number | null;
  /** Whether one of the supervisors is alive. A job that is running and is not worked on waits for a `join`. */
  readonly isWorkedOn: boolean;
  /** Those that have not left, newest first; one that is not alive was killed. */
  readonly supervisors: readonly SupervisorStatus[];
  /** Of the newest round, in order of their tasks, at most as many as asked for. */
  readonly failures: readonly TaskFailure[];
}

export interface StatusOptions {
  readonly jobs: Jobs;
  readonly job: Job;
  readonly costOf: CostOf;
  /** 100 by default. */
  readonly mostFailures?: number;
}

const aliveForMs = 30_000;

export async function statusOf({ jobs, job, costOf, mostFailures = 100 }: StatusOptions): Promise<JobStatus> {
  const queue = await jobs.queueOf(job);
  const supervisors = (await jobs.supervisors(job.id)).filter(({ leftAt }) => leftAt === null);
  const stages: StageStatus[] = [];
  let sum = noTotals;
  for (let stage = 0; stage < job.stages.length; stage++) {
    const of = { round: job.round, stage };
    const totals = addTotals(await successfulBefore(queue, stage, job.round), await queue.totals(of));
    stages.push({ stage, ...tasksOf(job, stage, { totals, counts: inHand(await queue.counts(of), of, supervisors) }) });
    sum = addTotals(sum, totals);
  }
  const total = costOfJob(job, costOf);
  const isOver = job.state !== "planned" && job.state !== "running";
  const perSecond = isOver ? null : await pace(queue, job, supervisors.filter(isAlive));
  const tasks = (count: keyof TaskCounts) => stages.reduce((all, stage) => all + stage[count], 0);
  const { id: jobId, kind, destination, owner, state, round, createdAt, startedAt, finishedAt } = job;
  return {
    jobId,
    kind,
    destination,
    owner,
    state,
    round,
    createdAt,
    startedAt,
    finishedAt,
    tasks: taskTotal(job),
    done: tasks("done"),
    active: tasks("active"),
    queued: tasks("queued"),
    failed: tasks("failed"),
    stages,
    filledTiles: sum.filledTiles,
    chunks: sum.chunks,
    backgroundChunks: sum.backgroundChunks,
    bytes: sum.bytes,
    fraction: total > 0 ? Math.min(1, sum.cost / total) : 1,
    rateMBs: perSecond && perSecond.rate / 1e6,
    etaSeconds: perSecond && Math.max(0, (total - sum.cost) / perSecond.rate - perSecond.ageSeconds),
    isWorkedOn: supervisors.some(isAlive),
    supervisors: supervisors.map((row) => ({
      id: row.id,
      host: row.host,
      pid: row.pid,
      workers: row.workers,
      lastSeenAt: row.lastSeenAt,
      rangesHeld: row.holding.length,
      isAlive: isAlive(row),
    })),
    failures: (await jobs.failures(jobId, round)).slice(0, mostFailures),
  };
}

interface Rows {
  readonly totals: Totals;
  readonly counts: RangeCounts;
}

/** A range that a killed supervisor held waits for the next one, whatever its lease says. */
function inHand(counts: RangeCounts, { round, stage }: RoundStage, supervisors: readonly SupervisorRow[]): RangeCounts {
  const alive = supervisors.filter(isAlive);
  const orphaned = supervisors
    .filter((row) => !alive.includes(row))
    .flatMap(({ holding }) => holding)
    .filter((lease) => lease.round === round && lease.stage === stage).length;
  const active = alive.length ? Math.max(0, counts.active - orphaned) : 0;
  return { ...counts, active, queued: counts.queued + counts.active - active };
}

/** Ranges have all the same size but a stage's last: what that one lacks is taken from what is not begun. */
function tasksOf(job: Job, stage: number, { totals, counts }: Rows): TaskCounts {
  const { from, to } = tasksOfStage(job, stage);
  const tasks = to - from;
  let rest = tasks - totals.tasks;
  const take = (ranges: number) => {
    const taken = Math.min(rest, ranges * job.rangeSize);
    rest -= taken;
    return taken;
  };
  const dead = take(counts.dead);
  const active = take(counts.active);
  return {
    tasks,
    done: totals.tasks - totals.failedTasks,
    active,
    queued: job.state === "cancelled" ? 0 : rest,
    failed: totals.failedTasks + dead,
  };
}

/** A pid that is another process's by now is gone too. */
const isAlive = (row: SupervisorRow): boolean =>
  row.leftAt === null && !isGone(row) && Date.now() - row.lastSeenAt.getTime() < aliveForMs;

interface Pace {
  /** Cost per second. */
  readonly rate: number;
  /** Since the last completion, until which the rate was taken. */
  readonly ageSeconds: number;
}

/**
 * What was completed since the newest of those at work joined; with few completions since then, since the oldest of them did. Taken up
 * to the last completion: between two of them nothing is known.
 */
async function pace(queue: RangeQueue, job: Job, alive: readonly SupervisorRow[]): Promise<Pace | null> {
  if (!alive.length) return null;
  const joined = alive.map(({ registeredAt }) => registeredAt.getTime());
  const enough = 2 * alive.reduce((sum, { workers }) => sum + workers, 0);
  for (const sinceMs of [Math.max(...joined), Math.min(...joined)]) {
    const since = await completedSince(queue, job, new Date(sinceMs));
    // Between joining and the first lease, the queue may have been made.
    const seconds = (since.lastMs - Math.max(sinceMs, since.firstMs)) / 1000;
    if (seconds > 0 && (since.totals.ranges >= enough || sinceMs === Math.min(...joined)))
      return { rate: since.totals.cost / seconds, ageSeconds: Math.max(0, (Date.now() - since.lastMs) / 1000) };
  }
  return null;
}

async function completedSince(
  queue: RangeQueue,
  job: Job,
  since: Date,
): Promise<{ readonly totals: Totals; readonly firstMs: number; readonly lastMs: number }> {
  let totals = noTotals;
  let firstMs = Infinity;
  let lastMs = -Infinity;
  for (let stage = 0; stage < job.stages.length; stage++) {
    const of = await queue.totals({ round: job.round, stage }, { completedSince: since });
    totals = addTotals(totals, of);
    firstMs = Math.min(firstMs, of.firstLeasedAt?.getTime() ?? Infinity);
    lastMs = Math.max(lastMs, of.lastCompletedAt?.getTime() ?? -Infinity);
  }
  return { totals, firstMs, lastMs };
}
