// The embedded store in a folder of its own, for one test file.
import { mkdtempSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { after } from "node:test";
import type { Jobs } from "#src/jobs/contracts.js";
import { openJobs } from "#src/jobs/open-jobs.js";
import type { Database } from "#src/state/database.js";
import { openDatabase } from "#src/state/open-database.js";
import { stopStore } from "#src/state/store-control.js";

export interface TestState {
  /** Holds the state's folder, and whatever the tests put beside it. */
  readonly folder: string;
  readonly stateFolder: string;
  /** With long leases. */
  readonly jobs: Jobs;
  /** Of `jobs`. */
  readonly db: Database;
}

export const openJobsIn = async (stateFolder: string): Promise<Jobs> =>
  openJobs(await openDatabase({ folder: stateFolder }));

/** Closed, stopped and removed after the tests of the calling file. */
export async function testState(): Promise<TestState> {
  const folder = mkdtempSync(join(tmpdir(), "cirrus-engine-"));
  const stateFolder = join(folder, "state");
  const db = await openDatabase({ folder: stateFolder });
  const jobs = await openJobs(db);
  await useLongLeases(db);
  after(async () => {
    await jobs.close();
    await stopStore(stateFolder);
    rmSync(folder, { recursive: true, force: true });
  });
  return { folder, stateFolder, jobs, db };
}

/**
 * Leases of jobs that are made from now on last an hour: none is lost because the machine was too busy to touch it, and a job that ends
 * has not waited for one to expire.
 */
export async function useLongLeases(db: Database): Promise<void> {
  await db.executeSql(`create function cirrus_queue.lengthen() returns trigger language plpgsql as
    $$ begin new.heartbeat_seconds := 3600; return new; end $$`);
  await db.executeSql(
    "create trigger lengthen before insert on cirrus_queue.queue for each row execute function cirrus_queue.lengthen()",
  );
}
