import assert from "node:assert/strict";
import { writeFileSync } from "node:fs";
import { join } from "node:path";
import { describe, it } from "node:test";
import { setTimeout as sleep } from "node:timers/promises";
import { filledTilesOf } from "#src/engine/filled-tiles.js";
import { statusOf } from "#src/engine/status.js";
import { superviseJob } from "#src/engine/supervisor.js";
import type { Progress } from "#src/engine/events.js";
import { testState } from "./toy/state.js";
import { makeToy, toyRun, type Toy } from "./toy/toy-job.js";

const { folder, jobs } = await testState();

/** A megabyte per task. */
const costOf = ({ from, to }: { from: number; to: number }) => (to - from) * 1e6;

const lookAt = async (toy: Toy) => statusOf({ jobs, job: (await jobs.find(toy.job.id))!, costOf });

const countsOf = ({ tasks, done, active, queued, failed }: Awaited<ReturnType<typeof lookAt>>["stages"][0]) => [
  tasks,
  done,
  active,
  queued,
  failed,
];

describe("statusOf", () => {
  it("tells a planned job's tasks as queued", async () => {
    const toy = await makeToy(jobs, folder, { stages: [10, 3], rangeSize: 4 });
    const status = await lookAt(toy);
    assert.equal(status.state, "planned");
    assert.deepEqual(status.stages.map(countsOf), [
      [10, 0, 0, 10, 0],
      [3, 0, 0, 3, 0],
    ]);
    assert.deepEqual(
      [status.tasks, status.queued, status.fraction, status.rateMBs, status.etaSeconds],
      [13, 13, 0, null, null],
    );
    assert.deepEqual(status.supervisors, []);
  });

  it("tells rate and time left while a job runs, as the run itself does", async () => {
    const toy = await makeToy(jobs, folder, { stages: [60], rangeSize: 1, taskMs: 100, gatedFrom: 20 });
    const run = await toyRun(jobs, toy, { costOf });
    const startMs = performance.now();
    const running = superviseJob(run);
    while ((await lookAt(toy)).done < 20) await sleep(50);
    const told = () => run.events.findLast(({ type }) => type === "progress") as Progress | undefined;
    while (told()?.tasksDone !== 20) await sleep(50);
    const [status, progress] = [await lookAt(toy), told()!];
    const tookSeconds = (performance.now() - startMs) / 1000;
    assert.equal(status.state, "running");
    assert.equal(status.supervisors.length, 1);
    assert.deepEqual([status.supervisors[0]!.isAlive, status.supervisors[0]!.workers], [true, 2]);
    assert.ok(status.active >= 2, `${status.active} active`);
    assert.deepEqual([status.done, status.done + status.active + status.queued], [20, 60]);
    // Two workers do at most 20 tasks of a tenth of a second and of a megabyte a second. All took no longer than this; after half a
    // minute, the rate is of the last of them.
    const [slowest, fastest] = [(tookSeconds < 30 ? 20 : 1) / tookSeconds, 20];
    for (const [who, { rateMBs, etaSeconds }] of Object.entries({ status, progress })) {
      assert.ok(
        rateMBs! >= slowest && rateMBs! <= 1.1 * fastest,
        `${who}: ${rateMBs} MB/s, not ${slowest} to ${fastest}`,
      );
      const [least, most] = [40 / fastest / 1.1 - tookSeconds, 40 / slowest];
      assert.ok(etaSeconds! >= least && etaSeconds! <= most, `${who}: ${etaSeconds} s, not ${least} to ${most}`);
    }
    toy.open();
    assert.equal((await running).state, "done");
    const after = await lookAt(toy);
    assert.deepEqual([after.state, after.done, after.fraction, after.etaSeconds], ["done", 60, 1, null]);
    assert.deepEqual(after.supervisors, []);
  });

  it("tells failures by name, and counts them until they are mended", async () => {
    const mended = join(folder, "mended");
    const toy = await makeToy(jobs, folder, {
      stages: [8, 2],
      rangeSize: 4,
      mended,
      misdeeds: { 2: { does: "fail", code: "E_TILE_MISSING" }, 8: { does: "fail", code: "E_TASK_BLOCKED" } },
    });
    await superviseJob(await toyRun(jobs, toy));
    const failed = await lookAt(toy);
    assert.equal(failed.state, "failed");
    assert.deepEqual(failed.stages.map(countsOf), [
      [8, 7, 0, 0, 1],
      [2, 1, 0, 0, 1],
    ]);
    assert.deepEqual(
      failed.failures.map(({ task, code, names }) => [task, code, names]),
      [
        [2, "E_TILE_MISSING", ["/tiles/2.png"]],
        [8, "E_TASK_BLOCKED", ["/tiles/8.png"]],
      ],
    );
    writeFileSync(mended, "");
    await superviseJob(await toyRun(jobs, toy));
    const done = await lookAt(toy);
    assert.deepEqual([done.state, done.round, done.done, done.failed, done.failures], ["done", 1, 10, 0, []]);
    assert.deepEqual(done.chunks, 10);
  });

  it("names filled tiles from the manifests", async () => {
    const toy = await makeToy(jobs, folder, { stages: [6], rangeSize: 2, filled: [1, 4] });
    const run = await toyRun(jobs, toy);
    await superviseJob(run);
    assert.equal((await lookAt(toy)).filledTiles, 2);
    const tiles = [];
    for await (const tile of filledTilesOf(run)) tiles.push(tile);
    assert.deepEqual(tiles, [
      { task: 1, url: "/tiles/1.png", reason: "missing" },
      { task: 4, url: "/tiles/4.png", reason: "missing" },
    ]);
    assert.equal(run.events.filter(({ type }) => type === "tile-filled").length, 2);
  });
});
