/** What the queue of a job does on every engine. */
import assert from "node:assert/strict";
import { after, before, describe, it } from "node:test";
import type { Jobs, Lease } from "#src/jobs/contracts.js";
import { openJobs } from "#src/jobs/open-jobs.js";
import type { StateOptions } from "#src/state/database.js";
import { openDatabase } from "#src/state/open-database.js";
import { first, froms, newJob, outcome, queueWith, range, ranges } from "./job-samples.js";

/**
 * @param state - a database that nobody else uses
 */
export function rangeQueueContract(name: string, state: () => StateOptions): void {
  describe(`the queue on ${name}`, () => {
    let jobs: Jobs;
    before(async () => {
      jobs = await openJobs(await openDatabase(state()));
    });
    after(() => jobs.close());

    it("adds only what is not there yet", async () => {
      const { queue } = await queueWith(jobs, ranges(3));
      const [lease] = await queue.lease(1);
      await queue.complete([{ lease: lease!, outcome: outcome() }]);
      await queue.insert(ranges(5));
      assert.deepEqual(await queue.counts(first), { queued: 4, active: 0, completed: 1, dead: 0 });
    });

    it("leases in order of the tasks, those that came back included", async () => {
      const { queue } = await queueWith(jobs, ranges(6).toReversed());
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
      assert.deepEqual(await queue.totals(first), {
        ranges: 0,
        tasks: 0,
        failedTasks: 0,
        filledTiles: 0,
        chunks: 0,
        backgroundChunks: 0,
        bytes: 0,
        cost: 0,
        firstLeasedAt: null,
        lastCompletedAt: null,
      });
    });

    it("never leases a range to two", async () => {
      const { job, queue } = await queueWith(jobs, ranges(40));
      const other = await openJobs(await openDatabase(state()));
      const otherQueue = await other.queueOf(job);
      const leased = await Promise.all(Array.from({ length: 20 }, (_, i) => (i % 2 ? queue : otherQueue).lease(2)));
      await other.close();
      assert.deepEqual(
        froms(leased.flat()).toSorted((a, b) => a - b),
        froms(ranges(40)),
      );
    });

    it("takes a completion twice from its holder and never from an earlier one", async () => {
      const { queue } = await queueWith(jobs, ranges(2));
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
      const { queue } = await queueWith(jobs, ranges(3));
      const [lost, kept, done] = (await queue.lease(3)) as [Lease, Lease, Lease];
      await queue.giveBack([lost]);
      await queue.lease(1);
      await queue.complete([{ lease: done, outcome: outcome() }]);
      assert.deepEqual(await queue.touch([lost, kept, done]), [lost.id, done.id]);
      await queue.giveBack([lost]); // of an earlier attempt: the holder's stays
      assert.equal((await queue.counts(first)).active, 2);
    });

    it("ends a range that was given back too often", async () => {
      const { queue } = await queueWith(jobs, ranges(1));
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
      const { queue } = await queueWith(jobs, ranges(1));
      for (let tries = 0; tries < 25; tries++) {
        const [lease] = await queue.lease(1);
        assert.equal(lease?.attempt, tries);
        await queue.release([lease]);
        await queue.release([lease]);
      }
      assert.deepEqual(await queue.counts(first), { queued: 1, active: 0, completed: 0, dead: 0 });
    });

    it("counts and sums each round and stage for itself", async () => {
      const { queue } = await queueWith(jobs, [range(0), range(4), range(100, 1), range(0, 0, 1)]);
      const leases = await queue.lease(10);
      const settled = leases.filter(({ from }) => from !== 4);
      await queue.complete(
        settled.map((lease) => ({ lease, outcome: outcome({ failedTasks: lease.round, bytes: 2 ** 40 }) })),
      );
      assert.deepEqual(await queue.counts(first), { queued: 0, active: 1, completed: 1, dead: 0 });
      assert.deepEqual(await queue.counts({ round: 0, stage: 1 }), { queued: 0, active: 0, completed: 1, dead: 0 });
      const { firstLeasedAt, lastCompletedAt, ...totals } = await queue.totals({ round: 1, stage: 0 });
      assert.deepEqual(totals, {
        ranges: 1,
        tasks: 4,
        failedTasks: 1,
        filledTiles: 1,
        chunks: 64,
        backgroundChunks: 0,
        bytes: 2 ** 40,
        cost: 0.5,
      });
      assert.ok(firstLeasedAt && lastCompletedAt && firstLeasedAt <= lastCompletedAt);
      assert.ok(Math.abs(lastCompletedAt.getTime() - Date.now()) < 60_000);
      assert.equal((await queue.totals({ round: 1, stage: 0 }, { isSuccessful: true })).ranges, 0);
      assert.equal((await queue.totals(first, { isSuccessful: true })).ranges, 1);
      assert.equal((await queue.totals(first, { completedSince: lastCompletedAt })).ranges, 1);
      assert.equal((await queue.totals(first, { completedSince: new Date(Date.now() + 60_000) })).ranges, 0);
    });

    it("lists completed and unsuccessful ranges over many pages, in order", async () => {
      const { queue } = await queueWith(jobs, ranges(2100));
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
      const { queue } = await queueWith(jobs, ranges(10));
      await queue.lease(3);
      assert.equal(await queue.purge(), 7);
      assert.equal(await queue.purge(), 0);
      assert.deepEqual(await queue.counts(first), { queued: 0, active: 3, completed: 0, dead: 0 });
    });
  });
}
