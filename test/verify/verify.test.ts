// What `verify` finds in a volume that somebody else changed.
import assert from "node:assert/strict";
import { cp, readFile, rename, rm, writeFile } from "node:fs/promises";
import { after, before, describe, it } from "node:test";
import { gunzipSync, gzipSync } from "node:zlib";
import { listManifests } from "#src/engine/manifest.js";
import { openStore } from "#src/storage/open.js";
import { verifyVolume, type VerifyReport } from "#src/verify/verify-volume.js";
import { signalAt } from "../fixtures/signal-at.js";
import { pngTile, writeTiles } from "../fixtures/stack-files.js";
import { namesIn } from "../fixtures/volume-checks.js";
import { noise } from "../fixtures/voxels.js";
import { workspace, type Workspace } from "../fixtures/workspace.js";

const size = [80, 50, 12] as const;
let ws: Workspace;
before(async () => {
  ws = await workspace();
  await writeTiles(ws.at("tiles"), noise({ dataType: "uint8", size }), { tile: [40, 25] });
  for (const encoding of ["raw", "jpeg"]) {
    const config = await ws.config(`made-${encoding}`, {
      source: { plugin: "catmaid", params: { root: "./tiles", extension: "png", tileSize: [40, 25] } },
      destination: { path: `./made-${encoding}`, resolutionNm: [4, 4, 4], chunkSize: [32, 32, 8], mips: [[2, 2, 2]], encoding }, // prettier-ignore
    });
    await ws.expect(0, ["ingest", config, "-p", "1", "--no-fsync"]);
  }
});
after(() => ws.dispose());

/** A copy of the volume that `change` is done to. */
async function changed(name: string, change: (path: string) => Promise<unknown>): Promise<string> {
  const path = ws.at(name);
  await cp(ws.at("made-raw"), path, { recursive: true });
  await change(path);
  return path;
}

async function problemsOf(path: string): Promise<(readonly [kind: string, key: string])[]> {
  const { problems, state } = await verifyVolume(path);
  assert.equal(state, problems.length ? "mismatch" : "complete");
  return problems.map(({ kind, key }) => [kind, key] as const).sort(([, a], [, b]) => (a < b ? -1 : 1));
}

async function manifestOf(path: string): Promise<string> {
  const store = await openStore(path);
  const [job] = await namesIn(`${path}/provenance.d/manifests`);
  const [manifest] = await listManifests(store, job!);
  await store.close();
  return `${path}/${manifest!.key}`;
}

