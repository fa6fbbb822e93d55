// What people and programs do to a server that they should not.
import { describe, it, type TestContext } from "node:test";
import assert from "node:assert/strict";
import { readdir, rename, rm, symlink, writeFile } from "node:fs/promises";
import { request } from "node:http";
import { connect } from "node:net";
import { join } from "node:path";
import { setTimeout as sleep } from "node:timers/promises";
import { infoWith, temporaryFolder, writeVolume } from "../volume/fixture.js";
import { serving, type Serving } from "./serving.js";

const chunk = "4_4_40/-10-22_5-37_100-104";

async function servedVolume(t: TestContext): Promise<Serving & { readonly path: string }> {
  const path = join(await temporaryFolder(t), "volume");
  await writeVolume(t, path, { info: infoWith() });
  return { ...(await serving(t, [path])), path };
}

/** Sends bytes as they are; resolves to the status of the answer, or 0 when there is none. */
function rawStatus(port: number, text: string): Promise<number> {
  return new Promise((resolve, reject) => {
    let answer = "";
    const socket = connect(port, "127.0.0.1", () => socket.write(text, "latin1"));
    socket.setEncoding("latin1").on("data", (part: string) => (answer += part));
    socket.once("error", reject);
    socket.once("close", () => resolve(Number(/^HTTP\/1\.1 (\d+)/.exec(answer)?.[1] ?? 0)));
  });
}

/** Asks for a large object and hangs up after the first bytes. */
function abandoned(port: number, path: string): Promise<void> {
  return new Promise((resolve, reject) => {
    const asked = request({ host: "127.0.0.1", port, path, agent: false }, (reply) => {
      reply.once("data", () => asked.destroy());
      reply.once("close", resolve);
      reply.on("error", () => {}); // the connection that is cut here
    });
    asked.once("error", reject);
    asked.end();
  });
}

describe("a server under attack", () => {
  it("answers garbage with 4xx and goes on", async (t) => {
    const { port, get, unexpected } = await servedVolume(t);
    const end = "\r\nConnection: close\r\n\r\n";
    const known = `GET /volumes/volume/info HTTP/1.1`;
    for (const [text, status] of [
      [`GET /%ff%fe HTTP/1.1\r\nHost: 127.0.0.1${end}`, 404],
      [`GET /volumes/%ff/info HTTP/1.1\r\nHost: 127.0.0.1${end}`, 404],
      [`GET /open/%ff HTTP/1.1\r\nHost: 127.0.0.1${end}`, 404],
      [`GET /previews/%2e%2e%2fvolume.png HTTP/1.1\r\nHost: 127.0.0.1${end}`, 404],
      [`GET /view/%2e%2e%2findex.js HTTP/1.1\r\nHost: 127.0.0.1${end}`, 404],
      [`GET /view/../../package.json HTTP/1.1\r\nHost: 127.0.0.1${end}`, 404],
      [`GET /volumes/__proto__/info HTTP/1.1\r\nHost: 127.0.0.1${end}`, 404],
      [`GET /volumes/volume/${"a/".repeat(3000)} HTTP/1.1\r\nHost: 127.0.0.1${end}`, 404],
      [`GET /${"x".repeat(20_000)} HTTP/1.1\r\nHost: 127.0.0.1${end}`, 431],
      [`GET * HTTP/1.1\r\nHost: 127.0.0.1${end}`, 400],
      [`GET /\u0001 HTTP/1.1\r\nHost: 127.0.0.1${end}`, 400],
      ["\u0016\u0003\u0001 a TLS hello\r\n\r\n", 400],
      [`TRACE / HTTP/1.1\r\nHost: 127.0.0.1${end}`, 405],
      [`${known}\r\nHost: 127.0.0.1@evil.example${end}`, 400],
      [`${known}\r\nHost: 127.0.0.1\r\nHost: evil.example${end}`, 403],
      [`${known}\r\nHost: 127.1${end}`, 403],
      [`${known}\r\nHost: 127.0.0.1.${end}`, 403],
      ["GET /volumes/volume/info HTTP/1.0\r\n\r\n", 403],
    ] as const)
      assert.equal(await rawStatus(port, text), status, text.slice(0, 80));
    assert.equal((await get("/volumes/volume/info")).status, 200);
    assert.deepEqual(unexpected, []);
  });

  it("takes the viewer's address from the Host that it has checked, not from the request's target", async (t) => {
    const { get, port } = await servedVolume(t);
    const { headers } = await get("http://evil.example/open/volume", { host: `localhost:${port}` });
    const state = decodeURIComponent(String(headers.location));
    assert.match(state, new RegExp(`"precomputed://http://localhost:${port}/volumes/volume"`));
    assert.doesNotMatch(state, /evil/);
  });

  it("takes huge and odd ranges for what they say", async (t) => {
    const { get, path } = await servedVolume(t);
    await writeFile(join(path, "0.shard"), "0123456789");
    const of = (range: string) => get("/volumes/volume/0.shard", { range });
    const nines = "9".repeat(400);
    assert.equal((await of(`bytes=4-${nines}`)).body.toString(), "456789");
    assert.equal((await of(`bytes=-${nines}`)).body.toString(), "0123456789");
    assert.equal((await of(`bytes=${nines}-`)).status, 416);
    assert.equal((await of("bytes=--1")).status, 200);
  });

  it("gives up what nobody reads any more: no file stays open, no error is told", async (t) => {
    const { get, path, port, unexpected } = await servedVolume(t);
    await writeFile(join(path, "0.shard"), Buffer.alloc(30 * 2 ** 20));
    const openFiles = async () => (await readdir("/proc/self/fd").catch(() => [])).length;
    await get(`/volumes/volume/${chunk}`);
    const before = await openFiles();
    for (let round = 0; round < 5; round++)
      await Promise.all(Array.from({ length: 20 }, () => abandoned(port, "/volumes/volume/0.shard")));
    assert.equal((await get(`/volumes/volume/${chunk}`)).status, 200);
    const deadline = performance.now() + 60_000;
    while ((await openFiles()) > before + 5 && performance.now() < deadline) await sleep(50);
    assert.ok((await openFiles()) <= before + 5, `${await openFiles()} open files, ${before} before`);
    assert.deepEqual(unexpected, []);
  });
});

