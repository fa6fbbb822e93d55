/** Rows of cirrus.supervisor. */
import { randomUUID } from "node:crypto";
import { hostname } from "node:os";
import { CirrusError } from "../core/errors.js";
import type { Database } from "../state/database.js";
import type { JobState, Lease, Registration, SupervisorRow } from "./contracts.js";
import { processStartedAt } from "./process-identity.js";

export interface SupervisorTable {
  register(jobId: string, workers: number): Promise<Registration>;
  heartbeat(
    id: string,
    now: { holding: readonly Lease[]; workers: number },
  ): Promise<{ jobId: string; state: JobState }>;
  all(jobId: string): Promise<SupervisorRow[]>;
  leave(id: string): Promise<void>;
}

export function supervisorTable(db: Database): SupervisorTable {
  return {
    async register(jobId, workers) {
      const id = randomUUID();
      const { rows } = await db.executeSql<{ isFirst: boolean }>(
        `insert into cirrus.supervisor (id, job_id, host, pid, pid_started_at, workers)
         values ($1, $2, $3, $4, $5, $6) on conflict (id) do nothing
         returning not exists (select from cirrus.supervisor as other where other.job_id = $2) as "isFirst"`,
        [id, jobId, hostname(), process.pid, processStartedAt(process.pid), workers],
      );
      return { id, isFirst: rows[0]?.isFirst ?? false }; // no row: sent a second time, after an answer that was lost
    },

    async heartbeat(id, { holding, workers }) {
      const { rows } = await db.executeSql<{ jobId: string; state: JobState }>(
        `update cirrus.supervisor set holding = $2::text::json, workers = $3, last_seen_at = now()
         from cirrus.job where supervisor.id = $1 and job.id = supervisor.job_id returning job.id as "jobId", job.state`,
        [id, JSON.stringify(holding), workers],
      );
      if (rows[0]) return rows[0];
      throw new CirrusError("E_JOB_UNKNOWN", `supervisor ${id} has no job in this state any more`);
    },

    async all(jobId) {
      const { rows } = await db.executeSql<SupervisorRow>(
        `select id, job_id as "jobId", host, pid, pid_started_at as "pidStartedAt", workers, holding,
           registered_at as "registeredAt", last_seen_at as "lastSeenAt",
           left_at as "leftAt"
         from cirrus.supervisor where job_id = $1 order by registered_at desc, id`,
        [jobId],
      );
      return rows;
    },

    async leave(id) {
      await db.executeSql(
        "update cirrus.supervisor set holding = '[]', left_at = coalesce(left_at, now()) where id = $1",
        [id],
      );
    },
  };
}
