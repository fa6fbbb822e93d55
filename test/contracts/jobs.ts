/** What jobs and their queue do on every engine. */
import assert from "node:assert/strict";
import { spawn, type ChildProcess } from "node:child_process";
import { once } from "node:events";
import { after, before, describe, it } from "node:test";
import { fileURLToPath } from "node:url";
import {
  leaseSeconds,
  type Jobs,
  type Lease,
  type NewJob,
  type RangeOutcome,
  type TaskRange,
} from "#src/jobs/contracts.js";
import { openJobs } from "#src/jobs/open-jobs.js";
import type { Database, StateOptions } from "#src/state/database.js";
import { openDatabase } from "#src/state/open-database.js";

const holder = fileURLToPath(new URL("../fixtures/hold-leases.js", import.meta.url));

let made = 0;
const newJob = (changes: Partial<NewJob> = {}): NewJob => ({
  id: `job${++made}`,
  kind: "ingest",
  destination: "file:///volume",
  configDigest: `digest${made}`,
  document: { z: 1, a: ["\0", "é"] },
  stages: [100, 10],
  rangeSize: 4,
  encoderFingerprint: "f".repeat(64),
  owner: "me@here",
  ...changes,
});

const range = (from: number, stage = 0, round = 0): TaskRange => ({ from, to: from + 4, stage, round });
const ranges = (count: number): TaskRange[] => Array.from({ length: count }, (_, i) => range(4 * i));
const outcome = (changes: Partial<RangeOutcome> = {}): RangeOutcome => ({
  manifestSha256: "0".repeat(64),
  manifestKey: "provenance.d/manifests/job/0.0.0",
  failedTasks: 0,
  filledTiles: 1,
  chunks: 64,
  bytes: 1000,
  cost: 0.5,
  ...changes,
});
const froms = (list: readonly TaskRange[]): number[] => list.map(({ from }) => from);
const first = { round: 0, stage: 0 };

/**
 * @param state - a database that nobody else uses
 */
