// `ingest` in one terminal and `join` in another, on the embedded state: both work, and nothing is done twice.
import assert from "node:assert/strict";
import { after, before, describe, it } from "node:test";
import { assertAddsUp, factsOf, type ToldStatus } from "../fixtures/job-facts.js";
import { slowJob } from "../fixtures/slow-job.js";
import { assertMips } from "../fixtures/volume-checks.js";
import { workspace, type Workspace } from "../fixtures/workspace.js";

let ws: Workspace;
before(async () => (ws = await workspace()));
after(() => ws.dispose());

/** The most tasks that a supervisor had in hand at once, from its own progress. */
const mostActive = (progress: string): number =>
  Math.max(
    0,
    ...progress
      .split("\n")
      .filter((line) => line.startsWith("{"))
      .map((line) => JSON.parse(line) as { type: string; tasksActive?: number })
      .map(({ tasksActive }) => tasksActive ?? 0),
  );

describe("two supervisors", () => {
  it("work on one job at the same time, do each task once, and both end with 0", async () => {
    const job = await slowJob(ws, "volume", { delayMs: 5, form: "heavy", gatedFrom: 0 });
    const first = ws.start([...job.ingest, "--progress", "json"]);
    const [, jobId] = await first.told(/"jobId":"([^"]+)"/);
    await first.told(/"tasksActive":[12]/);
    const second = ws.start(["join", "--job-id", jobId!, ...job.flags, "--progress", "json"]);
    await second.told(/"tasksActive":[12]/);

    const status = await ws.json<{ job: ToldStatus }>(["status", "--job-id", jobId!]);
    assertAddsUp(status.job);
    assert.equal(status.job.state, "running");
    const pids = status.job.supervisors.filter(({ isAlive }) => isAlive).map(({ pid }) => pid);
    assert.deepEqual(
      pids.sort((a, b) => a - b),
      [first.pid, second.pid].sort((a, b) => a - b),
    );

    await job.open();
    const [one, two] = await Promise.all([first.result, second.result]);
    assert.equal(one.code, 0, one.stderr);
    assert.equal(two.code, 0, two.stderr);
    assert.ok(mostActive(one.stderr) > 0 && mostActive(two.stderr) > 0, "both worked");

    const facts = await factsOf(job.path, jobId!);
    assert.equal(facts.repeated, 0);
    assert.equal(facts.done.length, status.job.tasks);
    const after = await ws.json<{ job: ToldStatus }>(["status", "--job-id", jobId!]);
    assert.deepEqual(
      [after.job.state, after.job.done, after.job.chunks],
      ["done", status.job.tasks, facts.chunks.length],
    );
    await assertMips(job.path, job.expected());

    // Each of the two recorded what it ran on.
    type Log = { items: { kind: string; event: { argv: string[]; codeEnvs: { kind: string }[] } }[] };
    const { items } = await ws.json<Log>(["provenance", "log", job.path, "--kind", "start", "join"]);
    assert.deepEqual(
      items.map(({ kind, event }) => [kind, event.argv[1], event.codeEnvs.some((env) => env.kind === "system")]),
      [
        ["start", "ingest", true],
        ["join", "join", true],
      ],
    );
    await ws.expect(0, ["provenance", "check", job.path, "--quick"]);
  });
});
