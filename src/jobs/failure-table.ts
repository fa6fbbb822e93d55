/** Rows of cirrus.task_failure. */
import type { Database } from "../state/database.js";
import type { Jobs, TaskFailure } from "./contracts.js";

type FailureTable = Pick<Jobs, "recordFailures" | "failures" | "countFailures">;

export function failureTable(db: Database): FailureTable {
  return {
    async recordFailures(jobId, range, failures) {
      const rows = failures.map(({ task, code, message, names }) => ({ task, code, message, names }));
      await db.batch([
        [
          "delete from cirrus.task_failure where job_id = $1 and round = $2 and task >= $3 and task < $4",
          [jobId, range.round, range.from, range.to],
        ],
        [
          `insert into cirrus.task_failure (job_id, round, task, code, message, names)
           select $1, $2::int, task, code, message, names
           from json_to_recordset($3::text::json) as failure (task bigint, code text, message text, names json)`,
          [jobId, range.round, withoutNul(JSON.stringify(rows))],
        ],
      ]);
    },

    async failures(jobId, round) {
      const { rows } = await db.executeSql<TaskFailure>(
        `select job_id as "jobId", round, task, code, message, names, at from cirrus.task_failure
         where job_id = $1 and ($2::int is null or round = $2) order by round, task`,
        [jobId, round ?? null],
      );
      return rows;
    },

    async countFailures(jobId, round) {
      const text = "select count(*)::int as count from cirrus.task_failure where job_id = $1 and round = $2";
      return (await db.executeSql<{ count: number }>(text, [jobId, round])).rows[0]!.count;
    },
  };
}

/** PostgreSQL's text takes every character but NUL, which messages about broken files do hold. An escaped backslash is kept. */
const withoutNul = (json: string): string =>
  json.replace(/\\(?:u0000|[^])/g, (escape) => (escape === "\\u0000" ? "\\ufffd" : escape));
