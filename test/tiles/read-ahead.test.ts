import assert from "node:assert/strict";
import { mkdtempSync, rmSync, writeFileSync } from "node:fs";
import { createServer } from "node:http";
import type { AddressInfo } from "node:net";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { after, describe, it } from "node:test";
import { ReadAhead, tilesAhead } from "#src/tiles/read-ahead.js";

const folder = mkdtempSync(join(tmpdir(), "cirrus-test-"));
after(() => rmSync(folder, { recursive: true }));

describe("reading ahead", () => {
  it("gives the bytes, the size and any range of a file, begun before or not", async () => {
    const path = join(folder, "a.bin");
    const content = Uint8Array.from({ length: 1000 }, (_, i) => i);
    writeFileSync(path, content);
    const files = new ReadAhead(undefined);
    for (const isBegun of [true, false]) {
      if (isBegun) files.begin(path);
      const file = files.open(path);
      assert.equal(await file.sizeBytes(), 1000);
      assert.deepEqual(new Uint8Array((await file.bytes())!), content);
      assert.deepEqual(new Uint8Array((await file.range(990, 100))!), content.subarray(990));
      file.close();
    }
  });

  it("reads big files in parts, and tells what is not there", async () => {
    const path = join(folder, "big.bin");
    writeFileSync(path, new Uint8Array(5 * 2 ** 20).fill(9));
    const files = new ReadAhead(undefined);
    for (const name of [path, join(folder, "none")]) files.begin(name);
    const big = files.open(path);
    assert.deepEqual([...(await big.range(5 * 2 ** 20 - 2, 9))!], [9, 9]);
    const room = new Uint8Array(4);
    assert.equal((await big.range(1, 4, room))!.buffer, room.buffer, "read into the memory that was offered");
    assert.equal((await big.bytes())?.length, 5 * 2 ** 20);
    const none = files.open(join(folder, "none"));
    assert.equal(await none.sizeBytes(), undefined);
    assert.equal(await none.bytes(), undefined);
  });

  it("asks a web server for a tile before it is wanted, once, and tries again what failed", async () => {
    const asked: string[] = [];
    let broken = true;
    const server = createServer(({ url = "" }, response) => {
      asked.push(url);
      if (url === "/denied" && broken) response.writeHead(401).end();
      else response.end("tile");
    }).listen(0, "127.0.0.1");
    await new Promise((resolve) => server.once("listening", resolve));
    after(() => server.close());
    const base = `http://127.0.0.1:${(server.address() as AddressInfo).port}`;
    const files = new ReadAhead(undefined);
    files.begin(`${base}/tile`);
    files.begin(`${base}/tile`);
    while (!asked.includes("/tile")) await new Promise((resolve) => setTimeout(resolve, 5));
    assert.equal(String.fromCharCode(...(await files.open(`${base}/tile`).bytes())!), "tile");
    assert.deepEqual(asked, ["/tile"]);

    files.begin(`${base}/denied`);
    const denied = files.open(`${base}/denied`);
    await assert.rejects(denied.bytes(), { code: "E_SOURCE_UNREADABLE" });
    broken = false;
    assert.equal((await denied.bytes())?.length, 4);
    files.close();
  });

  it("is as far ahead as 4 MiB of pixels go, and 16 tiles at most", () => {
    assert.deepEqual([1, 512 * 512, 1024 * 1024, 4096 * 4096].map(tilesAhead), [16, 16, 4, 0]);
  });
});
