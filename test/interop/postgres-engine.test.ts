// The engine on PostgreSQL by URL: what two machines do.
import assert from "node:assert/strict";
import { mkdtempSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { after, describe, it } from "node:test";
import { setTimeout as sleep } from "node:timers/promises";
import { superviseJob } from "#src/engine/supervisor.js";
import { openJobs } from "#src/jobs/open-jobs.js";
import { openDatabase } from "#src/state/open-database.js";
import { useLongLeases } from "../engine/toy/state.js";
import { everyTask, makeToy, sorted, toyRun } from "../engine/toy/toy-job.js";
import { postgresCluster } from "../fixtures/postgres.js";

const cluster = await postgresCluster();
const folder = mkdtempSync(join(tmpdir(), "cirrus-engine-pg-"));
const database = await openDatabase({ url: cluster.url, folder });
const jobs = await openJobs(database);
await useLongLeases(database);
const others = await openJobs(await openDatabase({ url: cluster.url, folder }));
after(async () => {
  await jobs.close();
  await others.close();
  await cluster.dispose();
  rmSync(folder, { recursive: true });
});

describe("superviseJob on PostgreSQL", () => {
  it("shares a job between two, each task done once", async () => {
    const toy = await makeToy(jobs, folder, { stages: [60, 6], taskMs: 10, gatedFrom: 0 });
    const runs = [await toyRun(jobs, toy, { workers: 1 }), await toyRun(others, toy, { workers: 1 })];
    const running = Promise.all(runs.map(superviseJob));
    while (toy.workers().size < 2) await sleep(10);
    toy.open();
    const summaries = await running;
    assert.deepEqual(
      summaries.map(({ state }) => state),
      ["done", "done"],
    );
    assert.deepEqual(sorted(toy.begun()), everyTask(66));
  });

  it("goes on after a crash of the database", async () => {
    const toy = await makeToy(jobs, folder, { stages: [40], taskMs: 50 });
    const running = superviseJob(await toyRun(jobs, toy));
    while (toy.ended().length < 10) await sleep(10);
    await cluster.restart();
    const summary = await running;
    assert.deepEqual([summary.state, summary.tasksDone], ["done", 40]);
    assert.deepEqual([...new Set(sorted(toy.ended()))], everyTask(40));
  });
});
