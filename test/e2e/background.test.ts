// Chunks of background alone that are left out: told from chunks that are missing, and 0 to whoever reads.
import assert from "node:assert/strict";
import { readFile, rename, rm, writeFile } from "node:fs/promises";
import { after, before, describe, it } from "node:test";
import { CirrusVolume } from "#src/library/cirrus-volume.js";
import type { VerifyReport } from "#src/verify/verify-volume.js";
import { writeTiles } from "../fixtures/stack-files.js";
import { namesIn } from "../fixtures/volume-checks.js";
import { noise, type Voxels } from "../fixtures/voxels.js";
import { workspace, type Workspace } from "../fixtures/workspace.js";

const size = [100, 60, 20] as const;
const tile = { tile: [64, 64] as const };
const factors = [[2, 2, 1]] as const;
const full = noise({ dataType: "uint8", size });
/** Nothing where x is below 64: of the 16 chunks of mip 0 and the 4 of mip 1 the half. */
const halfEmpty: Voxels = { ...full, data: full.data.map((value, i) => (i % size[0] < 64 ? 0 : value) as never) };
const emptyKey = "8_8_8/0-32_0-32_0-16";
const storedKey = "8_8_8/64-96_0-32_0-16";

let ws: Workspace;
before(async () => {
  ws = await workspace();
  await writeTiles(ws.at("stack"), halfEmpty, tile);
  await writeTiles(ws.at("full"), full, tile);
});
after(() => ws.dispose());

interface Job {
  readonly path: string;
  readonly root?: string;
  readonly extent?: object;
  readonly destination?: object;
}
const config = ({ path, root = "stack", extent, destination }: Job) =>
  ws.config(`${path}-${root}${JSON.stringify(extent ?? "").replaceAll(/\W/g, "")}`, {
    source: { plugin: "catmaid", params: { root: `./${root}`, extension: "png", tileSize: 64 }, ...(extent && { extent }) }, // prettier-ignore
    destination: { path: `./${path}`, resolutionNm: [8, 8, 8], chunkSize: [32, 32, 16], mips: factors, backgroundChunks: "skip", ...destination }, // prettier-ignore
  });
const verified = (path: string) => ws.json<VerifyReport>(["verify", `./${path}`]);
const leftOut = async (path: string) => (await verified(path)).mips.map(({ background }) => background);
const chunkNames = async (path: string) => (await namesIn(ws.at(`${path}/8_8_8`))).filter((name) => /^\d/.test(name));

async function voxels(path: string, mip: number): Promise<Buffer> {
  await using volume = await CirrusVolume.open(ws.at(path));
  const { voxelOffset: min, size: extent } = volume.scales[mip]!;
  const { data } = await volume.read({ min, max: [extent[0], extent[1], extent[2]] }, { mip });
  return Buffer.from(data.buffer, data.byteOffset, data.byteLength);
}

describe("chunks of background", () => {
  it("are left out by policy, counted, and verified to be absent", async () => {
    const told = await ws.expect(0, ["ingest", await config({ path: "volume" }), "-p", "1"]);
    assert.match(told.stdout, /10 chunks of background left out/);
    assert.match(told.stderr, /CloudVolume does with fill_missing=True and refuses without/);
    assert.equal((await chunkNames("volume")).length, 8);
    const report = await verified("volume");
    assert.equal(report.state, "complete");
    assert.deepEqual(
      report.mips.map(({ verified: good, background, notMade }) => [good, background, notMade]),
      [
        [16, 8, 0],
        [4, 2, 0],
      ],
    );
    const jobId = /job (\S+) done/.exec(told.stdout)![1]!;
    const { job } = await ws.json<{ job: Record<string, unknown> }>(["status", "--job-id", jobId]);
    assert.deepEqual([job["chunks"], job["backgroundChunks"]], [10, 10]);
  });

  it("are 0 for the library, for a copy, and beside the source's tiles", async () => {
    assert.deepEqual(await voxels("volume", 0), Buffer.from(halfEmpty.data.buffer));
    await ws.expect(0, ["copy", "./volume", "./copied", "--motivation", "to have all chunks", "-p", "1"]);
    assert.deepEqual(await voxels("copied", 0), Buffer.from(halfEmpty.data.buffer));
    assert.deepEqual((await verified("copied")).filledTiles, []);
    const { source } = await ws.json<{ source: { compared: number; notThere: number } }>(["verify", "./volume", "--source"]); // prettier-ignore
    assert.ok(source.compared > 0);
    assert.equal(source.notThere, 0);
  });

  it("are neither missing nor anything else: what lies there, and what is gone elsewhere, is found", async () => {
    await writeFile(ws.at(`volume/${emptyKey}`), new Uint8Array(32 * 32 * 16));
    await rename(ws.at(`volume/${storedKey}`), ws.at("aside"));
    const { code, stdout } = await ws.run(["verify", "./volume", "--json"]);
    assert.equal(code, 7);
    const { problems } = JSON.parse(stdout) as VerifyReport;
    assert.deepEqual(problems.map(({ kind, key, detail }) => `${kind} ${key}: ${detail.replace(/job \S+/, "job")}`).sort(), [
      `altered ${emptyKey}: it was left out as background, and something is there now`,
      `missing ${storedKey}: job wrote it, and it is gone`,
    ]); // prettier-ignore
    await rm(ws.at(`volume/${emptyKey}`));
    await rename(ws.at("aside"), ws.at(`volume/${storedKey}`));
  });

  it("take the place of chunks that were there, when a part is overwritten", async () => {
    await ws.expect(0, ["ingest", await config({ path: "again", root: "full" }), "-p", "1"]);
    assert.deepEqual(await leftOut("again"), [0, 0]);
    await ws.expect(0, ["ingest", await config({ path: "again" }), "-p", "1", "--overwrite"]);
    assert.equal((await verified("again")).state, "complete");
    assert.deepEqual(await leftOut("again"), [8, 2]);
    assert.equal((await chunkNames("again")).length, 8);
  });

  it("are read as 0 by downsample, which leaves out what it makes of nothing else", async () => {
    // Chunks of mip 1 reach over both parts.
    for (const extent of [{ y: [0, 32] }, { y: [32, 60] }])
      await ws.expect(0, ["ingest", await config({ path: "parts", extent }), "-p", "1"]);
    await ws.expect(0, ["downsample", "./parts", "--motivation", "all parts are there", "-p", "1"]);
    assert.equal((await verified("parts")).state, "complete");
    assert.deepEqual(await leftOut("parts"), [8, 2]);
    for (const mip of [0, 1]) assert.deepEqual(await voxels("parts", mip), await voxels("volume", mip));
  });

  it("are refused where readers would show something else, or a shard would need them", async () => {
    const grey = await ws.run(["ingest", await config({ path: "grey", destination: { background: 7 } }), "-p", "1"]);
    assert.equal(grey.code, 2);
    assert.match(grey.stderr, /chunks of 7 cannot be skipped, because readers take what is not there as 0/);
    const sharding = { preshift_bits: 6, minishard_bits: 2 };
    const shards = await ws.run(["ingest", await config({ path: "shards", destination: { sharding } }), "-p", "1"]);
    assert.equal(shards.code, 2);
    assert.match(shards.stderr, /skipped in unsharded volumes only/);
  });

  it("are written where nothing else is asked for", async () => {
    await ws.expect(0, ["ingest", await config({ path: "whole", destination: { backgroundChunks: "write" } }), "-p", "1"]); // prettier-ignore
    assert.deepEqual(new Uint8Array(await readFile(ws.at(`whole/${emptyKey}`))), new Uint8Array(32 * 32 * 16));
  });
});
