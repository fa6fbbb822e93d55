/**
 * The queue of one job on pg-boss: one queue per job, one row per range, a row's `retryCount` is its attempt.
 *
 * `group_id` holds "round.stage": counting by it takes 55 ms at 150,000 rows, by the row's JSON 82. Its index holds active rows only.
 */
import type { PgBoss } from "pg-boss";
import type { Database } from "../state/database.js";
import { batchPort } from "./batch-port.js";
import {
  leaseSeconds,
  type Lease,
  type RangeCounts,
  type RangeOutcome,
  type RangeQueue,
  type RangeTotals,
  type RoundStage,
  type TaskRange,
} from "./contracts.js";
import { rangeId } from "./range-id.js";
import { queueSchema } from "./queue-library.js";

/** Kills count as tries, and a machine may be killed often. */
const retryLimit = 20;
const insertBatch = 1000;
const pageSize = 1000;
const tenYears = 10 * 365 * 86_400;
const largestPriority = 2 ** 31 - 1;

const table = `${queueSchema}.job`;

export const queueName = (jobId: string): string => `ingest-${jobId}`;

/**
 * @param library - loaded when something is inserted, leased or settled for the first time
 */
export function rangeQueue(jobId: string, db: Database, library: () => Promise<PgBoss>): RangeQueue {
  const name = queueName(jobId);
  let opening: Promise<PgBoss> | undefined;
  const open = (): Promise<PgBoss> => (opening ??= openQueue(name, library));

  const query = async <Row>(text: string, values: readonly unknown[] = []): Promise<Row[]> =>
    (await db.executeSql<Row>(text, [name, ...values])).rows;

  async function counts(of: RoundStage): Promise<RangeCounts> {
    const rows = await query<{ state: string; count: number }>(
      `select state::text, count(*)::int as count from ${table} where name = $1 and group_id = $2 group by state`,
      [groupOf(of)],
    );
    const count = (...states: string[]) =>
      rows.filter((row) => states.includes(row.state)).reduce((sum, row) => sum + row.count, 0);
    return {
      queued: count("created", "retry"),
      active: count("active"),
      completed: count("completed"),
      dead: count("failed"),
    };
  }

  /** Rows of a round and stage that meet `condition`, in order of `from`, a page at a time. */
  async function* pages<Row extends TaskRange>(
    of: RoundStage,
    columns: string,
    condition: string,
  ): AsyncGenerator<Row> {
    for (let after = -1; ;) {
      const rows = await query<Row>(
        `select (data->>'from')::float8 as "from", (data->>'to')::float8 as "to", $3::int as stage, $4::int as round ${columns}
         from ${table} where name = $1 and group_id = $2 and (data->>'from')::float8 > $5::float8 and ${condition}
         order by (data->>'from')::float8 limit ${pageSize}`,
        [groupOf(of), of.stage, of.round, after],
      );
      yield* rows;
      if (rows.length < pageSize) return;
      after = rows.at(-1)!.from;
    }
  }

  /** Ids of the leases whose rows are not in `state` at just their attempts. */
  async function notHeld(leases: readonly Lease[], state: "active" | "completed"): Promise<string[]> {
    const rows = await query<{ id: string }>(
      `select id::text from ${table} where name = $1 and id = any($2::uuid[]) and state = '${state}' and ${fenceIn("$3")}`,
      [leases.map(({ id }) => id), leases.map(fence)],
    );
    const held = new Set(rows.map(({ id }) => id));
    return leases.map(({ id }) => id).filter((id) => !held.has(id));
  }

  return {
    async insert(ranges) {
      const boss = await open();
      for (const batch of batchesOf(ranges, insertBatch))
        await boss.insert(
          name,
          batch.map(({ from, to, stage, round }) => ({
            id: rangeId(jobId, round, from),
            data: { from, to, stage, round },
            group: { id: groupOf({ round, stage }) },
            priority: -Math.min(from, largestPriority), // leased in order, those that come back included
          })),
        );
    },

    async lease(count) {
      if (count < 1) return [];
      const boss = await open();
      const rows = await boss.fetch<TaskRange>(name, { batchSize: count });
      return rows
        .map(({ id, data, retryCount }): Lease => ({ id, ...data, attempt: retryCount }))
        .sort((a, b) => a.from - b.from);
    },

    async touch(leases) {
      if (!leases.length) return [];
      await (await open()).touch(name, attemptsOf(leases));
      return notHeld(leases, "active");
    },

    async complete(finished) {
      if (!finished.length) return [];
      const boss = await open();
      const port = batchPort(db); // the library completes rows with one outcome each one by one: here in one transaction
      await Promise.all(
        finished.map(({ lease, outcome }) => boss.complete(name, attemptOf(lease), outcome, { db: port })),
      );
      // A completion that is sent again changes nothing and is ours all the same: what counts is what stands in the row now.
      return notHeld(
        finished.map(({ lease }) => lease),
        "completed",
      );
    },

    async giveBack(leases) {
      if (!leases.length) return;
      await (await open()).fail(name, attemptsOf(leases));
    },

    async release(leases) {
      if (!leases.length) return;
      // pg-boss's own restore() would let the next lease have this one's attempt number, which fences and names manifests.
      await query(
        `update ${table} set state = 'retry', retry_limit = retry_limit + 1
         where name = $1 and state = 'active' and id = any($2::uuid[]) and ${fenceIn("$3")}`,
        [leases.map(({ id }) => id), leases.map(fence)],
      );
    },

    counts,

    async totals(of, only = {}) {
      const sum = (key: keyof RangeOutcome) => `coalesce(sum((output->>'${key}')::float8), 0) as "${key}"`;
      const rows = await query<RangeTotals>(
        `select count(*)::int as ranges, coalesce(sum((data->>'to')::float8 - (data->>'from')::float8), 0) as tasks,
           ${(["failedTasks", "filledTiles", "chunks", "backgroundChunks", "bytes", "cost"] as const).map(sum).join(", ")},
           min(started_on) as "firstLeasedAt", max(completed_on) as "lastCompletedAt"
         from ${table} where name = $1 and group_id = $2 and state = 'completed'
           and ($3::boolean is not true or (output->>'failedTasks')::int = 0)
           and ($4::timestamptz is null or completed_on >= $4::timestamptz)`,
        [groupOf(of), only.isSuccessful ?? null, only.completedSince ?? null],
      );
      return rows[0]!;
    },

    completed: (of) => pages(of, `, output as outcome`, "state = 'completed'"),

    async dead(of) {
      const ranges: TaskRange[] = [];
      for await (const range of pages<TaskRange>(of, "", "state = 'failed'")) ranges.push(range);
      return ranges;
    },

    unsuccessful: (of) =>
      pages(of, "", "(state = 'failed' or (state = 'completed' and (output->>'failedTasks')::int > 0))"),

    async purge() {
      const rows = await query<{ count: number }>(
        `with gone as (delete from ${table} where name = $1 and state < 'active' returning 1) select count(*)::int as count from gone`,
      );
      return rows[0]!.count;
    },
  };
}

