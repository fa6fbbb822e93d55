import assert from "node:assert/strict";
import { execFileSync } from "node:child_process";
import { readdirSync, readlinkSync } from "node:fs";
import { mkdir, writeFile } from "node:fs/promises";
import { join } from "node:path";
import { describe, it } from "node:test";
import { setTimeout as sleep } from "node:timers/promises";
import { pathToFileURL } from "node:url";
import { isCirrusError } from "#src/core/errors.js";
import { memorySource, openByteSource } from "#src/tiles/byte-source.js";
import { compareNaturally } from "#src/tiles/natural-order.js";
import { temporaryFolder } from "../fixtures/temporary-folder.js";

const content = Uint8Array.from({ length: 1000 }, (_, i) => i % 251);

async function fileSource() {
  const path = join(await temporaryFolder(), "a #1%.bin");
  await writeFile(path, content);
  return { path, sources: [openByteSource(path), openByteSource(pathToFileURL(path).href), memorySource(content)] };
}

describe("a byte source", () => {
  it("gives size, all bytes and ranges, of a path, a file URL and memory", async () => {
    for (const source of (await fileSource()).sources) {
      assert.equal(await source.sizeBytes(), 1000);
      assert.deepEqual(await source.bytes(), content);
      assert.deepEqual(await source.range(10, 5), content.slice(10, 15));
      assert.deepEqual(await source.range(990, 500), content.slice(990), "fewer bytes at the end");
      assert.deepEqual(await source.range(2000, 5), new Uint8Array(0));
    }
  });

  it("knows a local file's path", async () => {
    const { path, sources } = await fileSource();
    assert.deepEqual(
      sources.map((source) => source.path),
      [path, path, undefined],
    );
  });

  it("gives undefined where there is nothing", async () => {
    const folder = await temporaryFolder();
    await writeFile(join(folder, "file"), "x");
    for (const path of ["absent", "file/below"]) {
      const source = openByteSource(join(folder, path));
      assert.deepEqual(
        [await source.sizeBytes(), await source.bytes(), await source.range(0, 4)],
        [undefined, undefined, undefined],
      );
    }
  });

  it("says which file cannot be read, and why", async () => {
    const folder = join(await temporaryFolder(), "folder");
    await mkdir(folder);
    await assert.rejects(openByteSource(folder).bytes(), (error) => {
      assert.ok(isCirrusError(error, "E_SOURCE_UNREADABLE"));
      assert.equal(error.message, `cannot read ${folder}: EISDIR`);
      return true;
    });
  });

  it("does not wait for who writes into a named pipe", { skip: process.platform === "win32" }, async () => {
    const pipe = join(await temporaryFolder(), "pipe");
    execFileSync("mkfifo", [pipe]);
    assert.equal((await openByteSource(pipe).bytes())?.length, 0);
    await assert.rejects(openByteSource(pipe).range(0, 4), (error) => isCirrusError(error, "E_SOURCE_UNREADABLE"));
  });

  it("refuses schemes that nothing reads", () => {
    assert.throws(
      () => openByteSource("ftp://host/0_0_0.png"),
      (error) => isCirrusError(error, "E_SOURCE_UNSUPPORTED"),
    );
  });

  it("shares a descriptor among its readers and leaves none open", { skip: process.platform !== "linux" }, async () => {
    const { path } = await fileSource();
    const source = openByteSource(path);
    const opened = (): number => readdirSync("/proc/self/fd").filter((name) => linkOf(name) === path).length;
    const linkOf = (name: string) => {
      try {
        return readlinkSync(`/proc/self/fd/${name}`);
      } catch {
        return undefined; // of the listing itself
      }
    };
    let most = 0;
    const read = async (i: number): Promise<void> => {
      await source.range(i, 1);
      most = Math.max(most, opened());
    };
    await Promise.all(Array.from({ length: 50 }, (_, i) => read(i)));
    for (let i = 0; i < 50; i++) await read(i);
    const deadline = performance.now() + 60_000;
    while (opened() > 0 && performance.now() < deadline) await sleep(5);
    assert.deepEqual([most, opened()], [1, 0]);
  });
});

describe("natural order", () => {
  const sorted = (...names: string[]) => names.sort(compareNaturally);

  it("puts slice2 before slice10", () => {
    assert.deepEqual(sorted("slice10.tif", "slice9.tif", "slice2.tif"), ["slice2.tif", "slice9.tif", "slice10.tif"]);
    assert.deepEqual(sorted("b1", "a10b2", "a10b10", "a9"), ["a9", "a10b2", "a10b10", "b1"]);
  });

  it("compares numbers of any length, and tells leading zeros apart", () => {
    assert.deepEqual(sorted("s900719925474099300", "s90071992547409929"), [
      "s90071992547409929",
      "s900719925474099300",
    ]);
    assert.deepEqual(sorted("s01", "s1", "s001", "s2"), ["s001", "s01", "s1", "s2"]);
  });
});
