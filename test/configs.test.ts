// Every example under configs/ runs as it is written: copied beside a small sample that lies where the example expects it.
import assert from "node:assert/strict";
import { spawnSync } from "node:child_process";
import { cpSync, existsSync, mkdirSync, mkdtempSync, readdirSync, readFileSync, rmSync, symlinkSync } from "node:fs";
import { tmpdir } from "node:os";
import { dirname, join } from "node:path";
import { after, before, describe, it } from "node:test";
import { fileURLToPath } from "node:url";
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

describe("examples in configs/", () => {
  before(() => {
    cpSync(join(root, "configs"), join(folder, "configs"), { recursive: true });
    // The example plugin imports cirrus/plugin, as it would where cirrus is installed.
    mkdirSync(join(folder, "node_modules"));
    symlinkSync(root, join(folder, "node_modules/cirrus"), "junction");
    for (const parameters of [["quickstart/stack"], ["quickstart/sample.tif"], ["quickstart/raw", "--raw"]]) {
      const { status, stderr } = node(join(root, "scripts/make-sample.mjs"), ...parameters, "--size", "512,512,8");
      assert.equal(status, 0, stderr);
    }
  });
  after(() => {
    cirrus("store", "stop");
    rmSync(folder, { recursive: true, force: true });
  });

  for (const config of configs)
    it(`runs ${config}`, () => {
      const { status, stderr } = cirrus("ingest", join("configs", config), "-p", "1");
      assert.equal(status, 0, stderr);
      const { destination } = parse(readFileSync(join(root, "configs", config), "utf8")) as {
        destination: { path: string };
      };
      assert.ok(existsSync(join(folder, "configs", dirname(config), destination.path, "info")));
    });
});
