/**
 * Jobs, the ranges of tasks that are leased from the queue, and what a supervisor tells about itself.
 *
 * Job states: planned -> running -> done | failed | cancelled. `failed` = settled with failed tasks; `join` makes it running again.
 * A range's row: queued -> active (leased) -> completed; a range whose tries are used up is dead and counts as settled with failures.
 */

export type JobState = "planned" | "running" | "done" | "failed" | "cancelled";

/** What `cirrus ingest` stores before anything runs. JSON documents are parsed by the kind that made them. */
export interface NewJob {
  readonly id: string;
  /** Row of cli/worker.ts: "ingest", "downsample". */
  readonly kind: string;
  /** URL of the volume. */
  readonly destination: string;
  /** Digest of config and destination: the same one on an unfinished job continues it. */
  readonly configDigest: string;
  readonly document: unknown;
  /** Number of tasks per stage, in order; tasks are numbered stage after stage. */
  readonly stages: readonly number[];
  /** Tasks per range, fixed for the job's life; a range never crosses a stage. */
  readonly rangeSize: number;
  /** SHA-256 of a fixed fixture decoded, downsampled and encoded here. */
  readonly encoderFingerprint: string;
  readonly owner: string;
}

export interface Job extends NewJob {
  readonly state: JobState;
  /** Grows with each `join` that tries failed ranges again. */
  readonly round: number;
  readonly createdAt: Date;
  readonly startedAt: Date | null;
  readonly finishedAt: Date | null;
  /** Facts kept when the job ends: counts, digests, filled tiles. */
  readonly result: unknown;
}

/** Tasks `[from, to)` of one stage. */
export interface TaskRange {
  readonly from: number;
  readonly to: number;
  readonly stage: number;
  readonly round: number;
}

/** A leased range: `attempt` fences it, so that a late answer of an earlier holder changes nothing. */
export interface Lease extends TaskRange {
  readonly id: string;
  /** 0 for the first lease of this range in this round. */
  readonly attempt: number;
}

/** Where ranges are counted: a round of one stage. */
export interface RoundStage {
  readonly round: number;
  readonly stage: number;
}

/** What is kept in the row of a completed range. */
export interface RangeOutcome {
  /** SHA-256 of the range's manifest. */
  readonly manifestSha256: string;
  readonly manifestKey: string;
  readonly failedTasks: number;
  readonly filledTiles: number;
  /** Objects that were stored. */
  readonly chunks: number;
  /** Chunks that were left out because they hold background alone; absent in rows of earlier versions. */
  readonly backgroundChunks?: number;
  readonly bytes: number;
  /** Work done, in the plan's unit of cost, for rate and ETA. */
  readonly cost: number;
}

export interface CompletedRange extends TaskRange {
  readonly outcome: RangeOutcome;
}

export interface RangeCounts {
  readonly queued: number;
  readonly active: number;
  readonly completed: number;
  /** Tries used up. */
  readonly dead: number;
}

/** Sums over completed ranges of a round and stage. */
export interface RangeTotals {
  readonly ranges: number;
  readonly tasks: number;
  readonly failedTasks: number;
  readonly filledTiles: number;
  readonly chunks: number;
  readonly backgroundChunks: number;
  readonly bytes: number;
  readonly cost: number;
  /** When the first of them was leased, by the database's clock; null when there is none. */
  readonly firstLeasedAt: Date | null;
  readonly lastCompletedAt: Date | null;
}

/** Which completed ranges to sum over; all by default. */
export interface TotalsFilter {
  /** Without failed tasks. */
  readonly isSuccessful?: true;
  readonly completedSince?: Date;
}

/** A lease that is not touched for so long goes to whoever asks next (pg-boss's least). Touch every third of it. */
export const leaseSeconds = 10;

/** The queue of one job. Every call bears being repeated. */
export interface RangeQueue {
  /** Adds the ranges that are not there yet; any supervisor may call it at any time. */
  insert(ranges: Iterable<TaskRange>): Promise<void>;
  /**
   * At most `count` ranges, in order of `from`; empty when there is none to lease now (which says nothing about being finished).
   * Tell them to `Jobs.heartbeatSupervisor` right away: only what is in `holding` comes back at once when this process is killed.
   */
  lease(count: number): Promise<Lease[]>;
  /** Keeps leases alive; resolves to the ids of those that are no longer ours. Every `leaseSeconds / 3`, or they are given away. */
  touch(leases: readonly Lease[]): Promise<string[]>;
  /** Resolves to the ids of those that were not ours any more (another attempt holds or completed them). */
  complete(finished: readonly { lease: Lease; outcome: RangeOutcome }[]): Promise<string[]>;
  /** Back to the queue at once, one try used. A range without a try left is dead. */
  giveBack(leases: readonly Lease[]): Promise<void>;
  /** Back to the queue at once, no try used: for a drain. The next lease of it is another attempt all the same. */
  release(leases: readonly Lease[]): Promise<void>;
  /** Of one round and stage. */
  counts(of: RoundStage): Promise<RangeCounts>;
  /** Of one round and stage. */
  totals(of: RoundStage, only?: TotalsFilter): Promise<RangeTotals>;
  /** Completed ranges of a round, in order of `from`, a page at a time. */
  completed(of: RoundStage): AsyncIterable<CompletedRange>;
  /** Ranges of a round whose tries are used up. */
  dead(of: RoundStage): Promise<TaskRange[]>;
  /** Ranges of a round that are dead or completed with failed tasks, in order of `from`: what the next round is made of. */
  unsuccessful(of: RoundStage): AsyncIterable<TaskRange>;
  /** Removes queued ranges; resolves to how many (fewer than that when the store died in the middle and was asked again). */
  purge(): Promise<number>;
}

