// Jobs that write one volume at the same time, from one stack or from several.
import assert from "node:assert/strict";
import { after, before, describe, it } from "node:test";
import type { VerifyReport } from "#src/verify/verify-volume.js";
import { slowJob } from "../fixtures/slow-job.js";
import { writeTiles } from "../fixtures/stack-files.js";
import { assertMips } from "../fixtures/volume-checks.js";
import { noise, type Voxels } from "../fixtures/voxels.js";
import { workspace, type Workspace } from "../fixtures/workspace.js";

let ws: Workspace;
before(async () => (ws = await workspace()));
after(() => ws.dispose());

const shape = { resolutionNm: [8, 8, 8], chunkSize: [32, 32, 16], mips: [[2, 2, 2], [2, 2, 2]] }; // prettier-ignore
const expected = { offset: [10, 0, 0], method: "mean", factors: [[2, 2, 2], [2, 2, 2]] } as const; // prettier-ignore

/** The part of a stack from column `from` to `to`. */
function columns(voxels: Voxels, from: number, to: number): Voxels {
  const [nx, ny, nz] = voxels.size;
  const data = new Uint8Array((to - from) * ny * nz);
  const rows = voxels.data as Uint8Array; // noise of uint8, below
  for (let row = 0; row < ny * nz; row++) data.set(rows.subarray(row * nx + from, row * nx + to), row * (to - from));
  return { ...voxels, size: [to - from, ny, nz], data };
}

describe("two jobs at the same time", () => {
  it("put two stacks side by side into one volume, and downsample completes it", async () => {
    const whole = noise({ dataType: "uint8", size: [150, 70, 33] });
    await writeTiles(ws.at("left"), columns(whole, 0, 96), { tile: [64, 64] });
    await writeTiles(ws.at("right"), columns(whole, 96, 150), { tile: [54, 70] });
    const bounds = { x: [10, 160], y: [0, 70], z: [0, 33] };
    const part = (root: string, tileSize: number[], x: number) =>
      ws.config(root, {
        source: { plugin: "catmaid", params: { root: `./${root}`, extension: "png", tileSize } },
        destination: { path: "./both", ...shape, voxelOffset: [x, 0, 0], bounds },
      });
    const configs = [await part("left", [64, 64], 10), await part("right", [54, 70], 106)];
    const runs = configs.map((config) => ws.expect(0, ["ingest", config, "-p", "1", "--no-fsync"]));
    await Promise.all(runs);
    assert.equal((await ws.json<VerifyReport>(["verify", ws.at("both")])).state, "partial");
    await ws.expect(0, ["downsample", ws.at("both"), "--motivation", "both are in", "-p", "1"]);
    const { state, runs: jobs } = await ws.json<VerifyReport>(["verify", ws.at("both")]);
    assert.deepEqual([state, jobs.length], ["complete", 3]);
    await assertMips(ws.at("both"), { voxels: whole, ...expected });
    // Nothing is left to make, and a second downsample says so.
    const again = await ws.json<{ chunks: number; leftOut: number }>([
      "downsample",
      ws.at("both"),
      "--motivation",
      "to be sure",
      "-p",
      "1",
    ]);
    assert.deepEqual([again.chunks, again.leftOut], [0, 0]);
  });

  it("do not both get the same part: one is refused with 5, and the volume is the other's", async () => {
    const jobs = [
      await slowJob(ws, "first", { delayMs: 20, path: ws.at("contested") }),
      await slowJob(ws, "second", { delayMs: 21, path: ws.at("contested") }),
    ];
    const results = await Promise.all(jobs.map(({ ingest }) => ws.run(ingest)));
    const codes = results.map(({ code }) => code).sort();
    assert.deepEqual(codes, [0, 5], results.map(({ stderr }) => stderr).join("\n"));
    const { stderr } = results.find(({ code }) => code === 5)!;
    assert.match(stderr, /E_CLAIM_LOST|E_DESTINATION_EXISTS/);
    await assertMips(ws.at("contested"), jobs[0]!.expected());
    assert.equal((await ws.json<VerifyReport>(["verify", ws.at("contested")])).state, "complete");
    const { jobs: listed } = await ws.json<{ jobs: { destination: string; state: string }[] }>(["status"]);
    const states = listed.filter(({ destination }) => destination.endsWith("/contested")).map(({ state }) => state);
    // The refused one left no job, or one that is over.
    assert.ok(
      states.includes("done") && !states.some((state) => state === "planned" || state === "running"),
      states.join(),
    );
  });
});