export function jobsContract(name: string, state: () => StateOptions): void {
  describe(`jobs on ${name}`, () => {
    let db: Database;
    let jobs: Jobs;
    before(async () => {
      db = await openDatabase(state());
      jobs = await openJobs(db);
    });
    after(() => jobs.close());

    const another = async () => openJobs(await openDatabase(state()));
    async function queueWith(list: readonly TaskRange[]) {
      const job = await jobs.create(newJob());
      const queue = await jobs.queueOf(job);
      await queue.insert(list);
      return { job, queue };
    }

    describe("the table of jobs", () => {
      it("stores a job as it is given, once", async () => {
        const job = newJob();
        const stored = await jobs.create(job);
        const { createdAt, ...rest } = stored;
        assert.deepEqual(rest, { ...job, state: "planned", round: 0, startedAt: null, finishedAt: null, result: null });
        assert.ok(Math.abs(Date.now() - createdAt.getTime()) < 60_000);
        assert.deepEqual(await jobs.create({ ...job, owner: "someone else" }), stored);
        assert.deepEqual(await jobs.find(job.id), stored);
        assert.deepEqual(Object.keys(Object(stored.document)), ["z", "a"]);
      });

      it("knows no job that was not stored", async () => {
        assert.equal(await jobs.find("nothing"), undefined);
        await assert.rejects(jobs.nextRound("nothing"), { code: "E_JOB_UNKNOWN" });
      });

      it("lists the newest first, without documents", async () => {
        const [older, newer] = [await jobs.create(newJob()), await jobs.create(newJob())];
        const list = await jobs.list();
        assert.deepEqual(
          list.slice(0, 2).map(({ id }) => id),
          [newer.id, older.id],
        );
        assert.equal("document" in list[0]!, false);
      });

      it("finds a job of the same config and destination until it is done or cancelled", async () => {
        const { id, destination, configDigest } = await jobs.create(newJob());
        const found = async () => (await jobs.findUnfinished(destination, configDigest))?.id;
        assert.equal(await found(), id);
        assert.equal(await jobs.findUnfinished("file:///other", configDigest), undefined);
        await jobs.setState(id, ["planned"], "failed");
        assert.equal(await found(), id);
        await jobs.setState(id, ["failed"], "done");
        assert.equal(await found(), undefined);
      });

      it("changes a state only from the states that are named", async () => {
        const { id } = await jobs.create(newJob());
        assert.equal(await jobs.setState(id, ["running"], "done"), false);
        assert.equal(await jobs.setState(id, ["planned", "running"], "running"), true);
        const running = await jobs.find(id);
        assert.ok(running?.startedAt);
        assert.equal(running.finishedAt, null);
        const results = await Promise.all(
          [1, 2, 3].map((by) => jobs.setState(id, ["running"], "done", { result: { by } })),
        );
        assert.deepEqual(results.toSorted(), [false, false, true]);
        const done = await jobs.find(id);
        assert.deepEqual(done?.result, { by: results.indexOf(true) + 1 });
        assert.ok(done?.finishedAt);
      });

      it("begins one round, however many join at once", async () => {
        const { id } = await jobs.create(newJob());
        await jobs.setState(id, ["planned"], "failed");
        const joined = await Promise.all([jobs.nextRound(id), jobs.nextRound(id), jobs.nextRound(id)]);
        assert.deepEqual(
          joined.map(({ round, state: now, finishedAt }) => [round, now, finishedAt]),
          Array(3).fill([1, "running", null]),
        );
      });
    });

    describe("the table of failures", () => {
      it("replaces what was recorded for a range and keeps the others", async () => {
        const { id } = await jobs.create(newJob());
        const failure = (task: number, message = "no such tile") => ({
          task,
          code: "E_TILE_MISSING",
          message,
          names: [`z/${task}.png`],
        });
        await jobs.recordFailures(id, range(0), [failure(1), failure(3)]);
        await jobs.recordFailures(id, range(4), [failure(4)]);
        await jobs.recordFailures(id, range(0), [failure(2, "bytes \0 and \\u0000")]);
        await jobs.recordFailures(id, range(0, 0, 1), [failure(2)]);
        const list = await jobs.failures(id);
        assert.deepEqual(
          list.map(({ round, task, message }) => [round, task, message]),
          [
            [0, 2, "bytes \ufffd and \\u0000"],
            [0, 4, "no such tile"],
            [1, 2, "no such tile"],
          ],
        );
        assert.deepEqual(list[1]!.names, ["z/4.png"]);
        assert.ok(list[1]!.at instanceof Date);
        assert.deepEqual(
          (await jobs.failures(id, 1)).map(({ task }) => task),
          [2],
        );
        assert.equal(await jobs.countFailures(id, 0), 2);
        await jobs.recordFailures(id, range(4), []);
        assert.equal(await jobs.countFailures(id, 0), 1);
      });
    });

    describe("the queue", () => {
      it("adds only what is not there yet", async () => {
        const { queue } = await queueWith(ranges(3));
        const [lease] = await queue.lease(1);
        await queue.complete([{ lease: lease!, outcome: outcome() }]);
        await queue.insert(ranges(5));
        assert.deepEqual(await queue.counts(first), { queued: 4, active: 0, completed: 1, dead: 0 });
      });

      it("leases in order of the tasks, those that came back included", async () => {
        const { queue } = await queueWith(ranges(6).toReversed());
        const leased = await queue.lease(3);
        assert.deepEqual(
          leased.map(({ from, to, stage, round, attempt }) => [from, to, stage, round, attempt]),
          [
            [0, 4, 0, 0, 0],
            [4, 8, 0, 0, 0],
            [8, 12, 0, 0, 0],
          ],
        );
        await queue.giveBack([leased[1]!]);
        const again = await queue.lease(2);
        assert.deepEqual(
          again.map(({ from, attempt }) => [from, attempt]),
          [
            [4, 1],
            [12, 0],
          ],
        );
        assert.deepEqual(await queue.lease(0), []);
      });

      it("is empty for a job that has none", async () => {
        const queue = await jobs.queueOf(newJob());
        assert.deepEqual(await queue.counts(first), { queued: 0, active: 0, completed: 0, dead: 0 });
        assert.deepEqual(await queue.lease(1), []);
        assert.deepEqual(await queue.totals(first), { failedTasks: 0, filledTiles: 0, chunks: 0, bytes: 0, cost: 0 });
      });

      it("never leases a range to two", async () => {
        const { job, queue } = await queueWith(ranges(40));
        const other = await another();
        const otherQueue = await other.queueOf(job);
        const leased = await Promise.all(Array.from({ length: 20 }, (_, i) => (i % 2 ? queue : otherQueue).lease(2)));
        await other.close();
        assert.deepEqual(
          froms(leased.flat()).toSorted((a, b) => a - b),
          froms(ranges(40)),
        );
      });

      it("takes a completion twice from its holder and never from an earlier one", async () => {
        const { queue } = await queueWith(ranges(2));
        const [late, kept] = await queue.lease(2);
        await queue.giveBack([late!]);
        const [now] = await queue.lease(1);
        const finished = [
          { lease: late!, outcome: outcome({ chunks: 1 }) },
          { lease: kept!, outcome: outcome() },
        ];
        assert.deepEqual(await queue.complete(finished), [late!.id]);
        assert.deepEqual(await queue.complete([{ lease: now!, outcome: outcome({ chunks: 2 }) }]), []);
        assert.deepEqual(await queue.complete(finished), [late!.id]);
        const chunks = [];
        for await (const { outcome: kept } of queue.completed(first)) chunks.push(kept.chunks);
        assert.deepEqual(chunks, [2, 64]);
      });

      it("tells which leases are lost", async () => {
        const { queue } = await queueWith(ranges(3));
        const [lost, kept, done] = (await queue.lease(3)) as [Lease, Lease, Lease];
        await queue.giveBack([lost]);
        await queue.lease(1);
        await queue.complete([{ lease: done, outcome: outcome() }]);
        assert.deepEqual(await queue.touch([lost, kept, done]), [lost.id, done.id]);
        await queue.giveBack([lost]); // of an earlier attempt: the holder's stays
        assert.equal((await queue.counts(first)).active, 2);
      });

      it("ends a range that was given back too often", async () => {
        const { queue } = await queueWith(ranges(1));
        for (let tries = 0; tries <= 20; tries++) {
          const [lease] = await queue.lease(1);
          assert.equal(lease?.attempt, tries);
          await queue.giveBack([lease]);
        }
        assert.deepEqual(await queue.lease(1), []);
        assert.deepEqual(await queue.counts(first), { queued: 0, active: 0, completed: 0, dead: 1 });
        assert.deepEqual(await queue.dead(first), [range(0)]);
      });

      it("uses no try for a range that is released, but counts the attempt", async () => {
        const { queue } = await queueWith(ranges(1));
        for (let tries = 0; tries < 25; tries++) {
          const [lease] = await queue.lease(1);
          assert.equal(lease?.attempt, tries);
          await queue.release([lease]);
          await queue.release([lease]);
        }
        assert.deepEqual(await queue.counts(first), { queued: 1, active: 0, completed: 0, dead: 0 });
      });

      it("counts and sums each round and stage for itself", async () => {
        const { queue } = await queueWith([range(0), range(4), range(100, 1), range(0, 0, 1)]);
        const leases = await queue.lease(10);
        const settled = leases.filter(({ from }) => from !== 4);
        await queue.complete(
          settled.map((lease) => ({ lease, outcome: outcome({ failedTasks: lease.round, bytes: 2 ** 40 }) })),
        );
        assert.deepEqual(await queue.counts(first), { queued: 0, active: 1, completed: 1, dead: 0 });
        assert.deepEqual(await queue.counts({ round: 0, stage: 1 }), { queued: 0, active: 0, completed: 1, dead: 0 });
        assert.deepEqual(await queue.totals({ round: 1, stage: 0 }), {
          failedTasks: 1,
          filledTiles: 1,
          chunks: 64,
          bytes: 2 ** 40,
          cost: 0.5,
        });
      });

      it("lists completed and unsuccessful ranges over many pages, in order", async () => {
        const { queue } = await queueWith(ranges(2100));
        const leases = await queue.lease(2100);
        await queue.complete(
          leases.map((lease) => ({ lease, outcome: outcome({ failedTasks: lease.from % 1000 === 0 ? 1 : 0 }) })),
        );
        const seen = [];
        for await (const { from, outcome: kept } of queue.completed(first)) seen.push([from, kept.cost]);
        assert.deepEqual(
          seen,
          froms(ranges(2100)).map((from) => [from, 0.5]),
        );
        const unsuccessful = [];
        for await (const each of queue.unsuccessful(first)) unsuccessful.push(each);
        assert.deepEqual(
          unsuccessful,
          [0, 1000, 2000, 3000, 4000, 5000, 6000, 7000, 8000].map((from) => range(from)),
        );
      });

      it("purges what is queued and leaves the rest", async () => {
        const { queue } = await queueWith(ranges(10));
        await queue.lease(3);
        assert.equal(await queue.purge(), 7);
        assert.equal(await queue.purge(), 0);
        assert.deepEqual(await queue.counts(first), { queued: 0, active: 3, completed: 0, dead: 0 });
      });
    });

    describe("supervisors", () => {
      it("are known while they are there, and see their job's state", async () => {
        const { job, queue } = await queueWith(ranges(2));
        const id = await jobs.registerSupervisor(job.id, 2);
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
        const { job, queue } = await queueWith(ranges(2));
        const [expired, kept] = await queue.lease(2);
        await db.executeSql("update cirrus_queue.job set heartbeat_on = now() - $2 * interval '1 s' where id = $1", [
          expired!.id,
          leaseSeconds + 1,
        ]);
        const id = await jobs.registerSupervisor(job.id, 1);
        await jobs.heartbeatSupervisor(id, { holding: [], workers: 1 });
        assert.deepEqual(await queue.counts(first), { queued: 1, active: 1, completed: 0, dead: 0 });
        assert.deepEqual(await queue.touch([expired!, kept!]), [expired!.id]);
      });

      it("that are killed leave true counts, and their leases come back at once to whoever joins", async () => {
        const { job, queue } = await queueWith(ranges(8));
        const killed = await holding(state(), job.id, 2, 1);
        assert.deepEqual(await queue.counts(first), { queued: 5, active: 3, completed: 0, dead: 0 });
        const self = await jobs.registerSupervisor(job.id, 1);
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
        const { job, queue } = await queueWith(ranges(8));
        const [killed, living] = [await holding(state(), job.id, 2, 1), await holding(state(), job.id, 1, 1)];
        await kill(killed.process);
        const self = await jobs.registerSupervisor(job.id, 1);
        assert.equal(await jobs.reclaimDead(job.id, self), 2); // what it had not told comes back by its heartbeats
        assert.deepEqual(await queue.touch(living.leases), []);
        await kill(living.process);
      });
    });

    it("refuses a queue that a newer version has made", async () => {
      await db.executeSql("update cirrus_queue.version set version = version + 1");
      await assert.rejects(openJobs(db), {
        code: "E_STATE_VERSION",
        message: /made by a newer cirrus \(queue tables 44, this version knows 43\)/,
      });
      await db.executeSql("update cirrus_queue.version set version = version - 1");
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
