// From files to a verified volume, by the built command line: every voxel of every mip, read by our library.
import assert from "node:assert/strict";
import { mkdir, readFile } from "node:fs/promises";
import { after, before, describe, it } from "node:test";
import type { VerifyReport } from "#src/verify/verify-volume.js";
import { writePages, writeTiles } from "../fixtures/stack-files.js";
import { assertMips, leftovers } from "../fixtures/volume-checks.js";
import { labels, noise, widened } from "../fixtures/voxels.js";
import { workspace, type Workspace } from "../fixtures/workspace.js";

let ws: Workspace;
before(async () => (ws = await workspace()));
after(() => ws.dispose());

interface Shown {
  readonly sources: readonly string[];
  readonly motivations: readonly string[];
  readonly processes: readonly { readonly task: string }[];
  readonly codeEnvs: readonly unknown[];
  readonly jobs: readonly {
    readonly jobId: string;
    readonly status: string;
    readonly end: { readonly outputs: { readonly contrast: { readonly low: number; readonly high: number } } };
  }[];
}

/** Ingests and verifies; gives the volume's path. */
async function ingested(name: string, source: object, destination: object, ...flags: string[]): Promise<string> {
  const config = await ws.config(name, { source, destination: { path: `./${name}`, ...destination } });
  await ws.expect(0, ["ingest", config, "-p", "2", "--no-fsync", ...flags]);
  const report = await ws.json<VerifyReport>(["verify", ws.at(name)]);
  assert.equal(report.state, "complete");
  assert.deepEqual(report.problems, []);
  assert.deepEqual(await leftovers(ws.at(name)), []);
  return ws.at(name);
}

describe("ingest, verify, preview, provenance show", () => {
  it("make an 8-bit CATMAID stack of odd sizes a volume, every voxel as defined", async () => {
    const voxels = noise({ dataType: "uint8", size: [201, 139, 71] });
    await writeTiles(ws.at("tiles8"), voxels, { tile: [64, 50], firstSection: 4 });
    const path = await ingested(
      "grey8",
      { plugin: "catmaid", params: { root: "./tiles8", extension: "png", tileSize: [64, 50] } },
      { resolutionNm: [4, 4, 40], voxelOffset: [5, -7, 3], chunkSize: [32, 32, 16] },
    );
    await assertMips(path, {
      voxels,
      offset: [5, -7, 7],
      method: "mean",
      // 4 4 40, 8 8 40, 16 16 40, 32 32 40, then all axes until one chunk holds the volume
      factors: [[2, 2, 1], [2, 2, 1], [2, 2, 1], [2, 2, 2], [2, 2, 2], [2, 2, 2]], // prettier-ignore
    });
    const again = ["verify", path, "--source", "--sample", "40"];
    const { source } = await ws.json<{ source: { compared: number; differing: string[] } }>(again);
    assert.ok(source.compared >= 40);
    assert.deepEqual(source.differing, []);

    await ws.expect(0, ["preview", path, "--out", ws.at("grey8.png")]);
    assert.equal((await readFile(ws.at("grey8.png"))).subarray(1, 4).toString("latin1"), "PNG");

    const shown = await ws.json<Shown>(["provenance", "show", path]);
    assert.deepEqual(shown.sources, ["https://example.org/stack"]);
    assert.deepEqual(shown.motivations, ["to see the whole way work"]);
    assert.equal(shown.processes[0]?.task, "ingested by a test");
    assert.ok(shown.codeEnvs.length > 0);
    assert.deepEqual(
      shown.jobs.map(({ status }) => status),
      ["completed"],
    );
    const { contrast } = shown.jobs[0]!.end.outputs;
    assert.ok(contrast.low >= 1 && contrast.low < 8 && contrast.high > 247, JSON.stringify(contrast)); // even noise
  });

  it("take 16-bit pages of several TIFFs and mips chosen by hand", async () => {
    const voxels = noise({ dataType: "uint16", size: [101, 77, 23] });
    await mkdir(ws.at("tif16"));
    await writePages(ws.at("tif16", "part2.tif"), voxels, { to: 9, compression: "lzw", predictor: 2 });
    await writePages(ws.at("tif16", "part10.tif"), voxels, {
      from: 9,
      isBig: true,
      isBigEndian: true,
      tile: [32, 16],
      compression: "deflate",
    });
    const path = await ingested(
      "grey16",
      { plugin: "multipage-tiff", params: { files: "./tif16/*.tif" } },
      { resolutionNm: [8, 8, 30], voxelOffset: [1, 2, 3], chunkSize: [32, 32, 8], mips: [[2, 2, 1], [2, 2, 2], [3, 1, 2]] }, // prettier-ignore
    );
    await assertMips(path, {
      voxels,
      offset: [1, 2, 3],
      method: "mean",
      factors: [[2, 2, 1], [2, 2, 2], [3, 1, 2]], // prettier-ignore
    });
  });

  it("keep labels exact, widened to uint64, and take the mode", async () => {
    const voxels = labels({ dataType: "uint32", size: [90, 61, 33] });
    await writePages(ws.at("labels.tif"), voxels, { compression: "packbits", rowsPerStrip: 7 });
    const path = await ingested(
      "labels",
      { plugin: "multipage-tiff", params: { files: "./labels.tif" } },
      {
        type: "segmentation",
        dataType: "uint64",
        resolutionNm: [16, 16, 40],
        voxelOffset: [3, 1, 5],
        chunkSize: [32, 32, 16],
      },
    );
    await assertMips(path, {
      voxels: widened(voxels, "uint64"),
      offset: [3, 1, 5],
      method: "mode",
      factors: [[2, 2, 1], [2, 2, 2], [2, 2, 2]], // prettier-ignore
    });
  });

  it("keep the channels of RGB tiles apart", async () => {
    const voxels = noise({ dataType: "uint8", size: [70, 55, 6], channels: 3 });
    await writeTiles(ws.at("tilesRgb"), voxels, { tile: [32, 32] });
    const path = await ingested(
      "rgb",
      { plugin: "catmaid", params: { root: "./tilesRgb", extension: "png", tileSize: 32 } },
      { resolutionNm: [10, 10, 50], channels: 3, chunkSize: [32, 32, 4], mips: [[2, 2, 1]] },
    );
    await assertMips(path, { voxels, offset: [0, 0, 0], method: "mean", factors: [[2, 2, 1]] });
  });

  it("average float32 in double, and 64-bit integers exactly", async () => {
    const floats = noise({ dataType: "float32", size: [65, 47, 19] });
    const wide = noise({ dataType: "uint64", size: [40, 31, 9] });
    await writePages(ws.at("floats.tif"), floats, { compression: "deflate", predictor: 3 });
    await writePages(ws.at("wide.tif"), wide);
    const factors = [[2, 2, 2], [2, 2, 2]] as const; // prettier-ignore
    const rest = { resolutionNm: [8, 8, 8], voxelOffset: [1, 0, 1], chunkSize: [32, 32, 8], mips: factors };
    for (const [name, voxels] of Object.entries({ floats, wide })) {
      const path = await ingested(name, { plugin: "multipage-tiff", params: { files: `./${name}.tif` } }, rest);
      await assertMips(path, { voxels, offset: [1, 0, 1], method: "mean", factors });
    }
  });
});
