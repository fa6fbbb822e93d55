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

/** What is kept in the row of a completed range. */
export interface RangeOutcome {
  /** SHA-256 of the range's manifest. */
  readonly manifestSha256: string;
  readonly manifestKey: string;
  readonly failedTasks: number;
  readonly filledTiles: number;
  readonly chunks: number;
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

/** The queue of one job. Every call bears being repeated. */
export interface RangeQueue {
  /** Adds the ranges that are not there yet; any supervisor may call it at any time. */
  insert(ranges: Iterable<TaskRange>): Promise<void>;
  /** At most `count` ranges, in order of `from`; empty when there is none to lease now (which says nothing about being finished). */
  lease(count: number): Promise<Lease[]>;
  /** Keeps leases alive; resolves to the ids of those that are no longer ours. */
  touch(leases: readonly Lease[]): Promise<string[]>;
  /** Resolves to the ids of those that were not ours any more (another attempt holds or completed them). */
  complete(finished: readonly { lease: Lease; outcome: RangeOutcome }[]): Promise<string[]>;
  /** Back to the queue at once, one try used. */
  giveBack(leases: readonly Lease[]): Promise<void>;
  /** Back to the queue at once, as if never leased where the library allows it: for a drain. */
  release(leases: readonly Lease[]): Promise<void>;
  /** Of one round and stage. */
  counts(of: { readonly round: number; readonly stage: number }): Promise<RangeCounts>;
  /** Completed ranges of a round, in order of `from`, a page at a time. */
  completed(of: { readonly round: number; readonly stage: number }): AsyncIterable<CompletedRange>;
  /** Ranges of a round whose tries are used up. */
  dead(of: { readonly round: number; readonly stage: number }): Promise<TaskRange[]>;
  /** Removes queued ranges; resolves to how many. */
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

/** A process that runs a job's tasks; `pidStartedAt` tells a reused pid from the one meant. */
export interface SupervisorRow {
  readonly id: string;
  readonly jobId: string;
  readonly host: string;
  readonly pid: number;
  /** From the system, where it tells (Linux: field 22 of /proc/PID/stat), else "". */
  readonly pidStartedAt: string;
  readonly workers: number;
  /** Leases that it holds now. */
  readonly holding: readonly Lease[];
  readonly lastSeenAt: Date;
  /** Set when it left in an orderly way. */
  readonly leftAt: Date | null;
}
