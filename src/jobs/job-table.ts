/** Rows of cirrus.job. */
import { randomUUID } from "node:crypto";
import { CirrusError } from "../core/errors.js";
import type { Database } from "../state/database.js";
import type { Job, Jobs, JobState, JobSummary, NewJob } from "./contracts.js";

type JobTable = Pick<Jobs, "create" | "find" | "findUnfinished" | "list" | "setState" | "nextRound">;

const summaryColumns = `id, kind, destination, config_digest as "configDigest", stages, range_size as "rangeSize",
  encoder_fingerprint as "encoderFingerprint", owner, state, round, result, created_at as "createdAt", started_at as "startedAt",
  finished_at as "finishedAt"`;
const columns = `${summaryColumns}, document`;

export function jobTable(db: Database): JobTable {
  const first = async (text: string, values: readonly unknown[]): Promise<Job | undefined> =>
    (await db.executeSql<Job>(text, values)).rows[0];

  const find = (id: string) => first(`select ${columns} from cirrus.job where id = $1`, [id]);

  return {
    find,

    async create(job: NewJob): Promise<Job> {
      await db.executeSql(
        `insert into cirrus.job (id, kind, destination, config_digest, document, stages, range_size, encoder_fingerprint, owner)
         values ($1, $2, $3, $4, $5::json, $6::json, $7, $8, $9) on conflict (id) do nothing`,
        [
          job.id,
          job.kind,
          job.destination,
          job.configDigest,
          JSON.stringify(job.document),
          JSON.stringify(job.stages),
          job.rangeSize,
          job.encoderFingerprint,
          job.owner,
        ],
      );
      return required(await find(job.id), job.id);
    },

    findUnfinished: (destination, configDigest) =>
      first(
        `select ${columns} from cirrus.job
         where destination = $1 and config_digest = $2 and state in ('planned', 'running', 'failed')
         order by created_at desc, id desc limit 1`,
        [destination, configDigest],
      ),

    async list(): Promise<JobSummary[]> {
      return (
        await db.executeSql<JobSummary>(`select ${summaryColumns} from cirrus.job order by created_at desc, id desc`)
      ).rows;
    },

    async setState(id, from, to, patch = {}): Promise<boolean> {
      // The mark tells our own change from another's: a statement that is sent twice must answer as it would have the first time.
      const mark = randomUUID();
      const { rows } = await db.executeSql(
        `update cirrus.job set state = $3, last_change = $4::uuid, result = coalesce($5::text::json, result),
           document = coalesce($7::text::json, document),
           started_at = case when $3 = 'running' then coalesce(started_at, now()) else started_at end,
           finished_at = case when $6::boolean then coalesce(finished_at, now()) end
         where id = $1 and (state = any($2::text[]) or last_change = $4::uuid) returning id`,
        [id, from, to, mark, jsonOrNull(patch.result), isEnd(to), jsonOrNull(patch.document)],
      );
      return rows.length === 1;
    },

    async nextRound(id): Promise<Job> {
      await db.executeSql(
        `update cirrus.job set state = 'running', round = round + 1, finished_at = null where id = $1 and state = 'failed'`,
        [id],
      );
      return required(await find(id), id);
    },
  };
}

const jsonOrNull = (value: unknown): string | null => (value === undefined ? null : JSON.stringify(value));

const isEnd = (state: JobState): boolean => ["done", "failed", "cancelled"].includes(state);

function required(job: Job | undefined, id: string): Job {
  if (job) return job;
  throw new CirrusError("E_JOB_UNKNOWN", `there is no job ${id} in this state`);
}
