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
    const toy = await makeToy(jobs, folder, { stages: [60], rangeSize: 1, taskMs: 100 });
    const run = await toyRun(jobs, toy, { costOf });
    const running = superviseJob(run);
    while (toy.begun().length === 0) await sleep(5);
    const beginMs = performance.now();
    while (toy.ended().length < 14) await sleep(5);
    await sleep(150); // for the completions
    const ended = toy.ended().length;
    const expected = (60 - ended) * ((performance.now() - beginMs) / 1000 / ended);
    const status = await lookAt(toy);
    const progress = run.events.findLast(({ type }) => type === "progress") as Progress;
    assert.equal(status.state, "running");
    assert.equal(status.supervisors.length, 1);
    assert.deepEqual([status.supervisors[0]!.isAlive, status.supervisors[0]!.workers], [true, 2]);
    assert.ok(status.active >= 1, `${status.active} active`);
    assert.equal(status.done + status.active + status.queued, 60);
    // A quarter is what rate.test.ts asks for; a machine that is busy with other tests is not steady.
    const isNear = (seconds: number) => seconds > expected / 3 && seconds < expected * 3;
    for (const [who, eta] of [
      ["status", status.etaSeconds],
      ["progress", progress.etaSeconds],
    ] as const)
      assert.ok(isNear(eta!), `${who}: ${eta} s instead of ${expected}`);
    assert.equal((await running).state, "done");
    assert.ok(status.rateMBs! > 1 && status.rateMBs! < 30, `${status.rateMBs} MB/s`);
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
