// A destination, or the state folder, whose disk is full: one clear error, and the job is finished once there is space.
import assert from "node:assert/strict";
import { rm, writeFile } from "node:fs/promises";
import { join } from "node:path";
import { after, before, describe, it } from "node:test";
import type { VerifyReport } from "#src/verify/verify-volume.js";
import { assertAddsUp, type ToldStatus } from "../fixtures/job-facts.js";
import { slowJob } from "../fixtures/slow-job.js";
import { canMount, mountSmallDisk } from "../fixtures/small-disk.js";
import { assertMips, leftovers } from "../fixtures/volume-checks.js";
import { workspace, type Workspace } from "../fixtures/workspace.js";

let ws: Workspace;
before(async () => (ws = await workspace()));
after(() => ws.dispose());

describe("ingest onto a full disk", { skip: !canMount && "needs Linux and root" }, () => {
  it("stops with 5 and one error, and join finishes when space was freed", async () => {
    const disk = await mountSmallDisk(4 << 20);
    try {
      const ballast = join(disk.path, "ballast");
      await writeFile(ballast, new Uint8Array(3 << 20));
      const path = join(disk.path, "volume");
      const job = await slowJob(ws, "volume", { delayMs: 5, path });
      const { stderr } = await ws.expect(5, job.ingest);
      assert.match(
        stderr,
        /cirrus: cannot write .*: the disk is full\n {2}hint: free some space[^\n]*\n {2}code: E_STORE_FULL\n$/,
      );
      assert.equal(stderr.match(/E_STORE_FULL/g)!.length, 1);
      assert.deepEqual(await leftovers(path), []);
      const jobId = /job ID: (\S+)/.exec(stderr)![1]!;
      const { job: status } = await ws.json<{ job: ToldStatus }>(["status", "--job-id", jobId]);
      assertAddsUp(status);
      assert.deepEqual([status.state, status.failed, status.active], ["running", 0, 0]);

      await ws.expect(5, ["join", "--job-id", jobId]); // still full
      await rm(ballast);
      await ws.expect(0, ["join", "--job-id", jobId]);
      const { state, problems } = await ws.json<VerifyReport>(["verify", path]);
      assert.deepEqual([state, problems], ["complete", []]);
      await assertMips(path, job.expected());
    } finally {
      await disk.release();
    }
  });

  it("refuses at once where there is no space at all", async () => {
    const disk = await mountSmallDisk(1 << 16);
    try {
      await writeFile(join(disk.path, "ballast"), new Uint8Array(1 << 16)).catch(() => {});
      const job = await slowJob(ws, "none", { delayMs: 5, path: join(disk.path, "volume") });
      const { stderr } = await ws.expect(5, job.ingest);
      assert.match(stderr, /E_STORE_FULL/);
    } finally {
      await disk.release();
    }
  });

  it("says so when it is the state's disk", async () => {
    const disk = await mountSmallDisk(2 << 20);
    try {
      const job = await slowJob(ws, "state", { delayMs: 5 });
      const { code, stderr } = await ws.run(job.ingest, { env: { CIRRUS_HOME: join(disk.path, "home") } });
      assert.ok(code !== 0 && code !== null, stderr);
      assert.match(stderr, /full|no space/i);
      assert.doesNotMatch(stderr, /\n\s+at |E_INTERNAL/);
    } finally {
      await disk.release();
    }
  });
});
