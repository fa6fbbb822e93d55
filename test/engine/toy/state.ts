// The embedded store in a folder of its own, for one test file.
import { mkdtempSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { after } from "node:test";
import type { Jobs } from "#src/jobs/contracts.js";
import { openJobs } from "#src/jobs/open-jobs.js";
import { openDatabase } from "#src/state/open-database.js";
import { stopStore } from "#src/state/store-control.js";

export interface TestState {
  /** Holds the state's folder, and whatever the tests put beside it. */
  readonly folder: string;
  readonly stateFolder: string;
  readonly jobs: Jobs;
}

export const openJobsIn = async (stateFolder: string): Promise<Jobs> =>
  openJobs(await openDatabase({ folder: stateFolder }));

/** Closed, stopped and removed after the tests of the calling file. */
export async function testState(): Promise<TestState> {
  const folder = mkdtempSync(join(tmpdir(), "cirrus-engine-"));
  const stateFolder = join(folder, "state");
  const jobs = await openJobsIn(stateFolder);
  after(async () => {
    await jobs.close();
    await stopStore(stateFolder);
    rmSync(folder, { recursive: true, force: true });
  });
  return { folder, stateFolder, jobs };
}
