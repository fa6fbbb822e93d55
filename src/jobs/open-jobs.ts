/** Opens the tables of jobs and the queue in a database. */
import type { PgBoss } from "pg-boss";
import type { Database } from "../state/database.js";
import { migrate } from "../state/migrate.js";
import type { Jobs, SupervisorRow } from "./contracts.js";
import { failureTable } from "./failure-table.js";
import { jobTable } from "./job-table.js";
import { jobsSchema, queueAdditions } from "./migrations.js";
import { isGone } from "./process-identity.js";
import { installQueue, openQueueLibrary, superviseEverySeconds } from "./queue-library.js";
import { activeLeases, type ActiveLease, fence, queueName, rangeQueue } from "./range-queue.js";
import { supervisorTable } from "./supervisor-table.js";

/** A supervisor that was seen so long after a lease, and did not tell of it, does not hold it. */
const toldAfterMs = 2500;

/**
 * Brings the tables to this version (three short statements when they are), then gives access to them. Starts no timer: leases expire
 * only while supervisors call `heartbeatSupervisor`.
 *
 * @throws CirrusError `E_STATE_VERSION` when a newer cirrus has been here
 */
export async function openJobs(db: Database): Promise<Jobs> {
  await migrate(db, jobsSchema);
  await installQueue(db);
  await migrate(db, queueAdditions);

  const supervisors = supervisorTable(db);
  let loading: Promise<PgBoss> | undefined;
  const library = (): Promise<PgBoss> => (loading ??= openQueueLibrary(db));
  const supervisedAt = new Map<string, number>();

  return {
    ...jobTable(db),
    ...failureTable(db),
    async registerSupervisor(jobId, workers) {
      const registration = await supervisors.register(jobId, workers);
      // Of the first one's job there is no lease that could have expired; else the first heartbeat looks.
      if (registration.isFirst) supervisedAt.set(jobId, Date.now());
      else supervisedAt.delete(jobId);
      return registration;
    },

    supervisors: supervisors.all,
    leave: supervisors.leave,

    async heartbeatSupervisor(id, now) {
      const { jobId, state } = await supervisors.heartbeat(id, now);
      if (Date.now() - (supervisedAt.get(jobId) ?? 0) >= superviseEverySeconds * 1000) {
        supervisedAt.set(jobId, Date.now());
        await (await library()).supervise(queueName(jobId));
      }
      return state;
    },

    async reclaimDead(jobId, self) {
      // Leases first: whoever holds one of these was registered before, so is among the supervisors that are read next.
      const leases = await activeLeases(jobId, db);
      const all = await supervisors.all(jobId);
      const others = all.filter(({ id, leftAt }) => id !== self && leftAt === null);
      const dead = others.filter(isGone);
      const told = (rows: readonly SupervisorRow[]) => new Set(rows.flatMap(({ holding }) => holding.map(fence)));
      const alive = others.filter((row) => !dead.includes(row));
      const [kept, theirs] = [told(all.filter((row) => row.id === self || alive.includes(row))), told(dead)];
      // Whoever is alive would have told of it by now: its holder was killed before it could, or the answer to its lease was lost.
      const isUntold = (lease: ActiveLease) =>
        !kept.has(fence(lease)) &&
        alive.every((row) => row.lastSeenAt.getTime() - lease.leasedAt.getTime() > toldAfterMs);
      const orphans = leases.filter((lease) => theirs.has(fence(lease)) || isUntold(lease));
      await rangeQueue(jobId, db, library).giveBack(orphans);
      for (const { id } of dead) await supervisors.leave(id);
      return orphans.length;
    },

    async queueOf({ id }) {
      return rangeQueue(id, db, library);
    },

    close: () => db.close(),
  };
}
