import assert from "node:assert/strict";
import { describe, it } from "node:test";
import { setTimeout as sleep } from "node:timers/promises";
import { LeaseBook } from "#src/engine/leases.js";
import { Vitals } from "#src/engine/vitals.js";
import type { RangeQueue } from "#src/jobs/contracts.js";
import { testState } from "./toy/state.js";
import { makeToy } from "./toy/toy-job.js";

const { folder, jobs, db } = await testState();

describe("the vitals of a supervisor", () => {
  it("are not told while a lease is being answered: others would take back what they do not tell of", async () => {
    const { job } = await makeToy(jobs, folder);
    const queue = await jobs.queueOf(job);
    await queue.insert([{ from: 0, to: 2, stage: 0, round: 0 }]);
    let read = (): void => {};
    const isRead = new Promise<void>((resolve) => (read = resolve));
    // As on a machine so busy that the answer waits for seconds to be read.
    const late: RangeQueue = {
      ...queue,
      async lease(count) {
        const leased = await queue.lease(count);
        await isRead;
        return leased;
      },
    };
    const leases = new LeaseBook(late);
    const vitals = new Vitals({ job, jobs, leases, workers: 1, onState: async () => {} });
    await vitals.begin();
    const { id: other } = await jobs.registerSupervisor(job.id, 1);

    const taking = leases.take(1);
    const isLeased = async () => (await queue.counts({ round: 0, stage: 0 })).active === 1;
    while (!(await isLeased())) await sleep(5);
    // The lease is so old that a supervisor which was seen after it and did not tell of it does not hold it.
    await db.executeSql("update cirrus.supervisor set last_seen_at = now() - interval '1 hour' where job_id = $1", [
      job.id,
    ]);
    await db.executeSql("update cirrus_queue.job set started_on = now() - interval '3 s' where name = $1", [
      `ingest-${job.id}`,
    ]);
    const beating = vitals.beat();
    await Promise.race([beating, sleep(300)]);
    assert.equal(await jobs.reclaimDead(job.id, other), 0);

    read();
    await Promise.all([taking, beating]);
    assert.equal(await jobs.reclaimDead(job.id, other), 0);
    assert.equal(await isLeased(), true);
    await vitals.end();
  });
});
