// A part that is ingested anew: the coarse mips above it, which an earlier job made, are known to be old and are made again.
import assert from "node:assert/strict";
import { rm } from "node:fs/promises";
import { after, before, describe, it } from "node:test";
import type { VerifyReport } from "#src/verify/verify-volume.js";
import { writeTiles } from "../fixtures/stack-files.js";
import { assertMips } from "../fixtures/volume-checks.js";
import { noise } from "../fixtures/voxels.js";
import { workspace, type Workspace } from "../fixtures/workspace.js";

const size = [100, 60, 20] as const;
const tile = { tile: [64, 64] as const };

let ws: Workspace;
before(async () => {
  ws = await workspace();
  await writeTiles(ws.at("stack"), noise({ dataType: "uint8", size }), tile);
});
after(() => ws.dispose());

const config = (name: string, extent?: object) =>
  ws.config(name, {
    source: {
      plugin: "catmaid",
      params: { root: "./stack", extension: "png", tileSize: 64 },
      ...(extent && { extent }),
    },
    destination: { path: "./volume", resolutionNm: [8, 8, 8], chunkSize: [32, 32, 16], mips: [[2, 2, 2], [2, 2, 1]] }, // prettier-ignore
  });

const verified = () => ws.json<VerifyReport>(["verify", "./volume"]);

describe("a part that is overwritten", () => {
  it("leaves coarse mips outdated, which verify tells, until downsample has made them again", async () => {
    await ws.expect(0, ["ingest", await config("whole"), "-p", "1"]);
    assert.equal((await verified()).state, "complete");

    const [old, other] = [noise({ dataType: "uint8", size }), noise({ dataType: "uint8", size, channels: 2 })];
    const renewed = { ...other, channels: 1, data: other.data.slice(old.data.length) };
    await rm(ws.at("stack"), { recursive: true });
    await writeTiles(ws.at("stack"), renewed, tile);
    await ws.expect(0, ["ingest", await config("part", { x: [32, 100] }), "-p", "1", "--overwrite"]);
    const partial = await verified();
    assert.equal(partial.state, "partial");
    assert.deepEqual(partial.problems, []);
    // Mip 1 has chunks at x 0 to 32 (half of it replaced) and 32 to 50; mip 2 is one chunk wide, and made of both.
    assert.deepEqual(
      partial.mips.map(({ outdated }) => outdated),
      [0, 1, 1],
    );

    await ws.expect(0, ["downsample", "./volume", "--motivation", "a part was ingested anew", "-p", "1"]);
    assert.equal((await verified()).state, "complete");
    const voxels = { ...old, data: old.data.map((value, i) => (i % size[0] < 32 ? value : renewed.data[i]!) as never) };
    await assertMips(ws.at("volume"), { voxels, offset: [0, 0, 0], method: "mean", factors: [[2, 2, 2], [2, 2, 1]] }); // prettier-ignore
  });
});
