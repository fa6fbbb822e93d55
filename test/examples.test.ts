// Every example that we show runs as it is written: those under configs/, copied beside a small sample that lies where they expect
// it, and README's use of the library.
import assert from "node:assert/strict";
import { spawnSync } from "node:child_process";
import {
  cpSync,
  existsSync,
  mkdirSync,
  mkdtempSync,
  readdirSync,
  readFileSync,
  renameSync,
  rmSync,
  symlinkSync,
  writeFileSync,
} from "node:fs";
import { tmpdir } from "node:os";
import { dirname, join } from "node:path";
import { after, before, describe, it } from "node:test";
import { fileURLToPath } from "node:url";
import ts from "typescript";
import { parse } from "yaml";

const root = join(dirname(fileURLToPath(import.meta.url)), "../..");
const folder = mkdtempSync(join(tmpdir(), "cirrus-configs-"));
const configs = readdirSync(join(root, "configs"), { recursive: true, encoding: "utf8" })
  .filter((name) => /\.(ya?ml|json)$/.test(name))
  .sort();

function node(...parameters: string[]) {
  const env = { ...process.env, CIRRUS_HOME: join(folder, "home") };
  return spawnSync(process.execPath, parameters, { cwd: folder, env, encoding: "utf8" });
}
const cirrus = (...parameters: string[]) => node(join(root, "bin/cirrus.js"), ...parameters);

describe("examples", () => {
  before(() => {
    cpSync(join(root, "configs"), join(folder, "configs"), { recursive: true });
    // The example plugin imports cirrus/plugin, as it would where cirrus is installed.
    mkdirSync(join(folder, "node_modules"));
    symlinkSync(root, join(folder, "node_modules/cirrus"), "junction");
    for (const [out, depth, ...more] of [
      ["quickstart/stack", 64],
      ["quickstart/sample.tif", 8],
      ["quickstart/sample.h5", 8],
      ["quickstart/raw", 8, "--raw"],
    ] as const) {
      const { status, stderr } = node(
        join(root, "scripts/make-sample.mjs"),
        out,
        "--size",
        `512,512,${depth}`,
        ...more,
      );
      assert.equal(status, 0, stderr);
    }
  });
  after(() => {
    cirrus("store", "stop");
    rmSync(folder, { recursive: true, force: true });
  });

  // One example is in Python, which is no part of Node.
  const hasPython = spawnSync("python3", ["--version"]).status === 0;
  for (const config of configs)
    it(`runs ${config}`, { skip: config.startsWith("command") && !hasPython && "needs python3" }, () => {
      const { status, stderr } = cirrus("ingest", join("configs", config), "-p", "1");
      assert.equal(status, 0, stderr);
      const { destination } = parse(readFileSync(join(root, "configs", config), "utf8")) as {
        destination: { path: string };
      };
      assert.ok(existsSync(join(folder, "configs", dirname(config), destination.path, "info")));
    });

  it("runs what README shows of the library", () => {
    const [, shown] = /```ts\n([\s\S]*?)```/.exec(readFileSync(join(root, "README.md"), "utf8"))!;
    const script = ts.transpileModule(shown!, {
      compilerOptions: { module: ts.ModuleKind.ESNext, target: ts.ScriptTarget.ES2022 },
    });
    renameSync(join(folder, "quickstart/from-catmaid"), join(folder, "volume"));
    writeFileSync(join(folder, "example.mjs"), script.outputText);
    const { status, stderr } = node("example.mjs");
    assert.equal(status, 0, stderr);
    const chunk = readFileSync(join(folder, "volume/4_4_40/0-64_0-64_0-64"));
    assert.deepEqual(new Set(chunk.subarray(12 * 64 * 64, 13 * 64 * 64)), new Set([0]));
    assert.ok(new Set(chunk.subarray(13 * 64 * 64, 14 * 64 * 64)).size > 10);
    const verified = cirrus("verify", "volume");
    assert.equal(verified.status, 0, verified.stdout);
  });
});
