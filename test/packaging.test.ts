// The package as a user gets it: what is in it, and that it works when installed into an empty folder.
import assert from "node:assert/strict";
import { execFileSync, spawnSync } from "node:child_process";
import { mkdtempSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { dirname, join } from "node:path";
import { after, before, describe, it } from "node:test";
import { fileURLToPath } from "node:url";

const root = join(dirname(fileURLToPath(import.meta.url)), "../..");
const folder = mkdtempSync(join(tmpdir(), "cirrus-packaging-"));
const env = { ...process.env, CIRRUS_HOME: join(folder, "home") };
const run = (cwd: string, command: string, ...parameters: string[]): string =>
  execFileSync(command, parameters, { cwd, env, encoding: "utf8", shell: process.platform === "win32" });

interface Packed {
  readonly filename: string;
  readonly size: number;
  readonly files: readonly { readonly path: string }[];
}

describe("the package", () => {
  let packed: Packed;
  before(() => {
    // npm test has built already; packing with --ignore-scripts spares a second build.
    [packed] = JSON.parse(run(root, "npm", "pack", "--json", "--ignore-scripts", "--pack-destination", folder)) as [
      Packed,
    ];
  });
  after(() => rmSync(folder, { recursive: true, force: true }));

  it("holds what a user needs and nothing else", () => {
    const paths = packed.files.map(({ path }) => path);
    for (const path of [
      "bin/cirrus.js",
      "dist/index.js",
      "dist/index.d.ts",
      "dist/plugin.js",
      "README.md",
      "LICENSE",
      "CITATION.cff",
    ])
      assert.ok(paths.includes(path), `${path} is missing`);
    const odd = paths.filter(
      (path) => !/^(bin|configs|dist|schema)\/|^(README\.md|LICENSE|CITATION\.cff|package\.json)$/.test(path),
    );
    assert.deepEqual(odd, []);
    assert.deepEqual(
      paths.filter((path) => /tsbuildinfo$|\.test\.|(?<!\.d)\.ts$/.test(path)),
      [],
      "build leavings or sources in the package",
    );
  });

  it("stays below 8 MB", () => {
    assert.ok(packed.size < 8e6, `${packed.size} bytes`);
  });

  it("installs into an empty folder without install scripts, and runs", { timeout: 300_000 }, () => {
    writeFileSync(join(folder, "package.json"), JSON.stringify({ name: "user", private: true, type: "module" }));
    run(
      folder,
      "npm",
      "install",
      "--ignore-scripts",
      "--prefer-offline",
      "--no-audit",
      "--no-fund",
      join(folder, packed.filename),
    );
    assert.match(run(folder, "npx", "--no-install", "cirrus", "--version"), /^\d+\.\d+\.\d+\s*$/);
    const script =
      'import { CirrusVolume } from "cirrus"; import { definePlugin } from "cirrus/plugin"; console.log(typeof CirrusVolume, typeof definePlugin)';
    assert.equal(run(folder, process.execPath, "--input-type=module", "-e", script), "function function\n");

    run(
      root,
      process.execPath,
      "scripts/make-sample.mjs",
      join(folder, "stack"),
      "--size",
      "128,128,8",
      "--tile",
      "64",
    );
    const job = {
      version: 1,
      source: { plugin: "catmaid", params: { root: "./stack", extension: "png", tileSize: 64 } },
      destination: { path: "./volume", resolutionNm: [4, 4, 40] },
      provenance: { sources: ["a sample"], motivation: "a test", process: { description: "ingest" } },
    };
    writeFileSync(join(folder, "job.json"), JSON.stringify(job));
    run(folder, "npx", "--no-install", "cirrus", "ingest", "job.json", "-p", "1");
    assert.match(run(folder, "npx", "--no-install", "cirrus", "verify", "volume"), /^complete/m);
    run(folder, "npx", "--no-install", "cirrus", "store", "stop");
    // Amazon's client is an optional package.
    const bucket = spawnSync("npx", ["--no-install", "cirrus", "verify", "s3://bucket/volume"], {
      cwd: folder,
      env,
      encoding: "utf8",
      shell: process.platform === "win32",
    });
    assert.equal(bucket.status, 5);
    assert.match(bucket.stderr, /s3:\/\/ needs the package @aws-sdk\/client-s3, which is not installed/);
    assert.match(bucket.stderr, /npm install @aws-sdk\/client-s3/);
  });
});
