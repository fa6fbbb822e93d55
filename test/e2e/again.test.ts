// The same command again, another job into the same place, --overwrite, and what a second job may write beside the first.
import assert from "node:assert/strict";
import { rm } from "node:fs/promises";
import { after, before, describe, it } from "node:test";
import type { SourceReport } from "#src/verify/compare-source.js";
import type { VerifyReport } from "#src/verify/verify-volume.js";
import { slowJob } from "../fixtures/slow-job.js";
import { writeTiles } from "../fixtures/stack-files.js";
import { assertMips, storedFiles } from "../fixtures/volume-checks.js";
import { noise } from "../fixtures/voxels.js";
import { workspace, type Workspace } from "../fixtures/workspace.js";

let ws: Workspace;
before(async () => (ws = await workspace()));
after(() => ws.dispose());

describe("another ingest into the same place", () => {
  it("of the same config goes on with the killed job, and is refused once that is done", async () => {
    const job = await slowJob(ws, "continued", { delayMs: 20, gatedFrom: 24 });
    const run = ws.start([...job.ingest, "--progress", "json"]);
    const [, jobId] = await run.told(/"jobId":"([^"]+)"/);
    await run.told(/"tasksDone":[1-9]/);
    run.child.kill("SIGKILL");
    await run.result;
    const { stdout } = await ws.expect(0, ["status", "--job-id", jobId!]);
    assert.match(stdout, new RegExp(`interrupted[^]*nobody works on it: cirrus join --job-id ${jobId}`));
    const unfinished = await ws.json<VerifyReport & { source: SourceReport }>(["verify", job.path, "--source"], 6);
    assert.deepEqual([unfinished.state, unfinished.problems], ["unfinished", []]);
    assert.ok(unfinished.source.notThere > 0);
    assert.deepEqual(unfinished.source.differing, []);

    const other = await slowJob(ws, "other", { delayMs: 59, path: job.path });
    const refused = await ws.expect(5, other.ingest);
    assert.match(refused.stderr, /E_DESTINATION_EXISTS|E_CLAIM_LOST/);

    await job.open();
    const again = await ws.expect(0, job.ingest);
    assert.match(again.stderr, new RegExp(`continuing job ID: ${jobId}`));
    await assertMips(job.path, job.expected());

    const before = await storedFiles(job.path);
    const { stderr } = await ws.expect(5, job.ingest);
    assert.match(stderr, new RegExp(`job ${jobId} made them from this very config[^]*nothing is left to do`));
    assert.match(stderr, /E_DESTINATION_EXISTS/);
    assert.deepEqual(await storedFiles(job.path), before);
  });

  it("with --overwrite replaces every voxel, and verify follows the newest", async () => {
    const spec = { dataType: "uint8", size: [70, 60, 20] } as const;
    const [old, renewed] = [noise(spec), noise({ ...spec, channels: 2 })];
    const second = { ...renewed, channels: 1, data: renewed.data.slice(old.data.length) };
    await writeTiles(ws.at("tiles"), old, { tile: [64, 64] });
    const config = await ws.config("replaced", {
      source: { plugin: "catmaid", params: { root: "./tiles", extension: "png", tileSize: 64 } },
      destination: { path: "./replaced", resolutionNm: [8, 8, 8], chunkSize: [32, 32, 16], mips: [[2, 2, 2]] },
    });
    const path = ws.at("replaced");
    const expected = { offset: [0, 0, 0], method: "mean", factors: [[2, 2, 2]] } as const;
    await ws.expect(0, ["ingest", config, "-p", "1", "--no-fsync"]);
    await assertMips(path, { voxels: old, ...expected });

    await rm(ws.at("tiles"), { recursive: true });
    await writeTiles(ws.at("tiles"), second, { tile: [64, 64] });
    assert.match((await ws.expect(5, ["ingest", config])).stderr, /--overwrite/);
    await ws.expect(0, ["ingest", config, "-p", "1", "--overwrite", "--no-fsync"]);
    await assertMips(path, { voxels: second, ...expected });
    const report = await ws.json<VerifyReport>(["verify", path, "--source"]);
    assert.deepEqual([report.state, report.problems], ["complete", []]);
    const { jobs } = await ws.json<{ jobs: { status: string }[] }>(["provenance", "show", path]);
    assert.deepEqual(jobs.map(({ status }) => status).sort(), ["completed", "completed"]);
  });
});
