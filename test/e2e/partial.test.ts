// Jobs that each ingest a part, then `downsample`: the same files, byte for byte, as one job makes.
import assert from "node:assert/strict";
import { after, before, describe, it } from "node:test";
import type { VerifyReport } from "#src/verify/verify-volume.js";
import { writeTiles } from "../fixtures/stack-files.js";
import { assertMips, assertSameFiles, namesIn, storedFiles } from "../fixtures/volume-checks.js";
import { labels, noise, type Voxels } from "../fixtures/voxels.js";
import { workspace, type Workspace } from "../fixtures/workspace.js";

const size = [150, 117, 37] as const;
const chunkSize = [32, 32, 8];

let ws: Workspace;
let grey: Voxels;
before(async () => {
  ws = await workspace();
  grey = noise({ dataType: "uint8", size });
  await writeTiles(ws.at("grey"), grey, { tile: [64, 50] });
});
after(() => ws.dispose());

const source = (root: string, extent?: object) => ({
  plugin: "catmaid",
  params: { root: `./${root}`, extension: "png", tileSize: [64, 50] },
  ...(extent && { extent }),
});

interface Part {
  readonly x?: readonly [number, number];
  readonly y?: readonly [number, number];
}
const quarters: readonly Part[] = [
  { x: [0, 64], y: [0, 32] },
  { x: [64, 150], y: [0, 32] },
  { x: [0, 64], y: [32, 117] },
  { x: [64, 150], y: [32, 117] },
];
const halves: readonly Part[] = [{ y: [64, 117] }, { y: [0, 64] }];

interface Case {
  readonly name: string;
  readonly parts: readonly Part[];
  readonly root?: string;
  readonly destination: object;
  /** Looks at the volume when all parts are in, and at what the last one told. */
  between?(path: string, told: string): Promise<void>;
}

/** One volume by one job, and the same by a job for each part and `downsample`. */
async function made({ name, parts, root = "grey", destination, between }: Case) {
  const rest = { resolutionNm: [4, 4, 30], chunkSize, ...destination };
  const [whole, joined] = [`${name}-whole`, `${name}-parts`];
  const one = await ws.config(whole, { source: source(root), destination: { path: `./${whole}`, ...rest } });
  await ws.expect(0, ["ingest", one, "-p", "1", "--no-fsync"]);
  let told = "";
  for (const [i, extent] of parts.entries()) {
    const part = await ws.config(`${joined}${i}`, {
      source: source(root, extent),
      destination: { path: `./${joined}`, ...rest },
    });
    told = (await ws.expect(0, ["ingest", part, "-p", "1", "--no-fsync"])).stderr;
  }
  await between?.(ws.at(joined), told);
  const complete = ["downsample", ws.at(joined), "--motivation", "all parts are in", "-p", "2"];
  const { leftOut } = await ws.json<{ leftOut: number }>(complete);
  assert.equal(leftOut, 0);
  await assertSameFiles(ws.at(whole), ws.at(joined));
  return { whole: ws.at(whole), joined: ws.at(joined) };
}

describe("partial jobs and downsample", () => {
  it("make the volume that one job makes, at an offset that is no multiple of the factors", async () => {
    const { joined } = await made({
      name: "raw",
      parts: quarters,
      destination: { voxelOffset: [5, 7, 3] },
      between: async (path, told) => {
        assert.match(told, /cirrus downsample/);
        const { state, mips, problems } = await ws.json<VerifyReport>(["verify", path]);
        assert.equal(state, "partial");
        assert.deepEqual(problems, []);
        assert.equal(mips[0]?.notMade, 0);
        assert.ok(mips[1]!.notMade > 0 && mips.at(-1)!.verified === 0);
      },
    });
    await assertMips(joined, {
      voxels: grey,
      offset: [5, 7, 3],
      method: "mean",
      factors: [[2, 2, 1], [2, 2, 1], [2, 2, 2], [2, 2, 2], [2, 2, 2]], // prettier-ignore
    });
    assert.equal((await ws.json<VerifyReport>(["verify", joined])).state, "complete");
  });

  it("make the same coarse mips of a lossy volume, from lossless copies that are gone at the end", async () => {
    const { whole, joined } = await made({
      name: "jpeg",
      parts: halves,
      destination: { encoding: "jpeg:80" },
      between: async (path) => assert.ok((await namesIn(`${path}/provenance.d/scratch`)).length > 0),
    });
    for (const path of [whole, joined]) assert.deepEqual(await namesIn(`${path}/provenance.d/scratch`), []);
    assert.equal((await ws.json<VerifyReport>(["verify", joined])).state, "complete");
  });

  it("make the same shards, and cover whole ones only", async () => {
    const sharding = { preshift_bits: 1, minishard_bits: 1 };
    const { joined } = await made({ name: "shards", parts: halves, destination: { sharding } });
    const names = [...(await storedFiles(joined)).keys()].filter((name) => name !== "info");
    assert.deepEqual(
      names.filter((name) => !name.endsWith(".shard")),
      [],
    );
    await assertMips(joined, {
      voxels: grey,
      offset: [0, 0, 0],
      method: "mean",
      factors: [[2, 2, 1], [2, 2, 1], [2, 2, 2], [2, 2, 2], [2, 2, 2]], // prettier-ignore
    });
    assert.equal((await ws.json<VerifyReport>(["verify", joined])).state, "complete");
    const config = await ws.config("cut", {
      source: source("grey", { y: [32, 117] }),
      destination: { path: "./cut", resolutionNm: [4, 4, 30], chunkSize, sharding },
    });
    const { stderr } = await ws.expect(2, ["ingest", config]);
    assert.match(stderr, /whole shards of 64 x 64 x 8: the nearest legal box is .*0.*150.*0.*117/);
  });

  it("make the same labels, gzipped in cloud-volume's layout", async () => {
    await writeTiles(ws.at("labels"), labels({ dataType: "uint8", size }), { tile: [64, 50] });
    const { joined } = await made({
      name: "labels",
      parts: halves,
      root: "labels",
      destination: { type: "segmentation", dataType: "uint64", voxelOffset: [-1, -3, 64], layout: "cloudvolume" },
    });
    const names = [...(await storedFiles(joined)).keys()].filter((name) => name !== "info");
    assert.deepEqual(
      names.filter((name) => !name.endsWith(".gz")),
      [],
    );
  });
});