describe("a volume that changes while it is served", () => {
  it("is gone when it is deleted, and there again when it is written again", async (t) => {
    const { get, path, unexpected } = await servedVolume(t);
    await rm(path, { recursive: true });
    assert.equal((await get(`/volumes/volume/${chunk}`)).status, 404);
    assert.equal((await get("/volumes/volume/info")).status, 404);
    const opened = await get("/open/volume");
    assert.deepEqual([opened.status, /there is no volume at/.test(opened.body.toString())], [404, true]);
    const home = await get("/");
    assert.deepEqual([home.status, /there is no volume at/.test(home.body.toString())], [200, true]);
    assert.equal((await get("/previews/volume.png")).headers["content-type"], "image/svg+xml");
    await writeVolume(t, path, { info: infoWith() });
    assert.equal((await get(`/volumes/volume/${chunk}`)).status, 200);
    assert.equal((await get("/open/volume")).status, 302);
    await writeFile(join(path, "info"), '{"type":"image"}');
    assert.match((await get("/")).body.toString(), /volume\/info breaks the precomputed format: data_type must be/);
    assert.deepEqual(unexpected, []);
  });

  it("is not followed to where a link put in its place leads", async (t) => {
    const { get, path } = await servedVolume(t);
    await rename(path, `${path}-kept`);
    await symlink(`${path}-kept`, path);
    assert.equal((await get(`/volumes/volume/${chunk}`)).status, 404);
  });

  it("refuses a part of an object that was replaced since If-Match was told", async (t) => {
    const { get, path } = await servedVolume(t);
    await writeFile(join(path, "0.shard"), "0123456789");
    const { etag } = (await get("/volumes/volume/0.shard")).headers;
    const part = (tag: string) => get("/volumes/volume/0.shard", { range: "bytes=2-4", "if-match": tag });
    assert.equal((await part(etag!)).body.toString(), "234");
    await writeFile(join(path, "new"), "abcdefghij");
    await rename(join(path, "new"), join(path, "0.shard"));
    assert.equal((await part(etag!)).status, 412);
    assert.equal((await part("*")).body.toString(), "cde");
  });

  it("breaks the connection when an object is replaced while it is sent", async (t) => {
    const { path, port, unexpected } = await servedVolume(t);
    await writeFile(join(path, "0.shard"), Buffer.alloc(64 * 2 ** 20, "a"));
    const outcome = await new Promise<string>((resolve, reject) => {
      const asked = request({ host: "127.0.0.1", port, path: "/volumes/volume/0.shard", agent: false }, (reply) => {
        reply.once("data", async () => {
          reply.pause();
          await writeFile(join(path, "new"), Buffer.alloc(64 * 2 ** 20, "b"));
          await rename(join(path, "new"), join(path, "0.shard"));
          reply.resume();
        });
        reply.once("end", () => resolve("whole"));
        reply.once("error", () => resolve("broken"));
      });
      asked.once("error", reject);
      asked.end();
    });
    assert.equal(outcome, "broken");
    assert.match(String(unexpected), /^Error: 0\.shard of file:.*volume was replaced while it was sent/);
  });
});
