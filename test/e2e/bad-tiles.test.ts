// Tiles that are missing, damaged, or do not fit: what the plan sees is refused, what it does not see fails a task, or is filled.
import assert from "node:assert/strict";
import { existsSync } from "node:fs";
import { rename, rm, truncate, writeFile } from "node:fs/promises";
import { after, before, describe, it } from "node:test";
import type { VerifyReport } from "#src/verify/verify-volume.js";
import { assertAddsUp, type ToldStatus } from "../fixtures/job-facts.js";
import { resume } from "../fixtures/processes.js";
import { signalAt } from "../fixtures/signal-at.js";
import { pngTile, writeTiles, type TileBox } from "../fixtures/stack-files.js";
import { assertMips } from "../fixtures/volume-checks.js";
import { labels, noise, widened, type Voxels } from "../fixtures/voxels.js";
import { workspace, type Workspace } from "../fixtures/workspace.js";

let ws: Workspace;
before(async () => (ws = await workspace()));
after(() => ws.dispose());

const size = [130, 100, 48] as const;
const tile = [32, 32] as const;
const catmaid = (root: string, more: object = {}) => ({
  plugin: "catmaid",
  params: { root: `./${root}`, extension: "png", tileSize: tile },
  ...more,
});
const small = { resolutionNm: [10, 10, 25], chunkSize: [64, 64, 8], mips: [[2, 2, 1]] };
/** The header of this one is not among those that the probe reads. */
const unseen = (root: string, z: number): string => ws.at(root, String(z), "1_1_0.png");
const tileBox = (z: number): TileBox => ({ x0: 32, y0: 32, z, width: 32, height: 32 });

const statusOf = async (jobId: string): Promise<ToldStatus> =>
  (await ws.json<{ job: ToldStatus }>(["status", "--job-id", jobId])).job;
const idIn = (stderr: string): string => /job ID: (\S+)/.exec(stderr)![1]!;