/** `leasedAt` is by the database's clock. */
export interface ActiveLease extends Lease {
  readonly leasedAt: Date;
}

/** Every range of the job that is leased now, by whomever. */
export async function activeLeases(jobId: string, db: Database): Promise<ActiveLease[]> {
  const { rows } = await db.executeSql<ActiveLease>(
    `select id::text, (data->>'from')::float8 as "from", (data->>'to')::float8 as "to", (data->>'stage')::int as stage,
       (data->>'round')::int as round, retry_count as attempt, started_on as "leasedAt"
     from ${table} where name = $1 and state = 'active' and group_id is not null`,
    [queueName(jobId)],
  );
  return rows;
}

async function openQueue(name: string, library: () => Promise<PgBoss>): Promise<PgBoss> {
  const boss = await library();
  await boss.createQueue(name, {
    retryLimit,
    retryDelay: 0,
    heartbeatSeconds: leaseSeconds,
    expireInSeconds: 86_400, // the library's most; by default a row expires 15 minutes after its lease, heartbeats or not
    retentionSeconds: tenYears, // by default queued rows vanish after two weeks
    deleteAfterSeconds: 0, // completed rows stay
  });
  return boss;
}

const groupOf = ({ round, stage }: RoundStage): string => `${round}.${stage}`;

const attemptOf = ({ id, attempt }: Lease) => ({ id, retryCount: attempt });
const attemptsOf = (leases: readonly Lease[]) => leases.map(attemptOf);

/** The library's own fence: id and attempt as one text. */
export const fence = ({ id, attempt }: Lease): string => `${id}:${attempt}`;
const fenceIn = (parameter: string): string => `(id::text || ':' || retry_count) = any(${parameter}::text[])`;

function* batchesOf<Item>(items: Iterable<Item>, size: number): Generator<Item[]> {
  let batch: Item[] = [];
  for (const item of items) {
    batch.push(item);
    if (batch.length === size) {
      yield batch;
      batch = [];
    }
  }
  if (batch.length) yield batch;
}
