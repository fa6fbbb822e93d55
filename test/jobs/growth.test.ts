// What the queue's statements touch in a long queue: asked from PostgreSQL itself, since time depends on the machine.
import assert from "node:assert/strict";
import { mkdtempSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { after, before, describe, it } from "node:test";
import type { Jobs, RangeQueue, TaskRange } from "#src/jobs/contracts.js";
import { openJobs } from "#src/jobs/open-jobs.js";
import type { Database } from "#src/state/database.js";
import { openDatabase } from "#src/state/open-database.js";
import { stopStore } from "#src/state/store-control.js";

const rows = 5000;
const folder = mkdtempSync(join(tmpdir(), "cirrus-growth-"));

interface PlanNode {
  readonly "Relation Name"?: string;
  readonly "Actual Rows": number;
  readonly "Actual Loops": number;
  readonly "Rows Removed by Filter"?: number;
  readonly Plans?: readonly PlanNode[];
}

/** Rows of the queue's table that a plan looked at. */
const touched = (node: PlanNode): number =>
  (node["Relation Name"] === "job_common"
    ? (node["Actual Rows"] + (node["Rows Removed by Filter"] ?? 0)) * node["Actual Loops"]
    : 0) + (node.Plans ?? []).reduce((sum, each) => sum + touched(each), 0);

describe("the statements of a queue of 5,000 ranges", () => {
  let db: Database;
  let jobs: Jobs;
  let queue: RangeQueue;
  let asked: { text: string; values: readonly unknown[] }[] = [];

  /** Runs the last statement on the queue's table that `act` sent once more, and tells how many rows that one touched. */
  async function touchedAgainBy(act: () => Promise<unknown>): Promise<number> {
    asked = [];
    await act();
    const { text, values } = asked.findLast((each) => /cirrus_queue\.job/.test(each.text))!;
    const { rows: answer } = await db.executeSql<{ "QUERY PLAN": readonly [{ Plan: PlanNode }] }>(
      `explain (analyze, format json) ${text}`,
      values,
    );
    return touched(answer[0]!["QUERY PLAN"][0].Plan);
  }

  before(async () => {
    const own = await openDatabase({ folder });
    db = own;
    jobs = await openJobs({
      ...own,
      executeSql: (text, values = []) => {
        asked.push({ text, values });
        return own.executeSql(text, values);
      },
    });
    const job = await jobs.create({
      id: "growth-0001",
      kind: "toy",
      destination: "file:///volume",
      configDigest: "0",
      document: {},
      stages: [2 * rows],
      rangeSize: 1,
      encoderFingerprint: "0",
      owner: "test",
    });
    queue = await jobs.queueOf(job);
    await queue.insert(ranges(rows));
    await db.executeSql("analyze cirrus_queue.job_common");
  });
  after(async () => {
    await jobs.close();
    await stopStore(folder);
    rmSync(folder, { recursive: true, force: true });
  });

  it("lease the next range without a look at those behind it", async () => {
    const few = await touchedAgainBy(() => queue.lease(1));
    assert.ok(few <= 20, `${few} rows`);
  });

  it("keep leases alive and find them again by their ids", async () => {
    const leases = await queue.lease(2);
    const few = await touchedAgainBy(() => queue.touch(leases));
    assert.ok(few <= 20, `${few} rows`);
  });

  it("read completed ranges a page at a time, each row once", async () => {
    await db.executeSql(
      `update cirrus_queue.job set state = 'completed', completed_on = now(), output = '{"failedTasks": 0}' where name = $1`,
      ["ingest-growth-0001"],
    );
    await db.executeSql("analyze cirrus_queue.job_common");
    let read = 0;
    const whole = await touchedAgainBy(async () => {
      for await (const _ of queue.completed({ round: 0, stage: 0 })) if (++read === 1500) break;
    });
    assert.equal(read, 1500);
    assert.equal(whole, 1000);
  });
});

function* ranges(count: number): Generator<TaskRange> {
  for (let from = 0; from < count; from++) yield { from, to: from + 1, stage: 0, round: 0 };
}
