import { describe, it } from "node:test";
import assert from "node:assert/strict";
import { infoWith, emptyMemory, writeVolume } from "../volume/fixture.js";
import { serving } from "./serving.js";

const info = (name: string) => `/volumes/${name}/info`;

describe("the server's guard", () => {
  it("refuses names that are not this machine's, as a page that rebinds its name would send", async (t) => {
    const url = emptyMemory(t);
    await writeVolume(t, url, { info: infoWith() });
    const { get, port } = await serving(t, [url]);
    const path = info(url.split("/").at(-1)!);
    for (const host of [`127.0.0.1:${port}`, `localhost:${port}`, "[::1]", "127.0.0.1"])
      assert.equal((await get(path, { host })).status, 200, host);
    for (const host of [
      `evil.example:${port}`,
      "localhost.evil.example",
      "127.0.0.1.evil.example",
      "192.168.0.1",
      "0.0.0.0",
    ])
      assert.equal((await get(path, { host })).status, 403, host);
  });

  it("takes the name that --host gives, and any where it listens on all addresses", async (t) => {
    const url = emptyMemory(t);
    await writeVolume(t, url, { info: infoWith() });
    const { get } = await serving(t, [url], { host: "0.0.0.0" });
    assert.equal((await get(info(url.split("/").at(-1)!), { host: "microscope.example:8000" })).status, 200);
  });

  it("lets no other origin's page read, unless --cors names it", async (t) => {
    const url = emptyMemory(t);
    await writeVolume(t, url, { info: infoWith() });
    const path = info(url.split("/").at(-1)!);
    const origin = "https://viewer.example";
    const closed = await (await serving(t, [url])).get(path, { origin });
    assert.equal(closed.headers["access-control-allow-origin"], undefined);
    assert.equal(closed.headers["cross-origin-resource-policy"], "same-origin");

    const one = await serving(t, [url], { cors: origin });
    assert.equal((await one.get(path, { origin })).headers["access-control-allow-origin"], origin);
    const other = await one.get(path, { origin: "https://evil.example" });
    assert.equal(other.headers["access-control-allow-origin"], undefined);
    const preflight = await one.get(path, { origin, "access-control-request-method": "GET" }, "OPTIONS");
    assert.equal(preflight.status, 204);
    assert.match(String(preflight.headers["access-control-allow-headers"]), /Range/);

    const all = await serving(t, [url], { cors: "*" });
    assert.equal((await all.get(path, { origin })).headers["access-control-allow-origin"], "*");
  });

  it("refuses everything but GET and HEAD", async (t) => {
    const url = emptyMemory(t);
    await writeVolume(t, url, { info: infoWith() });
    const { get } = await serving(t, [url]);
    for (const method of ["PUT", "POST", "DELETE", "PATCH", "OPTIONS"])
      assert.equal((await get(info(url.split("/").at(-1)!), {}, method)).status, 405, method);
  });

  it("gives pages a strict policy of their own", async (t) => {
    const url = emptyMemory(t);
    await writeVolume(t, url, { info: infoWith() });
    const { get } = await serving(t, [url]);
    const home = await get("/");
    assert.match(
      String(home.headers["content-security-policy"]),
      /^default-src 'none'; style-src 'self'; script-src 'self'/,
    );
    const page = await get("/view/");
    assert.equal(page.status, 200);
    assert.match(String(page.headers["content-security-policy"]), /connect-src 'self' data: blob:;/);
  });
});