describe("verifyVolume", () => {
  it("finds an untouched volume complete", async () => {
    const report = await verifyVolume(ws.at("made-raw"));
    assert.deepEqual(
      report.mips.map(({ key, chunksOfScale, verified, notMade }) => [key, chunksOfScale, verified, notMade]),
      [
        ["4_4_4", 12, 12, 0],
        ["8_8_8", 2, 2, 0],
      ],
    );
    assert.equal(report.bytes, 80 * 50 * 12 + 40 * 25 * 6);
    assert.equal(report.state, "complete");
  });

  it("names chunks that are missing, altered, of another length, or in no manifest", async () => {
    const path = await changed("touched", async (path) => {
      await rm(`${path}/4_4_4/0-32_0-32_0-8`);
      const bytes = await readFile(`${path}/4_4_4/32-64_0-32_0-8`);
      bytes[1000]! ^= 1;
      await writeFile(`${path}/4_4_4/32-64_0-32_0-8`, bytes);
      await writeFile(`${path}/8_8_8/0-32_0-25_0-6`, bytes.subarray(1));
      await rename(`${path}/8_8_8/32-40_0-25_0-6`, `${path}/8_8_8/32-64_0-25_0-6`);
    });
    assert.deepEqual(await problemsOf(path), [
      ["missing", "4_4_4/0-32_0-32_0-8"],
      ["altered", "4_4_4/32-64_0-32_0-8"],
      ["altered", "8_8_8/0-32_0-25_0-6"],
      ["missing", "8_8_8/32-40_0-25_0-6"],
      ["undocumented", "8_8_8/32-64_0-25_0-6"],
    ]);
    const { stdout } = await ws.expect(7, ["verify", path]);
    for (const name of ["4_4_4/0-32_0-32_0-8", "8_8_8/32-64_0-25_0-6"]) assert.ok(stdout.includes(name), stdout);
  });

  it("finds manifests that are gone or were rewritten, and records that are gone", async () => {
    const gone = await changed("gone", async (path) => rm(await manifestOf(path)));
    assert.ok((await problemsOf(gone)).some(([kind]) => kind === "record"));
    const rewritten = await changed("rewritten", async (path) => {
      const file = await manifestOf(path);
      const text = gunzipSync(await readFile(file)).toString();
      await writeFile(file, gzipSync(text.replace(/"sha256":"\w{4}/, '"sha256":"0000')));
    });
    assert.deepEqual((await problemsOf(rewritten)).map(([kind]) => kind).sort(), ["altered", "record"]);
    const cut = await changed("cut", async (path) => {
      const file = await manifestOf(path);
      await writeFile(file, (await readFile(file)).subarray(0, 200));
    });
    assert.ok((await problemsOf(cut)).some(([kind]) => kind === "record"));
    const bare = await changed("bare", (path) => rm(`${path}/provenance.d`, { recursive: true }));
    const { stderr } = await ws.expect(3, ["verify", bare]);
    assert.match(stderr, /E_PROVENANCE_MISSING/);
  });
});

describe("verify of a job that runs or was killed", () => {
  it("takes chunks of a task that is not done for not made yet, and still names what no job wrote", async () => {
    const config = await ws.config("killed", {
      source: { plugin: "catmaid", params: { root: "./tiles", extension: "png", tileSize: [40, 25] } },
      destination: { path: "./killed", resolutionNm: [4, 4, 4], chunkSize: [32, 32, 8] },
    });
    const env = signalAt({ signal: "SIGSTOP", when: "after", pattern: "/4_4_4/", nth: 2 });
    const run = ws.start(["ingest", config, "-p", "1"], { env });
    const [, worker] = await run.told(/SIGSTOP (\d+)/);
    const atWork = await ws.json<VerifyReport>(["verify", "./killed"], 6);
    assert.deepEqual([atWork.state, atWork.problems], ["unfinished", []]);
    const [{ chunksOfScale, verified, notMade }] = atWork.mips as [VerifyReport["mips"][0]];
    assert.deepEqual([chunksOfScale, verified, notMade], [12, 0, 12]);
    run.child.kill("SIGKILL");
    process.kill(Number(worker), "SIGKILL");
    await run.result;

    await writeFile(ws.at("killed/4_4_4/0-32_0-32_0-9"), "");
    const killed = await ws.json<VerifyReport>(["verify", "./killed"], 7);
    assert.deepEqual(
      killed.problems.map(({ kind, key }) => [kind, key]),
      [["undocumented", "4_4_4/0-32_0-32_0-9"]],
    );
    await rm(ws.at("killed/4_4_4/0-32_0-32_0-9"));
    await ws.expect(0, ["ingest", config, "-p", "1"]);
    assert.equal((await ws.json<VerifyReport>(["verify", "./killed"])).state, "complete");
  });
});

describe("verify --source", () => {
  it("finds a tile that is not what was ingested, and bears a lossy encoding", async () => {
    const verify = ["--source", "--sample", "200"];
    await ws.expect(0, ["verify", ws.at("made-jpeg"), ...verify]);
    await ws.expect(0, ["verify", ws.at("made-raw"), ...verify]);
    const other = noise({ dataType: "uint8", size: [40, 25, 1] });
    await writeFile(ws.at("tiles/7/1_1_0.png"), pngTile(other, { x0: 0, y0: 0, z: 0, width: 40, height: 25 }));
    for (const name of ["made-raw", "made-jpeg"]) {
      const { source } = await ws.json<{ source: { differing: string[]; compared: number } }>(
        ["verify", ws.at(name), ...verify],
        7,
      );
      assert.equal(source.compared, 48);
      assert.equal(source.differing.length, 1);
      assert.match(source.differing[0]!, /^section 7, row 1, column 1: /);
    }
  });
});
