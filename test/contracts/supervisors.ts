/** What supervisors may rely on, on every engine, when others are killed. */
import assert from "node:assert/strict";
import { spawn, type ChildProcess } from "node:child_process";
import { once } from "node:events";
import { after, before, describe, it } from "node:test";
import { fileURLToPath } from "node:url";
import { leaseSeconds } from "#src/jobs/contracts.js";
import type { Jobs, Lease } from "#src/jobs/contracts.js";
import { openJobs } from "#src/jobs/open-jobs.js";
import type { Database, StateOptions } from "#src/state/database.js";
import { openDatabase } from "#src/state/open-database.js";
import { first, outcome, queueWith, ranges } from "./job-samples.js";

const holder = fileURLToPath(new URL("../fixtures/hold-leases.js", import.meta.url));

/**
 * @param state - a database that nobody else uses
 */
export function supervisorsContract(name: string, state: () => StateOptions): void {
  describe(`supervisors on ${name}`, () => {
    let db: Database;
    let jobs: Jobs;
    before(async () => {
      db = await openDatabase(state());
      jobs = await openJobs(db);
    });
    after(() => jobs.close());

    /** As if all leases had been taken so long from now. */
    const setLeased = (jobId: string, when: "1 hour" | "-1 hour") =>
      db.executeSql(
        "update cirrus_queue.job set started_on = now() + $2::text::interval where name = $1 and state = 'active'",
        [`ingest-${jobId}`, when],
      );

    it("are known while they are there, and see their job's state", async () => {
      const { job, queue } = await queueWith(jobs, ranges(2));
      const { id } = await jobs.registerSupervisor(job.id, 2);
      const holding = await queue.lease(1);
      assert.equal(await jobs.heartbeatSupervisor(id, { holding, workers: 3 }), "planned");
      const [row] = await jobs.supervisors(job.id);
      assert.deepEqual([row!.pid, row!.workers, row!.holding, row!.leftAt], [process.pid, 3, holding, null]);
      await jobs.setState(job.id, ["planned"], "cancelled");
      assert.equal(await jobs.heartbeatSupervisor(id, { holding, workers: 3 }), "cancelled");
      await jobs.leave(id);
      const [left] = await jobs.supervisors(job.id);
      assert.deepEqual(left!.holding, []);
      assert.ok(left!.leftAt);
    });

    it("put expired leases back to the queue by their heartbeats", async () => {
      const { job, queue } = await queueWith(jobs, ranges(2));
      assert.equal((await jobs.registerSupervisor(job.id, 1)).isFirst, true);
      const [expired, kept] = await queue.lease(2);
      await db.executeSql("update cirrus_queue.job set heartbeat_on = now() - $2 * interval '1 s' where id = $1", [
        expired!.id,
        leaseSeconds + 1,
      ]);
      const { id, isFirst } = await jobs.registerSupervisor(job.id, 1);
      assert.equal(isFirst, false);
      await jobs.heartbeatSupervisor(id, { holding: [], workers: 1 });
      assert.deepEqual(await queue.counts(first), { queued: 1, active: 1, completed: 0, dead: 0 });
      assert.deepEqual(await queue.touch([expired!, kept!]), [expired!.id]);
    });

    it("that are killed leave true counts, and their leases come back at once to whoever joins", async () => {
      const { job, queue } = await queueWith(jobs, ranges(8));
      const killed = await holding(state(), job.id, 2, 1);
      assert.deepEqual(await queue.counts(first), { queued: 5, active: 3, completed: 0, dead: 0 });
      const { id: self } = await jobs.registerSupervisor(job.id, 1);
      assert.equal(await jobs.reclaimDead(job.id, self), 0);
      await kill(killed.process);
      assert.deepEqual(await queue.counts(first), { queued: 5, active: 3, completed: 0, dead: 0 });
      assert.equal(await jobs.reclaimDead(job.id, self), 3);
      assert.equal(await jobs.reclaimDead(job.id, self), 0);
      assert.deepEqual(await queue.counts(first), { queued: 8, active: 0, completed: 0, dead: 0 });
      assert.deepEqual(await queue.complete([{ lease: killed.leases[0]!, outcome: outcome() }]), [
        killed.leases[0]!.id,
      ]);
      assert.deepEqual(
        (await queue.lease(1)).map(({ from, attempt }) => [from, attempt]),
        [[0, 1]],
      );
    });

    it("that live keep their leases when another one beside them is killed", async () => {
      const { job, queue } = await queueWith(jobs, ranges(8));
      const [killed, living] = [await holding(state(), job.id, 2, 1), await holding(state(), job.id, 1, 1)];
      await setLeased(job.id, "1 hour"); // nobody was seen long enough after them, however long the processes took to start
      await kill(killed.process);
      const { id: self } = await jobs.registerSupervisor(job.id, 1);
      assert.equal(await jobs.reclaimDead(job.id, self), 2); // what it had not told comes back by its heartbeats
      assert.deepEqual(await queue.touch(living.leases), []);
      await kill(living.process);
    });

    it("that live get back a lease whose answer was lost, when they were seen long enough after it", async () => {
      const { job, queue } = await queueWith(jobs, ranges(2));
      const { id: other } = await jobs.registerSupervisor(job.id, 1);
      const { id: self } = await jobs.registerSupervisor(job.id, 1);
      const [known] = await queue.lease(1);
      await queue.lease(1); // nobody hears of it
      await jobs.heartbeatSupervisor(other, { holding: [known!], workers: 1 });
      await setLeased(job.id, "1 hour");
      assert.equal(await jobs.reclaimDead(job.id, self), 0);
      await setLeased(job.id, "-1 hour");
      assert.equal(await jobs.reclaimDead(job.id, self), 1);
      assert.deepEqual(await queue.touch([known!]), []);
    });
  });
}

async function holding(state: StateOptions, jobId: string, told: number, untold: number) {
  const child = spawn(process.execPath, [holder, JSON.stringify(state), jobId, String(told), String(untold)], {
    stdio: ["ignore", "pipe", "inherit"],
  });
  const [text] = (await once(child.stdout, "data")) as [Buffer];
  return { process: child, leases: JSON.parse(text.toString()) as Lease[] };
}

async function kill(child: ChildProcess): Promise<void> {
  child.kill("SIGKILL");
  await once(child, "exit");
}