export interface TaskFailure {
  readonly jobId: string;
  readonly round: number;
  readonly task: number;
  readonly code: string;
  readonly message: string;
  readonly names: readonly string[];
  readonly at: Date;
}

export type NewTaskFailure = Omit<TaskFailure, "jobId" | "round" | "at">;

export interface JobPatch {
  readonly result?: unknown;
  readonly document?: unknown;
}

/** A job without the document of its kind, which may be large. */
export type JobSummary = Omit<Job, "document">;

/** A process that runs a job's tasks; `pidStartedAt` tells a reused pid from the one meant. */
export interface SupervisorRow {
  readonly id: string;
  readonly jobId: string;
  readonly host: string;
  readonly pid: number;
  /** From the system, where it tells (Linux: field 22 of /proc/PID/stat), else "". */
  readonly pidStartedAt: string;
  readonly workers: number;
  /** By the database's clock, as all times here. */
  readonly registeredAt: Date;
  /** Leases that it holds now. */
  readonly holding: readonly Lease[];
  readonly lastSeenAt: Date;
  /** Set when it left in an orderly way. */
  readonly leftAt: Date | null;
}

export interface Registration {
  readonly id: string;
  /** Nobody was registered for this job before, so nobody holds a lease of it. */
  readonly isFirst: boolean;
}

/** The tables of jobs, failures and supervisors, and the way to a job's queue. Every call bears being repeated. */
export interface Jobs {
  /** Stores a job as `planned`; does nothing when its id is there already. Resolves to what is stored. */
  create(job: NewJob): Promise<Job>;
  find(id: string): Promise<Job | undefined>;
  /** The newest job with this digest and destination that is planned, running or failed (which `nextRound` makes run again). */
  findUnfinished(destination: string, configDigest: string): Promise<Job | undefined>;
  /** Newest first. */
  list(): Promise<JobSummary[]>;
  /**
   * Compare and set; resolves to whether it happened. `running` sets `startedAt` once and clears `finishedAt`, an end sets `finishedAt`.
   * A `result` or `document` replaces the stored one.
   */
  setState(id: string, from: readonly JobState[], to: JobState, patch?: JobPatch): Promise<boolean>;
  /**
   * Makes a `failed` job run again in the next round; a job in any other state is left alone, so that of two joins at once one makes
   * the step. Resolves to the job as it is then.
   */
  nextRound(id: string): Promise<Job>;

  /** Replaces what is recorded for the tasks of `range`: call it before `complete`; with an empty list too when `attempt` > 0. */
  recordFailures(jobId: string, range: TaskRange, failures: readonly NewTaskFailure[]): Promise<void>;
  /** In order of round and task; of one round when given. */
  failures(jobId: string, round?: number): Promise<TaskFailure[]>;
  countFailures(jobId: string, round: number): Promise<number>;

  /** Makes this process known as a supervisor of the job, before its first lease. */
  registerSupervisor(jobId: string, workers: number): Promise<Registration>;
  /**
   * Tells that a supervisor lives and what it holds, and at most every 5 s puts the job's expired leases back to its queue. Every
   * supervisor must call it every few seconds, and after each `lease`. Resolves to the job's state, so that a cancel is seen.
   */
  heartbeatSupervisor(
    id: string,
    now: { readonly holding: readonly Lease[]; readonly workers: number },
  ): Promise<JobState>;
  /** All that ever were, newest first. */
  supervisors(jobId: string): Promise<SupervisorRow[]>;
  /** An orderly end: it holds nothing any more. */
  leave(id: string): Promise<void>;
  /**
   * Gives back at once the leases of supervisors that died on this host (process gone, or another one under its id), and those that
   * nobody tells of though every live supervisor was seen 2.5 s after them. Whoever joins calls it after `registerSupervisor`, before its
   * first lease; then when there is nothing to lease, right after a heartbeat. Resolves to how many ranges came back.
   *
   * @param self - id of the caller's own supervisor
   */
  reclaimDead(jobId: string, self?: string): Promise<number>;

  queueOf(job: Pick<Job, "id">): Promise<RangeQueue>;
  /** Closes the database too. */
  close(): Promise<void>;
}
