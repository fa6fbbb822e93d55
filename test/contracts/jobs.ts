/** What the tables of jobs and failures do on every engine. */
import assert from "node:assert/strict";
import { after, before, describe, it } from "node:test";
import type { Jobs } from "#src/jobs/contracts.js";
import { openJobs } from "#src/jobs/open-jobs.js";
import type { Database, StateOptions } from "#src/state/database.js";
import { openDatabase } from "#src/state/open-database.js";
import { newJob, range } from "./job-samples.js";

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
