// Ctrl-C, the same command again, and jobs that are over.
import assert from "node:assert/strict";
import { readFile } from "node:fs/promises";
import { after, before, describe, it } from "node:test";
import { setTimeout as sleep } from "node:timers/promises";
import type { VerifyReport } from "#src/verify/verify-volume.js";
import { assertAddsUp, factsOf, type ToldStatus } from "../fixtures/job-facts.js";
import { slowJob } from "../fixtures/slow-job.js";
import { assertMips, leftovers } from "../fixtures/volume-checks.js";
import { workspace, type Workspace } from "../fixtures/workspace.js";

let ws: Workspace;
before(async () => (ws = await workspace()));
after(() => ws.dispose());

const statusOf = async (jobId: string): Promise<ToldStatus> =>
  (await ws.json<{ job: ToldStatus }>(["status", "--job-id", jobId])).job;

describe("Ctrl-C", () => {
  it("once finishes what is in hand, ends with 130, and the same command goes on", async () => {
    const job = await slowJob(ws, "drained", { delayMs: 5, gatedFrom: 16 });
    const run = ws.start([...job.ingest, "--progress", "json"], { isGroup: true });
    const [, jobId] = await run.told(/"jobId":"([^"]+)"/);
    await run.told(/"tasksDone":[1-9]/);
    process.kill(-run.pid, "SIGINT");
    await run.told(/"draining"/);
    await job.open();
    const { code, stderr, stdout } = await run.result;
    assert.equal(code, 130, stderr);
    assert.match(stderr + stdout, new RegExp(`cirrus join --job-id ${jobId}`));
    const stopped = await statusOf(jobId!);
    assertAddsUp(stopped);
    const facts = await factsOf(job.path, jobId!);
    assert.ok(facts.done.length > 0 && facts.done.length < stopped.tasks);
    assert.deepEqual(
      [stopped.state, stopped.done, stopped.active, stopped.supervisors],
      ["running", facts.done.length, 0, []],
    );
    assert.deepEqual(await leftovers(job.path), []);

    const again = await ws.expect(0, job.ingest);
    assert.match(again.stderr, new RegExp(`continuing job ID: ${jobId}`));
    assert.equal((await factsOf(job.path, jobId!)).repeated, 0, "nothing was done twice");
    await assertMips(job.path, job.expected());

    const log = await readFile(ws.at(".cirrus/state/logs", `${jobId}.log`), "utf8");
    for (const line of log.trimEnd().split("\n")) JSON.parse(line);
    assert.match(log, /"event":"draining"/);

    const joined = await ws.expect(0, ["join", "--job-id", jobId!]);
    assert.match(joined.stderr, /is done already/);
  });

  it("twice stops at once, and `join` finishes", { timeout: 300_000 }, async () => {
    const job = await slowJob(ws, "stopped", { delayMs: 5, sections: 32, gatedFrom: 0 });
    const run = ws.start([...job.ingest, "--progress", "json"], { isGroup: true });
    const [, jobId] = await run.told(/"jobId":"([^"]+)"/);
    await run.told(/"tasksActive":2/);
    process.kill(-run.pid, "SIGINT");
    await run.told(/"draining"/);
    await sleep(300); // two in quick succession count as one key press
    process.kill(-run.pid, "SIGINT");
    const { code, stderr } = await run.result; // its tasks cannot end: they were not waited for
    assert.equal(code, 130, stderr);
    assert.deepEqual([(await statusOf(jobId!)).done, (await statusOf(jobId!)).active], [0, 0]);

    await job.open();
    await ws.expect(0, ["join", "--job-id", jobId!, "-p", "4"]);
    await assertMips(job.path, job.expected());
    assert.equal((await ws.json<VerifyReport>(["verify", job.path])).state, "complete");
  });
});
