// Supervisors, workers and the store of the state are real processes here, and are killed with SIGKILL.
import assert from "node:assert/strict";
import { spawn, type ChildProcess } from "node:child_process";
import { once } from "node:events";
import { describe, it } from "node:test";
import { setTimeout as sleep } from "node:timers/promises";
import { fileURLToPath } from "node:url";
import type { RunEvent } from "#src/engine/events.js";
import { readIndex } from "#src/engine/manifest-index.js";
import { listManifests, readManifest, sha256Of } from "#src/engine/manifest.js";
import { storeStatus } from "#src/state/store-control.js";
import { testState } from "./toy/state.js";
import { everyTask, makeToy, openToyStore, sorted, type Toy } from "./toy/toy-job.js";
import { toyBytes, toyKey } from "./toy/toy-kind.js";

const { folder, stateFolder, jobs } = await testState();
const script = fileURLToPath(new URL("./toy/toy-supervisor.js", import.meta.url));

interface Supervisor {
  readonly child: ChildProcess;
  readonly events: RunEvent[];
  readonly errors: string[];
}

function startSupervisor(toy: Toy, workers = 2): Supervisor {
  const child = spawn(process.execPath, [script, stateFolder, toy.job.id, String(workers)], {
    stdio: ["ignore", "pipe", "pipe"],
  });
  const supervisor: Supervisor = { child, events: [], errors: [] };
  let rest = "";
  child.stdout!.setEncoding("utf8").on("data", (text: string) => {
    const lines = (rest + text).split("\n");
    rest = lines.pop()!;
    supervisor.events.push(...lines.map((line) => JSON.parse(line) as RunEvent));
  });
  child.stderr!.setEncoding("utf8").on("data", (text: string) => supervisor.errors.push(text));
  return supervisor;
}

const isRunning = ({ child }: Supervisor) => child.exitCode === null && child.signalCode === null;

async function ended(supervisor: Supervisor): Promise<RunEvent | undefined> {
  if (isRunning(supervisor)) await once(supervisor.child, "close");
  return supervisor.events.find(({ type }) => type === "finished");
}

function kill(pid: number | null | undefined): void {
  try {
    if (pid) process.kill(pid, "SIGKILL");
  } catch {
    // It has ended by itself.
  }
}

const isAlive = (pid: number): boolean => {
  try {
    return process.kill(pid, 0);
  } catch {
    return false;
  }
};

/** Every object is there, and every manifest as the index says, each task in one of them. */
async function assertComplete(toy: Toy, tasks: number): Promise<void> {
  const job = await jobs.find(toy.job.id);
  assert.equal(job?.state, "done");
  const store = await openToyStore(toy.document.url);
  const index = await readIndex(store, (job.result as { index: { key: string } }).index.key);
  const listed: number[] = [];
  for (const { key, sha256 } of index.entries) {
    assert.equal(sha256Of((await store.get(key))!.bytes), sha256);
    for (const { task, chunks } of (await readManifest(store, key)).done) {
      listed.push(task);
      assert.deepEqual(chunks, [{ key: toyKey(task), bytes: toyBytes(task).length, sha256: sha256Of(toyBytes(task)) }]);
      assert.deepEqual(Buffer.from((await store.get(toyKey(task)))!.bytes), toyBytes(task));
    }
  }
  assert.deepEqual(listed, everyTask(tasks));
}

/** Waits until workers whose supervisor was killed have noticed. */
async function assertNobodyLeft(toy: Toy): Promise<void> {
  const deadline = performance.now() + 60_000;
  while ([...toy.workers()].some(isAlive) && performance.now() < deadline) await sleep(50);
  assert.deepEqual([...toy.workers()].filter(isAlive), []);
}

describe("a job whose processes are killed", () => {
  it("does each task once when two processes work and none is killed", async () => {
    const toy = await makeToy(jobs, folder, { stages: [60, 6], rangeSize: 3, taskMs: 40 });
    const supervisors = [startSupervisor(toy), startSupervisor(toy)];
    for (const supervisor of supervisors) {
      const finished = await ended(supervisor);
      assert.equal(finished?.type === "finished" && finished.state, "done", supervisor.errors.join(""));
    }
    assert.deepEqual(sorted(toy.begun()), everyTask(66));
    await assertComplete(toy, 66);
  });

  it("is finished by a join right after its only supervisor was killed", { timeout: 600_000 }, async () => {
    const toy = await makeToy(jobs, folder, { stages: [40], rangeSize: 2, taskMs: 50 });
    const first = startSupervisor(toy);
    while (toy.ended().length < 10) await sleep(10);
    kill(first.child.pid);
    await ended(first);
    await assertNobodyLeft(toy);
    const begun = toy.begun();
    const finished = (await listManifests(await openToyStore(toy.document.url), toy.job.id)).map(({ from }) => from);
    const unfinished = sorted(begun).filter((task) => !finished.includes(task - (task % 2)));
    assert.ok(unfinished.length <= 4, `${unfinished.length} tasks of two workers with ranges of two were in hand`);

    const second = startSupervisor(toy);
    const event = await ended(second); // leases last an hour: they were taken back, not waited for
    assert.equal(event?.type === "finished" && event.state, "done", second.errors.join(""));
    await assertComplete(toy, 40);
    const again = toy.begun().slice(begun.length);
    assert.deepEqual(
      again.filter((task) => finished.includes(task - (task % 2))),
      [],
      "tasks with a manifest were done again",
    );
  });

  it("loses nothing, whichever process is killed at whatever time", async () => {
    const tasks = 198;
    const free = 120; // the others wait for the last kill
    const toy = await makeToy(jobs, folder, { stages: [180, 18], rangeSize: 3, taskMs: 40, gatedFrom: free });
    const victims = ["worker", "supervisor", "store", "supervisor", "worker", "store"];
    const supervisors = [startSupervisor(toy), startSupervisor(toy)];
    const told: string[] = [];
    const startMs = performance.now();
    for (const victim of victims.sort(() => Math.random() - 0.5)) {
      const before = toy.begun().length;
      // Something is being done again before the next kill.
      while (toy.begun().length < before + 4 && new Set(toy.ended()).size < free) await sleep(20);
      await sleep(Math.random() * 300);
      told.push(`${victim} after ${toy.begun().length} tasks, ${Math.round(performance.now() - startMs)} ms`);
      if (victim === "store") kill((await storeStatus(stateFolder)).pid);
      else if (victim === "worker") kill([...toy.workers()].filter(isAlive).at(-1));
      else {
        const chosen = supervisors.filter(isRunning)[0];
        kill(chosen?.child.pid);
        supervisors.push(startSupervisor(toy));
      }
    }
    toy.open();
    let finished = false;
    for (const supervisor of supervisors) {
      const event = await ended(supervisor);
      if (event?.type === "finished") finished ||= event.state === "done";
      else assert.equal(supervisor.child.signalCode, "SIGKILL", supervisor.errors.join(""));
    }
    assert.ok(finished, told.join(", "));
    await assertComplete(toy, tasks);
    await assertNobodyLeft(toy);
    const again = toy.begun().length - tasks;
    assert.ok(again <= victims.length * 4 * 3, `${again} tasks were done again: ${told.join(", ")}`);
  });
});
