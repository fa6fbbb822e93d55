// The build of the viewer's page fails rather than make a page that is dead in the browser.
import assert from "node:assert/strict";
import { spawnSync } from "node:child_process";
import { cpSync, existsSync, mkdirSync, mkdtempSync, readFileSync, rmSync, symlinkSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { dirname, join } from "node:path";
import { after, before, describe, it } from "node:test";
import { fileURLToPath } from "node:url";

const root = join(dirname(fileURLToPath(import.meta.url)), "../..");
const folder = mkdtempSync(join(tmpdir(), "cirrus-viewer-build-"));

const build = () =>
  spawnSync(process.execPath, [join(folder, "scripts/build-viewer.mjs")], { cwd: folder, encoding: "utf8" });

describe("the build of the viewer", () => {
  before(() => {
    mkdirSync(join(folder, "scripts"));
    cpSync(join(root, "scripts/build-viewer.mjs"), join(folder, "scripts/build-viewer.mjs"));
    cpSync(join(root, "viewer"), join(folder, "viewer"), {
      recursive: true,
      filter: (path) => !path.includes("node_modules"),
    });
  });
  after(() => rmSync(folder, { recursive: true, force: true }));

  it("says what to do where its packages are not installed", () => {
    const { status, stderr } = build();
    assert.equal(status, 1);
    assert.match(stderr, /neuroglancer\/package\.json.* is missing: run `npm ci`/);
  });

  it("fails when the page comes out without its workers, and leaves none", { timeout: 600_000 }, () => {
    symlinkSync(join(root, "node_modules"), join(folder, "node_modules"), "junction");
    const config = join(folder, "viewer/vite.config.mjs");
    const text = readFileSync(config, "utf8");
    // As if a new bundler saw the workers no more.
    const blind = text.replace("[showWorkersToVite(), writeOutFunctions()]", "[writeOutFunctions()]");
    assert.notEqual(blind, text);
    writeFileSync(config, blind);
    const { status, stderr } = build();
    assert.equal(status, 1);
    assert.match(stderr, /viewer: the page came out without its worker \w+\.bundle/);
    assert.ok(!existsSync(join(folder, "dist/viewer")));
  });
});
