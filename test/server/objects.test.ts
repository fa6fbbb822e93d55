// What readers ask of a server, over real HTTP.
import { describe, it } from "node:test";
import assert from "node:assert/strict";
import { appendFile, mkdir, readFile, symlink, writeFile } from "node:fs/promises";
import { join } from "node:path";
import { brotliCompressSync, gunzipSync, gzipSync } from "node:zlib";
import { infoWith, temporaryFolder, writeVolume } from "../volume/fixture.js";
import { serving } from "./serving.js";

const chunk = "4_4_40/-10-22_5-37_100-104";

describe("a served volume", () => {
  it("answers info and chunks whole, HEAD without a body, and 304 to the ETag", async (t) => {
    const path = join(await temporaryFolder(t), "volume");
    await writeVolume(t, path, { info: infoWith() });
    const { get } = await serving(t, [path]);
    const info = await get("/volumes/volume/info");
    assert.equal(info.status, 200);
    assert.equal(info.headers["content-type"], "application/json");
    assert.equal(info.headers["cache-control"], "no-cache");
    assert.deepEqual(info.body, await readFile(join(path, "info")));

    const bytes = await readFile(join(path, chunk));
    const whole = await get(`/volumes/volume/${chunk}`);
    assert.equal(whole.status, 200);
    assert.equal(whole.headers["content-encoding"], undefined);
    assert.deepEqual(whole.body, bytes);
    const head = await get(`/volumes/volume/${chunk}`, {}, "HEAD");
    assert.equal(head.status, 200);
    assert.equal(head.headers["content-length"], String(bytes.length));
    assert.equal(head.body.length, 0);
    const same = await get(`/volumes/volume/${chunk}`, { "if-none-match": whole.headers.etag! });
    assert.equal(same.status, 304);
    await appendFile(join(path, chunk), "x");
    assert.equal((await get(`/volumes/volume/${chunk}`, { "if-none-match": whole.headers.etag! })).status, 200);
  });

  it("answers one range with 206, and several with everything", async (t) => {
    const path = join(await temporaryFolder(t), "volume");
    await writeVolume(t, path, { info: infoWith() });
    const shard = Buffer.from("0123456789");
    await writeFile(join(path, "4_4_40", "0.shard"), shard);
    await writeFile(join(path, "4_4_40", "0.shard.gz"), gzipSync("wrong"));
    const { get } = await serving(t, [path]);
    const of = (range: string, more = {}) => get("/volumes/volume/4_4_40/0.shard", { range, ...more });
    const part = await of("bytes=2-4");
    assert.equal(part.status, 206);
    assert.equal(part.headers["content-range"], "bytes 2-4/10");
    assert.equal(part.headers["content-length"], "3");
    assert.equal(part.body.toString(), "234");
    assert.equal((await of("bytes=-3")).body.toString(), "789");
    const behind = await of("bytes=10-");
    assert.equal(behind.status, 416);
    assert.equal(behind.headers["content-range"], "bytes */10");
    assert.equal((await of("bytes=0-1,4-5")).status, 200);
    assert.equal((await of("bytes=0-1", { "if-range": '"other"' })).body.toString(), "0123456789");
    const head = await get("/volumes/volume/4_4_40/0.shard", { range: "bytes=2-4" }, "HEAD");
    assert.deepEqual([head.status, head.headers["content-range"], head.body.length], [206, "bytes 2-4/10", 0]);
  });

  it("sends objects of many megabytes whole, in pieces", async (t) => {
    const path = join(await temporaryFolder(t), "volume");
    await writeVolume(t, path, { info: infoWith() });
    const large = Buffer.alloc(9 * 2 ** 20 + 17, "abcdefg");
    await writeFile(join(path, "1.shard"), large);
    const { get } = await serving(t, [path]);
    const reply = await get("/volumes/volume/1.shard");
    assert.equal(reply.headers["content-length"], String(large.length));
    assert.ok(reply.body.equals(large));
    const part = await get("/volumes/volume/1.shard", { range: "bytes=1000000-8999999" });
    assert.ok(part.body.equals(large.subarray(1_000_000, 9_000_000)));
  });

  it("sends .gz, .br and .zstd files as Content-Encoding of the name without it, or unpacked", async (t) => {
    const path = join(await temporaryFolder(t), "volume");
    await writeVolume(t, path, { info: infoWith(), form: "gz-name" });
    const voxels = Buffer.from("voxels");
    await writeFile(join(path, "b.br"), brotliCompressSync(voxels));
    await writeFile(join(path, "z.zstd"), "zstd bytes");
    const { get } = await serving(t, [path]);
    const stored = await readFile(join(path, `${chunk}.gz`));
    const packed = await get(`/volumes/volume/${chunk}`, { "accept-encoding": "gzip, br", range: "bytes=0-9" });
    assert.equal(packed.status, 200); // a range of compressed bytes is of no use to anybody
    assert.equal(packed.headers["content-encoding"], "gzip");
    assert.match(String(packed.headers.vary), /accept-encoding/i);
    assert.deepEqual(packed.body, stored);
    const unpacked = await get(`/volumes/volume/${chunk}`);
    assert.equal(unpacked.headers["content-encoding"], undefined);
    assert.deepEqual(unpacked.body, gunzipSync(stored));
    assert.notEqual(unpacked.headers.etag, packed.headers.etag);
    assert.equal((await get("/volumes/volume/b")).body.toString(), "voxels");
    assert.equal((await get("/volumes/volume/b", { "accept-encoding": "br" })).headers["content-encoding"], "br");
    assert.equal((await get("/volumes/volume/z", { "accept-encoding": "zstd" })).headers["content-encoding"], "zstd");
    assert.equal((await get("/volumes/volume/z")).status, 406);
  });

  it("answers 404 for a missing chunk, a folder, a broken name and another volume", async (t) => {
    const path = join(await temporaryFolder(t), "volume");
    await writeVolume(t, path, { info: infoWith() });
    const { get, unexpected } = await serving(t, [path]);
    for (const key of [
      "volume/4_4_40/0-1_0-1_0-1",
      "volume/4_4_40",
      "volume/4_4_40/",
      "volume/",
      "volume",
      "other/info",
      "volume/%00",
      "volume/%",
      `volume/${"x".repeat(300)}`,
      `volume/info/below`,
    ]) {
      const reply = await get(`/volumes/${key}`);
      assert.equal(reply.status, 404, key);
      assert.match(String(reply.headers["content-type"]), /^text\/plain/);
    }
    assert.deepEqual(unexpected, []);
  });

  it("shows nothing outside of the volume: no .., no encoded slashes, no symbolic links", async (t) => {
    const folder = await temporaryFolder(t);
    const path = join(folder, "volume");
    await writeVolume(t, path, { info: infoWith() });
    await mkdir(join(folder, "volume-private"));
    await writeFile(join(folder, "volume-private", "secret"), "secret");
    await writeFile(join(folder, "secret"), "secret");
    await symlink(join(folder, "secret"), join(path, "link"));
    await symlink("../volume-private", join(path, "folder"));
    await symlink("info", join(path, "inner"));
    await symlink(path, join(folder, "alias"));
    const { get, unexpected } = await serving(t, [join(folder, "alias")]);
    for (const key of [
      "../secret",
      "%2e%2e/secret",
      "..%2fsecret",
      "..%5csecret",
      "4_4_40/../../secret",
      "4_4_40/%2e%2e%2f..%2fsecret",
      "%2Fetc%2Fpasswd",
      "/etc/passwd",
      "../volume-private/secret",
      "link",
      "folder/secret",
    ]) {
      const reply = await get(`/volumes/alias/${key}`);
      assert.equal(reply.status, 404, `${key}: ${reply.body.toString()}`);
    }
    assert.equal((await get("/volumes/alias/inner")).status, 200);
    assert.deepEqual(unexpected, []);
  });
});
