import assert from "node:assert/strict";
import { spawn } from "node:child_process";
import { once } from "node:events";
import { mkdtemp, readdir, readFile, rm, symlink, writeFile } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { after, before, describe, it } from "node:test";
import { setTimeout as sleep } from "node:timers/promises";
import { fileURLToPath } from "node:url";
import { isCirrusError } from "#src/core/errors.js";
import { openStore } from "#src/storage/open.js";
import type { KeyValueStore } from "#src/storage/store.js";
import { openDestination } from "../../fixtures/destination.js";

const jobId = "0abcde-fghk";
let base = "";
before(async () => {
  base = await mkdtemp(join(tmpdir(), "cirrus-file-"));
});
after(() => rm(base, { recursive: true }));

const program = (name: string): string => fileURLToPath(new URL(`../programs/${name}.js`, import.meta.url));
const start = (name: string, ...args: readonly string[]) =>
  spawn(process.execPath, [program(name), ...args], { stdio: ["ignore", "pipe", "inherit"] });

const listed = async (store: KeyValueStore, prefix = ""): Promise<string[]> => {
  const keys: string[] = [];
  for await (const { key } of store.list(prefix)) keys.push(key);
  return keys.sort();
};

describe("a store in a folder", () => {
  it("leaves nothing but the object after a put, with or without a job", async () => {
    for (const options of [{}, { jobId }]) {
      const root = await mkdtemp(join(base, "litter-"));
      const store = await openDestination(root, options);
      const first = await store.put("info", Buffer.from("{}"), { ifVersion: "absent" });
      assert.deepEqual(await readdir(root), ["info"]);
      assert.equal(first.kind, "written");
      if (first.kind === "written") await store.put("info", Buffer.from("{ }"), { ifVersion: first.version });
      await store.put("info", Buffer.from("{}"), { ifVersion: "absent" });
      await store.put("info", Buffer.from("{}"), { ifVersion: "stale" });
      assert.deepEqual(await readdir(root), ["info"]);
    }
  });

  it("leaves nothing after a put that failed", async () => {
    const root = await mkdtemp(join(base, "failed-"));
    const store = await openDestination(root, { jobId });
    await store.put("a", Buffer.from("x"));
    await store.put("b/c", Buffer.from("x"));
    const isUnwritable = (error: unknown): boolean => isCirrusError(error, "E_DESTINATION_UNWRITABLE");
    await assert.rejects(store.put("a/below", Buffer.from("x")), isUnwritable);
    await assert.rejects(store.put("a/below", Buffer.from("x"), { ifVersion: "absent" }), isUnwritable);
    await assert.rejects(store.put("b", Buffer.from("x")), isUnwritable);
    await assert.rejects(store.put("n".repeat(300), Buffer.from("x")), isUnwritable);
    assert.deepEqual((await readdir(root)).sort(), ["a", "b"]);
  });

  it("leaves the object as it was when the parts of a new one end early", async () => {
    const root = await mkdtemp(join(base, "parts-"));
    const store = await openDestination(root, { jobId });
    await store.put("a", Buffer.from("old"));
    const parts = {
      byteLength: 8,
      *[Symbol.iterator]() {
        yield Buffer.from("half");
        throw new Error("no more");
      },
    };
    await assert.rejects(store.putParts!("a", parts), /no more/);
    assert.deepEqual(await readdir(root), ["a"]);
    assert.equal(Buffer.from((await store.get("a"))!.bytes).toString(), "old");
  });

  it("removes folders that a delete empties, but not the root", async () => {
    const root = await mkdtemp(join(base, "delete-"));
    const store = await openDestination(root);
    await store.put("a/b/c", Buffer.from("x"));
    await store.put("a/d", Buffer.from("x"));
    await store.delete("a/b/c");
    assert.deepEqual(await readdir(join(root, "a")), ["d"]);
    await store.delete("a/d");
    assert.deepEqual(await readdir(root), []);
  });

  it("gives an object another version although size, time and inode number come again", async () => {
    const root = await mkdtemp(join(base, "version-"));
    const store = await openDestination(root);
    let last = await store.put("key", Buffer.from("0"), { ifVersion: "absent" });
    const versions = new Set<string>();
    for (let i = 0; i < 200; i++) {
      assert.equal(last.kind, "written");
      if (last.kind !== "written") return;
      assert.equal(versions.has(last.version), false);
      versions.add(last.version);
      last = await store.put("key", Buffer.from(`${i % 10}`), { ifVersion: last.version });
    }
  });

  it("follows links to files and folders, but not in a circle", async () => {
    const root = await mkdtemp(join(base, "links-"));
    const elsewhere = await mkdtemp(join(base, "elsewhere-"));
    await writeFile(join(elsewhere, "chunk"), "x");
    await symlink(elsewhere, join(root, "scale"));
    await symlink(root, join(root, "circle"));
    await symlink(join(root, "nowhere"), join(root, "broken"));
    const store = await openStore(root);
    assert.deepEqual(await listed(store), ["scale/chunk"]);
    assert.equal(Buffer.from((await store.get("scale/chunk"))?.bytes ?? []).toString(), "x");
  });

  it("says which file is gone when it cannot be made durable", async () => {
    const root = await mkdtemp(join(base, "gone-"));
    const store = await openDestination(root);
    await store.put("a", Buffer.from("x"));
    await assert.rejects(
      store.sync(["a", "b"]),
      (error: unknown) =>
        isCirrusError(error, "E_DESTINATION_UNWRITABLE") && /b was written, but is gone/.test(error.message),
    );
    const scratch = await openDestination(root, { fsync: false });
    await scratch.sync(["b"]);
  });

  it("reads parts of a file that were not there when reading began as missing, not as zeros", async () => {
    const root = await mkdtemp(join(base, "short-"));
    await writeFile(join(root, "key"), "abc");
    const store = await openStore(root);
    assert.deepEqual(await store.getRange("key", { offset: 1, length: 10 }), Uint8Array.from(Buffer.from("bc")));
  });
});

