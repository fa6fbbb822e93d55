// The script that `provenance script` prints makes the same volume again; log, diff and check agree about both.
import assert from "node:assert/strict";
import { execFile, execFileSync } from "node:child_process";
import { mkdir, readFile, writeFile } from "node:fs/promises";
import { dirname } from "node:path";
import { after, before, describe, it } from "node:test";
import { promisify } from "node:util";
import { cirrusScript, cleanEnv } from "../cli/run-cli.js";
import { writeTiles } from "../fixtures/stack-files.js";
import { namesIn } from "../fixtures/volume-checks.js";
import { noise } from "../fixtures/voxels.js";
import { workspace, type Workspace } from "../fixtures/workspace.js";

const size = [80, 50, 12] as const;
const motivation = 'it\'s "quoted" $HOME `id` \\ and\nlong';
let ws: Workspace;

function git(...args: string[]): void {
  execFileSync("git", ["-c", "user.name=a", "-c", "user.email=a@b", ...args], { cwd: ws.at("lab"), stdio: "pipe" });
}

/** A repository with a config and uncommitted changes, a clone of it that serves as its remote, and a volume made in two parts. */
before(async () => {
  ws = await workspace();
  await mkdir(ws.at("lab"));
  await writeTiles(ws.at("lab/tiles"), noise({ dataType: "uint8", size }), { tile: [40, 25] });
  git("init", "--quiet");
  await writeFile(ws.at("lab/.gitignore"), "tiles\n");
  await writeFile(ws.at("lab/notes.txt"), "first\n");
  git("add", ".");
  git("commit", "--quiet", "-m", "first");
  execFileSync("git", ["clone", "--quiet", "--bare", ws.at("lab"), ws.at("remote.git")]);
  git("remote", "add", "origin", ws.at("remote.git"));
  await writeFile(ws.at("lab/notes.txt"), "second\n");
  await writeFile(ws.at("lab/new.txt"), "untracked\n");
  for (const [name, z] of [
    ["one", [0, 8]],
    ["two", [8, 12]],
  ] as const) {
    // prettier-ignore
    const source = { plugin: "catmaid", params: { root: "./tiles", extension: "png", tileSize: [40, 25] }, extent: { z } };
    const destination = { path: "../made", resolutionNm: [4, 4, 4], chunkSize: [32, 32, 8], mips: [[2, 2, 2]] };
    const provenance = { sources: [ws.at("lab/tiles")], motivation, process: { description: `part ${name}` } };
    await ws.config(`lab/${name}`, { source, destination, provenance });
  }
  // Both are there before the first run: else the second would have run with other code.
  for (const name of ["one", "two"]) await ws.expect(0, ["ingest", `lab/${name}.json`, "-p", "1", "--no-fsync"]);
  await ws.expect(0, ["downsample", "made", "--motivation", motivation, "-p", "1"]);
});
after(() => ws.dispose());

const chunksOf = async (volume: string) =>
  Promise.all(
    ["4_4_4", "8_8_8"].map(async (scale) =>
      Promise.all(
        (await namesIn(ws.at(volume, scale))).map(async (name) => [name, (await readFile(ws.at(volume, scale, name))).toString("base64")] as const), // prettier-ignore
      ),
    ),
  );

describe("a volume that is made again by its script", () => {
  it("has the same chunks, byte for byte, and the code that made it", async () => {
    const { stdout } = await ws.expect(0, ["provenance", "script", "made"]);
    await writeFile(ws.at("again.sh"), stdout);
    const env = {
      ...cleanEnv(ws.path),
      PATH: `${dirname(process.execPath)}:${process.env.PATH}`,
      CIRRUS: `${process.execPath} ${cirrusScript}`,
      CHECKOUT: "yes",
    };
    await promisify(execFile)("sh", ["again.sh", 'again "2" $x'], { cwd: ws.path, env });
    assert.deepEqual(await chunksOf('again "2" $x'), await chunksOf("made"));
    const work = await namesIn(ws.at("rerun"));
    const lab = work.find((name) => name.startsWith("remote_"))!;
    assert.equal(await readFile(ws.at("rerun", lab, "notes.txt"), "utf8"), "second\n");
    assert.equal(await readFile(ws.at("rerun", lab, "new.txt"), "utf8"), "untracked\n");
  });

  it("differs from the first in its place only", async () => {
    type Diff = { readonly differences: readonly { readonly path: string }[] };
    const { differences } = await ws.json<Diff>(["provenance", "diff", "made", 'again "2" $x']);
    assert.deepEqual(
      differences.map(({ path }) => path).filter((path) => !/^(sources\[0\]|inputs\.)/.test(path)),
      [],
    );
    const parts = await ws.json<{ readonly items: readonly { readonly jobId: string; readonly kind: string }[] }>([
      "provenance",
      "log",
      "made",
    ]);
    assert.deepEqual(parts.items.map(({ kind }) => kind), ["start", "end", "start", "end", "start", "end"]); // prettier-ignore
    const jobs = parts.items.map(({ jobId }) => jobId);
    const between = await ws.json<Diff>(["provenance", "diff", `made#${jobs[0]}`, `made#${jobs[2]}`]);
    const paths = between.differences.map(({ path }) => path);
    for (const path of ["process.description", "parameters.config.source.extent.z[0]", "outputs.tree"])
      assert.ok(paths.includes(path), `${path} in ${paths.join(" ")}`);
    assert.ok(!paths.some((path) => path.startsWith("code.")));
  });

  it("is as recorded until a source changes", async () => {
    await ws.expect(0, ["provenance", "check", "made", "--repository", "lab"]);
    const tile = ws.at("lab/tiles/3/0_1_0.png");
    const bytes = await readFile(tile);
    bytes[bytes.length - 5]! ^= 1;
    await writeFile(tile, bytes);
    const { stdout } = await ws.expect(7, ["provenance", "check", "made"]);
    assert.match(stdout, /stale {2}catmaid tiles: 3\/0_1_0\.png: other content/);
    assert.match(stdout, /ok {7}chunks: \d+ objects as documented, by digest/);
  });
});
