// The package as a user gets it: what is in it, and that it works when installed into an empty folder.
import assert from "node:assert/strict";
import { execFileSync, spawn, spawnSync } from "node:child_process";
import { once } from "node:events";
import { existsSync, mkdtempSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { dirname, join } from "node:path";
import { createInterface } from "node:readline";
import { after, before, describe, it } from "node:test";
import { fileURLToPath } from "node:url";

const root = join(dirname(fileURLToPath(import.meta.url)), "../..");
const folder = mkdtempSync(join(tmpdir(), "cirrus-packaging-"));
// The registry may be slow to answer, or refuse for a while.
const env = { ...process.env, CIRRUS_HOME: join(folder, "home"), npm_config_fetch_retries: "6" };
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
      "dist/viewer/index.html",
      "dist/viewer/THIRD_PARTY_NOTICES.txt",
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

  it("installs into an empty folder without install scripts, and runs", { timeout: 600_000 }, () => {
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
    // Amazon's client and SQLite are optional packages.
    const cirrus = (...args: readonly string[]) =>
      spawnSync("npx", ["--no-install", "cirrus", ...args], {
        cwd: folder,
        env,
        encoding: "utf8",
        shell: process.platform === "win32",
      });
    const bucket = cirrus("verify", "s3://bucket/volume");
    assert.equal(bucket.status, 5);
    assert.match(bucket.stderr, /s3:\/\/ needs the package @aws-sdk\/client-s3, which is not installed/);
    assert.match(bucket.stderr, /npm install @aws-sdk\/client-s3/);
    writeFileSync(join(folder, "tiles.db"), "SQLite format 3\0");
    const table = { ...job, source: { plugin: "index-file", params: { index: "tiles.db" } } };
    writeFileSync(join(folder, "table.json"), JSON.stringify(table));
    const planned = cirrus("ingest", "table.json", "--dry-run");
    assert.equal(planned.status, 4);
    assert.match(planned.stderr, /tiles\.db is an SQLite database, and the package sql\.js is not there/);
    assert.match(planned.stderr, /npm install sql\.js/);
  });

  it("serves the viewer's page, all of it, without what the page was built from", { timeout: 300_000 }, async (t) => {
    for (const name of ["neuroglancer", "vite", "ikonate"])
      assert.ok(!existsSync(join(folder, "node_modules", name)), `${name} was installed`);
    const script = join(folder, "node_modules/cirrus/bin/cirrus.js");
    const server = spawn(process.execPath, [script, "view", "volume", "--no-open", "--port", "0", "--json"], {
      cwd: folder,
      env,
      stdio: ["ignore", "pipe", "inherit"],
    });
    t.after(() => server.kill("SIGKILL"));
    const [line] = (await once(createInterface(server.stdout), "line")) as [string];
    const { origin } = new URL((JSON.parse(line) as { url: string }).url); // what the command prints
    const page = await (await fetch(`${origin}/view/`)).text();
    const [main] = /assets\/index-[\w-]+\.js/.exec(page)!;
    assert.match(await (await fetch(`${origin}/view/${main}`)).text(), /chunk_worker\.bundle-[\w-]+\.js/);
    const files = packed.files.flatMap(({ path }) => /^dist\/viewer\/(.+?)(?:\.gz)?$/.exec(path)?.[1] ?? []);
    assert.ok(files.some((name) => /chunk_worker\.bundle-[\w-]+\.js$/.test(name)));
    for (const name of files) {
      const reply = await fetch(`${origin}/view/${name}`);
      assert.equal(reply.status, 200, name);
      assert.ok((await reply.arrayBuffer()).byteLength > 0, name);
    }
    assert.equal((await fetch(`${origin}/volumes/volume/info`)).status, 200);
    server.kill("SIGINT");
    assert.deepEqual(await once(server, "exit"), [0, null]);
  });
});
