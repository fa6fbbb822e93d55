import assert from "node:assert/strict";
import { writeFileSync } from "node:fs";
import { join } from "node:path";
import { describe, it } from "node:test";
import { setTimeout as sleep } from "node:timers/promises";
import { CirrusError, isCirrusError } from "#src/core/errors.js";
import type { Settled } from "#src/engine/closing.js";
import { listManifests, readManifest } from "#src/engine/manifest.js";
import { readIndex } from "#src/engine/manifest-index.js";
import { superviseJob } from "#src/engine/supervisor.js";
import { testState } from "./toy/state.js";
import { everyTask, makeToy, openToyStore, sorted, toyRun } from "./toy/toy-job.js";
import { toyBytes, toyKey } from "./toy/toy-kind.js";

const { folder, jobs } = await testState();

describe("superviseJob", () => {
  it("does every task once, stage after stage, and ends the job", async () => {
    const toy = await makeToy(jobs, folder, { stages: [13, 4], rangeSize: 3 });
    const settled: Settled[] = [];
    const run = await toyRun(jobs, toy, {
      onSettled: async (fact) => {
        settled.push(fact);
        return fact.kind === "job" ? { note: "kept" } : undefined;
      },
    });
    const summary = await superviseJob(run);
    assert.equal(summary.state, "done");
    assert.deepEqual([summary.tasksDone, summary.tasksFailed, summary.chunks], [17, 0, 17]);
    assert.deepEqual(summary.stagesMs, { write: 34 });
    assert.deepEqual(sorted(toy.ended()), everyTask(17));
    const lastFine = Math.max(...everyTask(13).map((task) => toy.ended().indexOf(task)));
    const firstCoarse = Math.min(...[13, 14, 15, 16].map((task) => toy.begun().indexOf(task)));
    assert.ok(firstCoarse > lastFine, "a coarse task began before the fine ones were done");
    assert.deepEqual(
      settled.map((fact) => (fact.kind === "stage" ? fact.stage : fact.state)),
      [0, 1, "done"],
    );
    const job = await jobs.find(toy.job.id);
    assert.equal(job?.state, "done");
    const result = job?.result as { tasksDone: number; index: { key: string }; records: unknown };
    assert.deepEqual([result.tasksDone, result.records], [17, { note: "kept" }]);
    const index = await readIndex(run.store, result.index.key);
    assert.deepEqual(
      index.entries.map(({ from, to, stage }) => [from, to, stage]),
      [
        [0, 3, 0],
        [3, 6, 0],
        [6, 9, 0],
        [9, 12, 0],
        [12, 13, 0],
        [13, 16, 1],
        [16, 17, 1],
      ],
    );
    assert.deepEqual(
      (await listManifests(run.store, toy.job.id)).map(({ key }) => key),
      index.entries.map(({ key }) => key),
    );
    assert.deepEqual((await readManifest(run.store, index.entries[4]!.key)).done, [
      {
        task: 12,
        filled: [],
        chunks: [
          {
            key: toyKey(12),
            bytes: toyBytes(12).length,
            sha256: "ac8fb1b0de77bd0ac57f08b1543f7ade15dec6c436ed409b07afc767ae7825f8",
          },
        ],
      },
    ]);
  });

  it("settles a job without tasks", async () => {
    const toy = await makeToy(jobs, folder, { stages: [0, 0] });
    const summary = await superviseJob(await toyRun(jobs, toy));
    assert.deepEqual([summary.state, summary.tasksDone], ["done", 0]);
  });

  it("leaves the records to a join when they cannot be written", async () => {
    const toy = await makeToy(jobs, folder);
    const onSettled = async (fact: Settled) => {
      if (fact.kind === "job") throw new CirrusError("E_STORE_DENIED", "no records here");
    };
    await assert.rejects(superviseJob(await toyRun(jobs, toy, { onSettled })), { code: "E_STORE_DENIED" });
    assert.equal((await jobs.find(toy.job.id))?.state, "running");
    const summary = await superviseJob(await toyRun(jobs, toy));
    assert.deepEqual([summary.state, summary.tasksDone], ["done", 8]);
    assert.deepEqual(sorted(toy.begun()), everyTask(8));
  });

  it("tries failed tasks again in the next round, and only those", async () => {
    const mended = join(folder, "mended");
    const toy = await makeToy(jobs, folder, {
      stages: [8, 2],
      rangeSize: 4,
      mended,
      misdeeds: {
        2: { does: "fail", code: "E_TILE_MISSING" },
        8: { does: "fail", code: "E_TASK_BLOCKED" },
        5: { does: "throw" },
      },
    });
    const first = await superviseJob(await toyRun(jobs, toy));
    assert.equal(first.state, "failed");
    assert.deepEqual([first.tasksDone, first.tasksFailed], [7, 3]);
    assert.equal((await jobs.find(toy.job.id))?.state, "failed");
    const failures = await jobs.failures(toy.job.id);
    assert.deepEqual(
      failures.map(({ task, code, round }) => [task, code, round]),
      [
        [2, "E_TILE_MISSING", 0],
        [5, "E_INTERNAL", 0],
        [8, "E_TASK_BLOCKED", 0],
      ],
    );
    assert.deepEqual(failures[0]!.names, ["/tiles/2.png"]);
    assert.equal(failures[1]!.message, "task 5 was told to throw");
    assert.equal(toy.begun().length, 10);

    writeFileSync(mended, "");
    const second = await superviseJob(await toyRun(jobs, toy));
    assert.equal(second.state, "done");
    assert.deepEqual([second.tasksDone, second.tasksFailed], [10, 0]);
    assert.deepEqual(sorted(toy.begun().slice(10)), [2, 5, 8]);
    assert.deepEqual(sorted(toy.ended()), everyTask(10));
    const store = await openToyStore(toy.document.url);
    const newest = await listManifests(store, toy.job.id);
    assert.deepEqual(
      newest.map(({ from, round }) => [from, round]),
      [
        [0, 1],
        [4, 1],
        [8, 1],
      ],
    );
    const manifest = await readManifest(store, newest[0]!.key);
    assert.deepEqual(
      manifest.done.map(({ task }) => task),
      [0, 1, 2, 3],
    );
    assert.deepEqual(manifest.failed, []);
  });

  it("tries a task again whose worker crashed, and records it as failed the third time", async () => {
    const toy = await makeToy(jobs, folder, { misdeeds: { 3: { does: "crash" } } });
    const run = await toyRun(jobs, toy);
    const summary = await superviseJob(run);
    assert.deepEqual([summary.state, summary.tasksDone, summary.tasksFailed], ["failed", 7, 1]);
    assert.equal(toy.begun().filter((task) => task === 3).length, 3);
    const [failure] = await jobs.failures(toy.job.id);
    assert.equal(failure!.code, "E_WORKER_DIED");
    assert.match(failure!.message, /task 3 ended its worker process 3 times: killed by SIGABRT; it last printed: /);
    assert.equal(run.events.filter(({ type }) => type === "worker-died").length, 3);
  });

  it("kills a worker that is silent, waiting or spinning", async () => {
    // A start is silent as well: on a machine where it takes longer than this, the patience must be longer too.
    for (let silentMs = 2500; ; silentMs *= 4) {
      const toy = await makeToy(jobs, folder, { times: 1, misdeeds: { 1: { does: "hang" }, 4: { does: "spin" } } });
      const run = await toyRun(jobs, toy, { patience: { silentMs } });
      const summary = await superviseJob(run).catch((error: unknown) => {
        if (!isCirrusError(error, "E_WORKER_DIED") || silentMs > 60_000) throw error;
      });
      if (!summary) continue;
      assert.deepEqual([summary.state, summary.tasksDone], ["done", 8]);
      for (const task of [1, 4]) assert.ok(toy.begun().filter((begun) => begun === task).length > 1, `task ${task}`);
      const deaths = run.events.filter((event) => event.type === "worker-died");
      assert.ok(deaths.length >= 2 && deaths.every(({ signal }) => signal === "SIGKILL"), JSON.stringify(deaths));
      return;
    }
  });

  it("stops when the destination is full, and goes on from there when joined", async () => {
    const toy = await makeToy(jobs, folder, { times: 1, misdeeds: { 5: { does: "fail", code: "E_STORE_FULL" } } });
    await assert.rejects(superviseJob(await toyRun(jobs, toy, { workers: 1 })), { code: "E_STORE_FULL" });
    assert.equal((await jobs.find(toy.job.id))?.state, "running");
    assert.deepEqual(await jobs.failures(toy.job.id), []);
    assert.equal((await superviseJob(await toyRun(jobs, toy, { workers: 1 }))).state, "done");
    assert.deepEqual(sorted(toy.ended()), [0, 1, 2, 3, 4, 4, 5, 6, 7]);
  });

  it("waits while the destination refuses, then goes on", async () => {
    const toy = await makeToy(jobs, folder, { times: 3, misdeeds: { 2: { does: "fail", code: "E_STORE_TEMPORARY" } } });
    const run = await toyRun(jobs, toy, {
      patience: { refusal: { firstWaitMs: 50, longestWaitMs: 200, giveUpAfterMs: 600_000 } },
    });
    const summary = await superviseJob(run);
    assert.deepEqual([summary.state, summary.tasksDone, summary.tasksFailed], ["done", 8, 0]);
    assert.equal(toy.begun().filter((task) => task === 2).length, 4);
    assert.ok(run.events.some((event) => event.type === "warning" && event.code === "E_STORE_TEMPORARY"));
  });

  it("leaves the job to be joined when the destination refuses for too long", async () => {
    const misdeeds = Object.fromEntries(
      everyTask(8).map((task) => [task, { does: "fail", code: "E_STORE_TEMPORARY" } as const]),
    );
    const toy = await makeToy(jobs, folder, { misdeeds });
    const refusal = { firstWaitMs: 20, longestWaitMs: 50, giveUpAfterMs: 300 };
    await assert.rejects(superviseJob(await toyRun(jobs, toy, { patience: { refusal } })), {
      code: "E_STORE_TEMPORARY",
    });
    assert.equal((await jobs.find(toy.job.id))?.state, "running");
  });

  it("stops after more failures than allowed", async () => {
    const misdeeds = Object.fromEntries(
      everyTask(40).map((task) => [task, { does: "fail", code: "E_TILE_MISSING" } as const]),
    );
    const toy = await makeToy(jobs, folder, { stages: [40], misdeeds });
    await assert.rejects(superviseJob(await toyRun(jobs, toy, { maxFailures: 4 })), {
      code: "E_TOO_MANY_FAILURES",
      message: /^stopped after \d+ failed tasks \(4 are allowed\)$/,
    });
    assert.ok(toy.begun().length < 16, `${toy.begun().length} tasks were begun`);
    assert.equal((await jobs.find(toy.job.id))?.state, "running");
  });

  it("refuses a worker that cannot work here, with the worker's own words", async () => {
    const toy = await makeToy(jobs, folder);
    const run = await toyRun(jobs, toy);
    await assert.rejects(superviseJob({ ...run, worker: { ...run.worker, kind: "unusable" } }), {
      code: "E_MEMORY_BUDGET",
      message: "a worker needs at least 128 MB",
    });
    await assert.rejects(superviseJob({ ...run, worker: { ...run.worker, kind: "stillborn" } }), {
      code: "E_WORKER_DIED",
      message: "worker processes die while they start: left with status 9",
    });
    const changed = { ...run.worker, document: { ...toy.document, fingerprint: "other" } };
    await assert.rejects(superviseJob({ ...run, worker: changed }), { code: "E_ENCODER_CHANGED" });
    assert.deepEqual(toy.begun(), []);
    assert.equal((await superviseJob(run)).state, "done");
  });

  it("shares a job with another supervisor, each task done once", async () => {
    const toy = await makeToy(jobs, folder, { stages: [60, 6], rangeSize: 2, taskMs: 10, gatedFrom: 0 });
    const settled: Settled[] = [];
    const onSettled = async (fact: Settled) => void (fact.kind === "job" && settled.push(fact));
    const running = Promise.all([
      superviseJob(await toyRun(jobs, toy, { workers: 1, onSettled })),
      superviseJob(await toyRun(jobs, toy, { workers: 1, onSettled })),
    ]);
    while (toy.workers().size < 2) await sleep(10);
    toy.open();
    assert.deepEqual(
      (await running).map(({ state, tasksDone }) => [state, tasksDone]),
      [
        ["done", 66],
        ["done", 66],
      ],
    );
    assert.deepEqual(sorted(toy.begun()), everyTask(66));
    assert.equal(settled.length, 1);
    assert.equal(toy.workers().size, 2);
  });

  it("stops the work on a range that became another's, and leaves the result to that one", async () => {
    const toy = await makeToy(jobs, folder, { stages: [6], times: 1, misdeeds: { 3: { does: "hang" } } });
    const run = await toyRun(jobs, toy);
    const running = superviseJob(run);
    const held = async () => (await jobs.supervisors(toy.job.id)).flatMap((row) => row.holding);
    while (toy.ended().length < 5 || (await held()).length !== 1) await sleep(50);
    const holding = await held();
    assert.equal(holding[0]!.from, 2);
    await run.queue.giveBack(holding);
    assert.equal((await running).state, "done");
    assert.deepEqual(sorted(toy.begun()), [0, 1, 2, 2, 3, 3, 4, 5]);
    assert.ok(run.events.every(({ type }) => type !== "worker-died"));
    const manifests = await listManifests(run.store, toy.job.id);
    assert.deepEqual(
      manifests.map(({ from, attempt }) => [from, attempt]),
      [
        [0, 0],
        [2, 1],
        [4, 0],
      ],
    );
  });

  it("drains: finishes what is in hand, and the rest is done by a join", async () => {
    const toy = await makeToy(jobs, folder, { stages: [40], rangeSize: 2, taskMs: 60 });
    const drain = new AbortController();
    const stopping = { drain: drain.signal, stop: new AbortController().signal };
    const run = await toyRun(jobs, toy, { stopping });
    const running = superviseJob(run);
    while (toy.ended().length < 6) await sleep(10);
    drain.abort();
    const summary = await running;
    assert.equal(summary.state, "left");
    const doneByFirst = toy.ended();
    assert.ok(doneByFirst.length < 20);
    assert.deepEqual(sorted(doneByFirst), sorted(toy.begun()));
    assert.equal(summary.tasksDone, doneByFirst.length);
    assert.ok(run.events.some(({ type }) => type === "draining"));
    assert.equal((await superviseJob(await toyRun(jobs, toy))).state, "done");
    assert.deepEqual(sorted(toy.ended()), everyTask(40));
  });

  it("drains without waiting for a destination that refuses", { timeout: 300_000 }, async () => {
    const misdeeds = Object.fromEntries(
      everyTask(8).map((task) => [task, { does: "fail", code: "E_STORE_TEMPORARY" } as const]),
    );
    const toy = await makeToy(jobs, folder, { misdeeds });
    const drain = new AbortController();
    const stopping = { drain: drain.signal, stop: new AbortController().signal };
    const patience = { refusal: { firstWaitMs: 900_000, longestWaitMs: 900_000, giveUpAfterMs: 900_000 } };
    const run = await toyRun(jobs, toy, { stopping, patience });
    const running = superviseJob(run);
    while (!run.events.some(({ type }) => type === "warning")) await sleep(10);
    drain.abort();
    assert.equal((await running).state, "left");
  });

  it("does the tasks of a range again whose manifest of an earlier round was altered", async () => {
    const mended = join(folder, "mended-too");
    const toy = await makeToy(jobs, folder, { mended, misdeeds: { 2: { does: "fail", code: "E_TILE_MISSING" } } });
    await superviseJob(await toyRun(jobs, toy));
    const run = await toyRun(jobs, toy);
    const [, second] = await listManifests(run.store, toy.job.id);
    await run.store.put(second!.key, Buffer.from("rubbish"));
    writeFileSync(mended, "");
    assert.equal((await superviseJob(run)).state, "done");
    assert.deepEqual(sorted(toy.begun()), [0, 1, 2, 2, 3, 3, 4, 5, 6, 7]);
    assert.ok(run.events.some((event) => event.type === "warning" && event.code === "E_MANIFEST_INVALID"));
  });

  it("gives back while draining what would take too long", async () => {
    const toy = await makeToy(jobs, folder, { stages: [40], rangeSize: 20, taskMs: 60 });
    const drain = new AbortController();
    const stopping = { drain: drain.signal, stop: new AbortController().signal };
    const running = superviseJob(await toyRun(jobs, toy, { stopping, patience: { drainMs: 100 } }));
    while (toy.ended().length < 6) await sleep(10);
    drain.abort();
    const summary = await running;
    assert.deepEqual([summary.state, summary.tasksDone], ["left", 0]);
    assert.ok(toy.begun().length < 40, `${toy.begun().length} tasks were begun`);
    assert.deepEqual(await listManifests(await openToyStore(toy.document.url), toy.job.id), []);
  });

  it("stops at once when told a second time", { timeout: 300_000 }, async () => {
    const toy = await makeToy(jobs, folder, { gatedFrom: 0 });
    const stop = new AbortController();
    const running = superviseJob(
      await toyRun(jobs, toy, { stopping: { drain: new AbortController().signal, stop: stop.signal } }),
    );
    while (toy.begun().length < 2) await sleep(10);
    stop.abort();
    assert.equal((await running).state, "left");
    assert.deepEqual(toy.ended(), []);
    const queue = await jobs.queueOf(toy.job);
    assert.deepEqual(await queue.counts({ round: 0, stage: 0 }), { queued: 4, active: 0, completed: 0, dead: 0 });
  });

  it("stops soon after a cancel", { timeout: 300_000 }, async () => {
    const toy = await makeToy(jobs, folder, { gatedFrom: 0 });
    const running = superviseJob(await toyRun(jobs, toy));
    while (toy.begun().length < 2) await sleep(10);
    assert.ok(await jobs.setState(toy.job.id, ["running"], "cancelled"));
    assert.equal((await running).state, "cancelled");
    assert.deepEqual(toy.ended(), []);
    await assert.rejects(superviseJob(await toyRun(jobs, toy)), { code: "E_JOB_CANCELLED" });
  });
});