describe("many processes on one folder", () => {
  it("lose no count of 24 that add to one object, and leave nothing behind", { timeout: 300_000 }, async () => {
    const root = await mkdtemp(join(base, "many-"));
    const children = Array.from({ length: 24 }, () => start("add-one", root, "deep/count", "5"));
    const codes = await Promise.all(children.map(async (child) => ((await once(child, "exit")) as [number | null])[0]));
    assert.deepEqual(new Set(codes), new Set([0]));
    assert.equal(await readFile(join(root, "deep/count"), "utf8"), "120");
    assert.deepEqual(await readdir(root), ["deep"]);
  });

  it(
    "write again what is removed from under them, unfinished files and folders alike",
    { timeout: 300_000 },
    async () => {
      const url = await mkdtemp(join(base, "meanwhile-"));
      const store = await openDestination(url);
      const writer = start("put-forever", url, jobId);
      await once(writer.stdout, "data");
      let swept = 0;
      const deadline = performance.now() + 120_000;
      while (swept < 5 && performance.now() < deadline) {
        swept += await store.sweep(jobId);
        for (const key of await listed(store, "scale/")) await store.delete(key);
        await sleep(1);
      }
      assert.ok(swept >= 5, `${swept} unfinished files were removed`);
      assert.equal(writer.exitCode, null);
      writer.kill("SIGKILL");
      await once(writer, "exit");
    },
  );

  for (const job of [jobId, ""]) {
    it(`killed in mid put ${job ? "of a job" : "without a job"} show nothing unfinished, and sweep removes it`, async () => {
      const root = await mkdtemp(join(base, "killed-"));
      const url = join(root, "volume");
      const store = await openDestination(url);
      let found = 0;
      for (let round = 0; found === 0 && round < 30; round++) {
        const child = start("put-forever", url, job);
        await once(child.stdout, "data");
        await sleep(round % 10);
        child.kill("SIGKILL");
        await once(child, "exit");
        for await (const { key, sizeBytes } of store.list("")) {
          if (key !== "counter") assert.match(key, /^scale\/\d+-\d$/);
          if (key !== "counter") assert.equal(sizeBytes, 8 << 20, key);
        }
        const before = await listed(store);
        found += await unfinishedIn(url);
        assert.equal(await store.sweep(jobId), found);
        assert.equal(await unfinishedIn(url), 0);
        assert.deepEqual(await listed(store), before);
      }
      assert.ok(found > 0, "no kill hit a put");
    });
  }

  it("keeps the unfinished files of living writers and of other jobs when it sweeps", async () => {
    const root = await mkdtemp(join(base, "sweep-"));
    const store = await openDestination(root);
    const names = {
      ofJob: `.cirrus-tmp.${jobId}.1-0123456789-0`,
      ofLonger: `.cirrus-tmp.${jobId}x.1-0123456789-0`,
      ofOther: ".cirrus-tmp.1abcde-fghk.1-0123456789-0",
      ofLiving: `.cirrus-tmp.none.${process.pid}-0123456789-0`,
      ofDead: `.cirrus-tmp.none.${await pidOfDead()}-0123456789-0`,
      deadLock: ".cirrus-tmp.lock.0123456789abcdef",
    };
    for (const name of Object.values(names)) await writeFile(join(root, name), "");
    assert.deepEqual(await listed(store), []);
    assert.equal(await store.sweep(jobId), 3);
    assert.deepEqual((await readdir(root)).sort(), [names.ofLonger, names.ofLiving, names.ofOther].sort());
    await assert.rejects(store.sweep("../x"), /no job id/);
  });
});

const unfinishedIn = async (folder: string): Promise<number> =>
  (await readdir(folder)).filter((name) => name.startsWith(".cirrus-tmp")).length;

async function pidOfDead(): Promise<number> {
  const child = spawn(process.execPath, ["--version"], { stdio: "ignore" });
  await once(child, "exit");
  return child.pid ?? 0;
}
