// The state on a PostgreSQL given by URL: two homes stand for two machines.
import assert from "node:assert/strict";
import { after, before, describe, it } from "node:test";
import { assertAddsUp, factsOf, type ToldStatus } from "../fixtures/job-facts.js";
import { postgresCluster, type PostgresCluster } from "../fixtures/postgres.js";
import { slowJob } from "../fixtures/slow-job.js";
import { assertMips } from "../fixtures/volume-checks.js";
import { workspace, type Workspace } from "../fixtures/workspace.js";

let cluster: PostgresCluster;
let here: Workspace;
let there: Workspace;
before(async () => {
  cluster = await postgresCluster();
  here = await workspace({ CIRRUS_STATE: cluster.url });
  there = await workspace({ CIRRUS_STATE: cluster.url });
});
after(async () => {
  await here.dispose();
  await there.dispose();
  await cluster.dispose();
});

describe("a job on PostgreSQL", () => {
  it("is shared by two homes, each task done once, and no embedded store is started", async () => {
    const job = await slowJob(here, "volume", { delayMs: 5, form: "heavy", gatedFrom: 0 });
    const first = here.start([...job.ingest, "--progress", "json"]);
    const [, jobId] = await first.told(/"jobId":"([^"]+)"/);
    await first.told(/"tasksActive":[12]/);
    const second = there.start(["join", "--job-id", jobId!, ...job.flags, "--progress", "json"]);
    await second.told(/"tasksActive":[12]/);
    const { job: status } = await there.json<{ job: ToldStatus }>(["status", "--job-id", jobId!]);
    assertAddsUp(status);
    assert.equal(status.supervisors.length, 2);
    await job.open();
    const [one, two] = await Promise.all([first.result, second.result]);
    assert.deepEqual([one.code, two.code], [0, 0], one.stderr + two.stderr);
    const facts = await factsOf(job.path, jobId!);
    assert.deepEqual([facts.repeated, facts.done.length], [0, status.tasks]);
    assert.deepEqual([await here.storePid(), await there.storePid()], [undefined, undefined]);
    await assertMips(job.path, job.expected());
  });

  it("goes on when the server crashes and comes back, and is finished elsewhere after a kill", async () => {
    const job = await slowJob(here, "restarted", { delayMs: 60 });
    const run = here.start([...job.ingest, "--progress", "json"]);
    const [, jobId] = await run.told(/"jobId":"([^"]+)"/);
    await run.told(/"tasksDone":[1-9]/);
    await cluster.restart();
    await run.told(/"tasksDone":(?:[4-9]|\d\d)/);
    run.child.kill("SIGKILL");
    await run.result;
    await there.expect(0, ["join", "--job-id", jobId!, "-p", "2"]);
    const { job: status } = await here.json<{ job: ToldStatus }>(["status", "--job-id", jobId!]);
    assert.deepEqual([status.state, status.done], ["done", status.tasks]);
    await assertMips(job.path, job.expected());
  });
});
