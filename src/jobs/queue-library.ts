/** pg-boss: the one place that knows how it is opened. It is loaded when a queue is used (60 ms); looking at jobs needs none. */
import type { PgBoss } from "pg-boss";
import { CirrusError, codeOf } from "../core/errors.js";
import type { Database } from "../state/database.js";

/** A schema of our own: a shared PostgreSQL may hold another program's pg-boss, of another version. */
export const queueSchema = "cirrus_queue";

/** Of pg-boss 12.35.0 (`pgboss.schema` in its package.json; a test compares). */
export const queueSchemaVersion = 43;

/** How often expired leases are looked for, over all supervisors of a job together. */
export const superviseEverySeconds = 5;

/**
 * An instance without timers: nothing runs but what is called.
 *
 * Whoever supervises calls `supervise(queue)`; that is the pass which puts expired leases back, 0.15 s at 150,000 rows.
 */
export async function openQueueLibrary(db: Database): Promise<PgBoss> {
  const { PgBoss } = await import("pg-boss");
  const boss = new PgBoss({
    db: { executeSql: (text, values) => db.executeSql(text, values) },
    schema: queueSchema,
    backend: db.kind === "embedded" ? "pglite" : "postgres",
    supervise: false,
    schedule: false,
    monitorIntervalSeconds: superviseEverySeconds,
    // The embedded store's file system cannot rename the way a rebuild of an index needs, and its owner vacuums.
    ...(db.kind === "embedded" ? { reindex: false, monitorVacuum: false } : {}),
  });
  boss.on("error", () => {}); // emitted by timers only, of which there are none; without a listener it would end the process
  return boss;
}

/**
 * Installs pg-boss's tables, or brings them to its version.
 *
 * @throws CirrusError `E_STATE_VERSION` when a newer cirrus has been here
 */
export async function installQueue(db: Database): Promise<void> {
  const version = await installedVersion(db);
  if (version === queueSchemaVersion) return;
  if (version > queueSchemaVersion)
    throw new CirrusError(
      "E_STATE_VERSION",
      `the queue in ${db.label} was made by a newer cirrus (queue tables ${version}, this version knows ${queueSchemaVersion})`,
      {
        context: { found: version, known: queueSchemaVersion },
      },
    );
  const boss = await openQueueLibrary(db);
  await boss.start(); // takes a lock of its own
  await boss.stop({ graceful: false });
}

async function installedVersion(db: Database): Promise<number> {
  try {
    const { rows } = await db.executeSql<{ version: number }>(`select version from ${queueSchema}.version`);
    return rows[0]?.version ?? 0;
  } catch (error) {
    if (["42P01", "3F000"].includes(codeOf(error) ?? "")) return 0; // no such table, no such schema
    throw error;
  }
}