describe("a bad tile", () => {
  it("that the plan sees is refused, all of them by name, and nothing is written", async () => {
    await writeTiles(ws.at("seen"), noise({ dataType: "uint8", size: [64, 64, 5] }), { tile });
    await rm(ws.at("seen/2/0_1_0.png"));
    await rm(ws.at("seen/3/1_0_0.png"));
    const destination = { path: "./refused", ...small };
    const config = await ws.config("refused", { source: catmaid("seen"), destination });
    const { stderr } = await ws.expect(4, ["ingest", config]);
    assert.match(stderr, /2 tiles are missing:\n.*seen\/2\/0_1_0\.png\n.*seen\/3\/1_0_0\.png/);
    assert.ok(!existsSync(ws.at("refused")));

    const wrong = noise({ dataType: "uint8", size: [20, 64, 5] });
    await writeTiles(ws.at("seen"), noise({ dataType: "uint8", size: [64, 64, 5] }), { tile });
    await writeFile(ws.at("seen/4/1_1_0.png"), pngTile(wrong, { x0: 0, y0: 0, z: 0, width: 20, height: 32 }));
    const odd = await ws.expect(4, ["ingest", config]);
    assert.match(odd.stderr, /1 tile does not fit:\n.*seen\/4\/1_1_0\.png: .*20 x 32/);
    assert.ok(!existsSync(ws.at("refused")));
  });

  it("that the plan does not see fails its task only, is named, and `join` finishes when it is mended", async () => {
    const voxels = noise({ dataType: "uint8", size });
    await writeTiles(ws.at("stack"), voxels, { tile });
    const config = await ws.config("mended", {
      source: catmaid("stack"),
      destination: { path: "./mended", ...small },
    });
    const deep = noise({ dataType: "uint16", size });
    const colour = noise({ dataType: "uint8", size, channels: 3 });
    const narrow = noise({ dataType: "uint8", size: [31, 32, 1] });
    await truncate(unseen("stack", 3), 700);
    await writeFile(unseen("stack", 11), pngTile(deep, tileBox(11)));
    await writeFile(unseen("stack", 19), pngTile(colour, tileBox(19)));
    await writeFile(unseen("stack", 27), pngTile(narrow, { x0: 0, y0: 0, z: 0, width: 31, height: 32 }));
    // Stopped between its plan and its first task.
    const env = signalAt({ signal: "SIGSTOP", when: "after", pattern: "/mended/info$" });
    const run = ws.start(["ingest", config, "-p", "1", "--no-fsync"], { env });
    const [, pid] = await run.told(/SIGSTOP (\d+)/);
    await rename(unseen("stack", 47), ws.at("away.png"));
    await resume(Number(pid));
    const { code, stderr, stdout } = await run.result;
    const jobId = idIn(stderr);
    assert.equal(code, 6, stderr);
    assert.match(stdout, new RegExp(`5 tasks failed[^]*cirrus join --job-id ${jobId}`));

    const status = await statusOf(jobId);
    assertAddsUp(status);
    assert.deepEqual([status.state, status.done, status.failed], ["failed", status.tasks - 5, 5]);
    assert.deepEqual(
      status.failures.map(({ code, names }) => [code, names]),
      [
        ["E_TILE_CORRUPT", [unseen("stack", 3)]],
        ["E_TILE_MISMATCH", [unseen("stack", 11)]],
        ["E_TILE_MISMATCH", [unseen("stack", 19)]],
        ["E_TILE_MISMATCH", [unseen("stack", 27)]],
        ["E_TILE_MISSING", [unseen("stack", 47)]],
      ],
    );
    const report = await ws.json<VerifyReport>(["verify", ws.at("mended")], 6);
    assert.deepEqual([report.state, report.problems], ["unfinished", []]);

    for (const z of [3, 11, 19, 27]) await writeFile(unseen("stack", z), pngTile(voxels, tileBox(z)));
    const half = await ws.expect(6, ["join", "--job-id", jobId, "--max-failures", "5"]);
    assert.match(half.stdout, /1 tasks? failed/);
    await rename(ws.at("away.png"), unseen("stack", 47));
    await ws.expect(0, ["join", "--job-id", jobId]);
    assert.deepEqual((await statusOf(jobId)).failures, []);
    assert.equal((await ws.json<VerifyReport>(["verify", ws.at("mended")])).state, "complete");
    await assertMips(ws.at("mended"), { voxels, offset: [0, 0, 0], method: "mean", factors: [[2, 2, 1]] });
  });

  it("blocks the coarse tasks above it and no others, until `join`", async () => {
    const voxels = labels({ dataType: "uint8", size: [512, 480, 64] });
    await writeTiles(ws.at("tall"), voxels, { tile: [128, 120] });
    const factors = [[2, 2, 1], [2, 2, 1], [2, 2, 2]] as const; // prettier-ignore
    const config = await ws.config("blocked", {
      source: { plugin: "catmaid", params: { root: "./tall", extension: "png", tileSize: [128, 120] } },
      destination: {
        path: "./blocked",
        type: "segmentation",
        dataType: "uint64",
        resolutionNm: [10, 10, 25],
        chunkSize: [64, 64, 16],
        mips: factors,
      },
    });
    const box = { x0: 128, y0: 120, z: 5, width: 128, height: 120 };
    await writeFile(ws.at("tall/5/1_1_0.png"), pngTile(voxels, box).subarray(0, 60));
    const { stderr } = await ws.expect(6, ["ingest", config, "-p", "2", "--memory", "256MB", "--no-fsync"]);
    const jobId = idIn(stderr);
    const { failures, done, tasks, failed } = await statusOf(jobId);
    const codes = new Set(failures.map(({ code }) => code));
    assert.deepEqual([...codes].sort(), ["E_TASK_BLOCKED", "E_TILE_CORRUPT"]);
    for (const { code, names } of failures)
      if (code === "E_TASK_BLOCKED") assert.ok(names.length > 0 && names.every((name) => /-16$|-32$/.test(name)));
    assert.ok(done >= tasks / 2 && failed === failures.length, JSON.stringify({ done, tasks, failed }));

    await writeFile(ws.at("tall/5/1_1_0.png"), pngTile(voxels, box));
    await ws.expect(0, ["join", "--job-id", jobId, "-p", "2"]);
    await assertMips(ws.at("blocked"), {
      voxels: widened(voxels, "uint64"),
      offset: [0, 0, 0],
      method: "mode",
      factors,
    });
  });

  it("is filled with background where the config says so, and listed in status, manifests and provenance", async () => {
    const voxels = noise({ dataType: "uint8", size: [96, 64, 16] });
    await writeTiles(ws.at("holes"), voxels, { tile });
    await rm(unseen("holes", 2));
    await truncate(unseen("holes", 9), 900);
    const config = await ws.config("filled", {
      source: catmaid("holes", { missing: "fill", corrupt: "fill" }),
      destination: { path: "./filled", background: 7, ...small },
    });
    const { stderr } = await ws.expect(0, ["ingest", config, "-p", "1", "--no-fsync"]);
    const status = await statusOf(idIn(stderr));
    const expected = [
      [unseen("holes", 2), "missing"],
      [unseen("holes", 9), "corrupt"],
    ];
    assert.equal(status.filledTiles, 2);
    assert.deepEqual(
      status.filled!.map(({ url, reason }) => [url, reason]),
      expected,
    );
    const report = await ws.json<VerifyReport>(["verify", ws.at("filled")]);
    assert.deepEqual(
      report.filledTiles,
      expected.map(([url]) => url),
    );
    const shown = await ws.json<{ jobs: [{ end: { filled: { count: number; tiles: { url: string }[] } } }] }>([
      "provenance",
      "show",
      ws.at("filled"),
    ]);
    const { filled } = shown.jobs[0].end;
    assert.equal(filled.count, 2);
    assert.deepEqual(
      filled.tiles.map(({ url }) => url),
      expected.map(([url]) => url),
    );
    await assertMips(ws.at("filled"), {
      voxels: withBackground(voxels, [tileBox(2), tileBox(9)], 7),
      offset: [0, 0, 0],
      method: "mean",
      factors: [[2, 2, 1]],
    });
  });

  it("stops a hopeless job with --max-failures, and leaves it joinable", async () => {
    const voxels = noise({ dataType: "uint8", size });
    await writeTiles(ws.at("hopeless"), voxels, { tile });
    for (let z = 0; z < 48; z += 8) await truncate(unseen("hopeless", z), 100);
    const config = await ws.config("hopeless-job", {
      source: catmaid("hopeless"),
      destination: { path: "./hopeless-job", ...small },
    });
    const { stderr } = await ws.expect(6, ["ingest", config, "-p", "1", "--max-failures", "1", "--no-fsync"]);
    assert.match(stderr, /E_TOO_MANY_FAILURES/);
    const status = await statusOf(idIn(stderr));
    assertAddsUp(status);
    assert.equal(status.state, "running");
    assert.ok(status.failed >= 2 && status.queued > 0);
  });
});

function withBackground(voxels: Voxels, boxes: readonly TileBox[], value: number): Voxels {
  const data = voxels.data.slice();
  const [nx, ny] = voxels.size;
  for (const { x0, y0, z, width, height } of boxes)
    for (let y = y0; y < y0 + height; y++) for (let x = x0; x < x0 + width; x++) data[(z * ny + y) * nx + x] = value;
  return { ...voxels, data };
}
