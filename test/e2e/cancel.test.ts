// `cirrus cancel`: ends a job for good, and leaves a volume that says what it is.
import assert from "node:assert/strict";
import { existsSync } from "node:fs";
import { rm } from "node:fs/promises";
import { after, before, describe, it } from "node:test";
import { setTimeout as sleep } from "node:timers/promises";
import type { VerifyReport } from "#src/verify/verify-volume.js";
import { factsOf, type ToldStatus } from "../fixtures/job-facts.js";
import { resume, workersLeft, workersOf } from "../fixtures/processes.js";
import { signalAt } from "../fixtures/signal-at.js";
import { slowJob } from "../fixtures/slow-job.js";
import { assertMips, leftovers, storedFiles } from "../fixtures/volume-checks.js";
import { workspace, type Workspace } from "../fixtures/workspace.js";

let ws: Workspace;
before(async () => (ws = await workspace()));
after(() => ws.dispose());

const chunksOf = async (path: string): Promise<string[]> =>
  [...(await storedFiles(path)).keys()].filter((name) => name !== "info").sort();

interface Shown {
  readonly jobs: readonly { readonly jobId: string; readonly status: string }[];
}

/** What finished tasks wrote is there and nothing else, and the volume says that it is a part of one. */
async function assertCancelled(path: string, chunks: readonly string[]): Promise<void> {
  assert.deepEqual(await chunksOf(path), chunks);
  assert.deepEqual(await leftovers(path), []);
  const { state, problems } = await ws.json<VerifyReport>(["verify", path]);
  assert.deepEqual([state, problems], ["partial", []]);
  const { jobs } = await ws.json<Shown>(["provenance", "show", path]);
  assert.deepEqual(
    jobs.map(({ status }) => status),
    ["cancelled"],
  );
}

describe("cancel", () => {
  it(
    "stops a running supervisor, deletes what is unfinished, and keeps what is finished",
    { timeout: 300_000 },
    async () => {
      const job = await slowJob(ws, "volume", { delayMs: 5, gatedFrom: 24 });
      const run = ws.start([...job.ingest, "--progress", "json"]);
      const [, jobId] = await run.told(/"jobId":"([^"]+)"/);
      const id = ["--job-id", jobId!];
      while ((await ws.json<{ job: ToldStatus }>(["status", ...id])).job.done === 0);

      const refused = await ws.expect(2, ["cancel", ...id]);
      assert.match(refused.stderr, /--yes/);
      assert.ok(run.isRunning);

      const cancelled = await ws.json<{ outcome: string; finishedTasks: number }>(["cancel", ...id, "--yes"]);
      const { code, stdout } = await run.result; // its tasks cannot end: they were not waited for
      assert.equal(code, 1, stdout);
      assert.match(stdout, /cancelled/);

      const facts = await factsOf(job.path, jobId!);
      assert.deepEqual([cancelled.outcome, cancelled.finishedTasks], ["cancelled", facts.done.length]);
      assert.ok(facts.done.length > 0);
      await assertCancelled(job.path, facts.chunks);

      const second = await ws.expect(0, ["cancel", ...id]);
      assert.match(second.stdout, /was cancelled before/);
      const joined = await ws.expect(2, ["join", ...id]);
      assert.match(joined.stderr, /was cancelled/);
      const { job: told } = await ws.json<{ job: ToldStatus }>(["status", ...id]);
      assert.deepEqual([told.state, told.done, told.active, told.queued], ["cancelled", facts.done.length, 0, 0]);
      assert.ok(facts.done.length < told.tasks);

      // What is there belongs to the cancelled job: only --overwrite replaces it.
      const fast = await slowJob(ws, "volume", { delayMs: 1 });
      assert.match((await ws.expect(5, fast.ingest)).stderr, /--overwrite/);
      await ws.expect(0, [...fast.ingest, "--overwrite"]);
      assert.equal((await ws.json<VerifyReport>(["verify", job.path])).state, "complete");
      await assertMips(job.path, job.expected());
    },
  );

  it("deletes what a killed supervisor had begun, and says that a job which is done stays", async () => {
    const job = await slowJob(ws, "killed", { delayMs: 1 });
    // The worker wakes up in the middle of its task when all is over: what it writes then would stay.
    const env = signalAt({ signal: "SIGSTOP", when: "after", pattern: "/killed/10_10_25/", nth: 9 });
    const run = ws.start([...job.ingest, "-p", "1", "--progress", "json"], { env });
    const [, jobId] = await run.told(/"jobId":"([^"]+)"/);
    const [, stopped] = await run.told(/SIGSTOP (\d+)/);
    const worker = Number(stopped);
    assert.deepEqual(workersOf(run.pid), [worker]);
    run.child.kill("SIGKILL");
    await run.result;
    await ws.expect(0, ["cancel", "--job-id", jobId!, "--yes"]);
    await resume(worker);
    assert.deepEqual(await workersLeft([worker]), []);
    const facts = await factsOf(job.path, jobId!);
    assert.deepEqual(facts.done, [0]);
    assert.deepEqual(await chunksOf(job.path), facts.chunks);
    assert.deepEqual(await leftovers(job.path), []);
    assert.equal((await ws.json<VerifyReport>(["verify", job.path])).state, "partial");

    const done = await slowJob(ws, "done", { delayMs: 1 });
    const { jobId: doneId } = (await ws.json<{ run: { jobId: string } }>(done.ingest)).run;
    const kept = await ws.expect(0, ["cancel", "--job-id", doneId, "--yes"]);
    assert.match(kept.stdout, /done already; nothing was changed/);
    assert.equal((await ws.json<VerifyReport>(["verify", done.path])).state, "complete");
  });

  it("that is killed again and again is finished by the next one", async () => {
    const job = await slowJob(ws, "cancel-killed", { delayMs: 5, gatedFrom: 24 });
    const run = ws.start([...job.ingest, "--progress", "json"]);
    const [, jobId] = await run.told(/"jobId":"([^"]+)"/);
    await run.told(/"tasksDone":[1-9]/);
    const cancel = ["cancel", "--job-id", jobId!, "--yes"];
    for (let afterMs = 300; ; afterMs += 200) {
      const cancelling = ws.start(cancel);
      await Promise.race([cancelling.result, sleep(afterMs)]);
      if (!cancelling.isRunning) break;
      cancelling.child.kill("SIGKILL");
      await cancelling.result;
    }
    await run.result;
    assert.match((await ws.expect(0, cancel)).stdout, /was cancelled before/);
    const facts = await factsOf(job.path, jobId!);
    await assertCancelled(job.path, facts.chunks);
  });

  it("of a job whose volume was deleted succeeds, and `join` tells what happened", async () => {
    const job = await slowJob(ws, "deleted", { delayMs: 5, gatedFrom: 24 });
    const run = ws.start([...job.ingest, "--progress", "json"]);
    const [, jobId] = await run.told(/"jobId":"([^"]+)"/);
    await run.told(/"tasksDone":[1-9]/);
    const workers = workersOf(run.pid);
    run.child.kill("SIGKILL");
    await run.result;
    assert.deepEqual(await workersLeft(workers), []);
    await rm(job.path, { recursive: true });
    assert.match((await ws.expect(3, ["join", "--job-id", jobId!])).stderr, /was it moved or deleted/);
    await ws.expect(0, ["cancel", "--job-id", jobId!, "--yes"]);
    assert.equal(existsSync(job.path), false);
  });
});
