/** Disks with FAT or exFAT know no hard links, which conditional puts use elsewhere. */
import assert from "node:assert/strict";
import { execFileSync, spawn, spawnSync } from "node:child_process";
import { once } from "node:events";
import { mkdtemp, readdir, readFile, rm } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { after, before, describe, it } from "node:test";
import { fileURLToPath } from "node:url";

const hasCompiler = process.platform === "linux" && spawnSync("cc", ["--version"]).status === 0;

describe("a file system without links", { skip: !hasCompiler && "needs Linux and cc" }, () => {
  let folder = "";
  let library = "";
  before(async () => {
    folder = await mkdtemp(join(tmpdir(), "cirrus-links-"));
    library = join(folder, "no-links.so");
    const source = fileURLToPath(new URL("../../../test/fixtures/no-links.c", import.meta.url));
    execFileSync("cc", ["-shared", "-fPIC", "-o", library, source]);
  });
  after(() => rm(folder, { recursive: true }));

  it("gives one of many processes the creation, and loses no count", { timeout: 300_000 }, async () => {
    const root = join(folder, "volume");
    const program = fileURLToPath(new URL("../storage/programs/add-one.js", import.meta.url));
    const children = Array.from({ length: 8 }, () =>
      spawn(process.execPath, [program, root, "deep/count", "4"], {
        stdio: ["ignore", "inherit", "inherit"],
        env: { ...process.env, LD_PRELOAD: library },
      }),
    );
    const codes = await Promise.all(children.map(async (child) => ((await once(child, "exit")) as [number | null])[0]));
    assert.deepEqual(new Set(codes), new Set([0]));
    assert.equal(await readFile(join(root, "deep/count"), "utf8"), "32");
    assert.deepEqual(await readdir(root), ["deep"]);
  });
});
