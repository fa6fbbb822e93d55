// The token of a web server: which server gets it, and which never does.
import assert from "node:assert/strict";
import { createServer, type IncomingMessage } from "node:http";
import { once } from "node:events";
import type { AddressInfo } from "node:net";
import { after, describe, it } from "node:test";
import { isCirrusError } from "#src/core/errors.js";
import { openStore } from "#src/storage/open.js";
import { openByteSource } from "#src/tiles/byte-source.js";

/** A server that gives "yes" to who brings the token; `/away/*` is sent on to `other`. */
async function startGuarded(word: "Token" | "Bearer", other?: () => string) {
  const headers: (string | undefined)[] = [];
  const server = createServer((request: IncomingMessage, response) => {
    headers.push(request.headers.authorization);
    const { url = "" } = request;
    if (other && url.startsWith("/away/")) return void response.writeHead(302, { location: other() + url }).end();
    const isIn = request.headers.authorization === `${word} secret-1`;
    if (isIn) return void response.writeHead(200).end("yes");
    response.writeHead(401, { "www-authenticate": `${word} realm="x"` }).end();
  });
  await once(server.listen(0, "127.0.0.1"), "listening");
  after(() => (server.close(), server.closeAllConnections()));
  return { host: `127.0.0.1:${(server.address() as AddressInfo).port}`, headers };
}

const textOf = (bytes: Uint8Array | undefined): string | undefined => bytes && Buffer.from(bytes).toString();

describe("a token", () => {
  const env = { ...process.env };
  after(() =>
    Object.assign(process.env, { INTERN_TOKEN: env["INTERN_TOKEN"] ?? "", INTERN_HOST: env["INTERN_HOST"] ?? "" }),
  );
  const name = (host: string): void => void Object.assign(process.env, { INTERN_TOKEN: "secret-1", INTERN_HOST: host });

  for (const word of ["Token", "Bearer"] as const)
    it(`is sent as ${word} to the server that it is for, once that asks, also by many requests at once`, async () => {
      const { host, headers } = await startGuarded(word);
      name(host);
      const store = await openStore(`http://${host}/volume`);
      const answers = await Promise.all(["a", "b", "c"].map(async (key) => textOf((await store.get(key))?.bytes)));
      assert.deepEqual(answers, ["yes", "yes", "yes"]);
      assert.equal(headers[0], undefined);
      const before = headers.length;
      assert.equal(textOf(await openByteSource(`http://${host}/tile.png`).bytes()), "yes");
      assert.deepEqual(headers.slice(before), [`${word} secret-1`]);
      await store.close();
    });

  it("opens tiles behind a URL too", async () => {
    const { host } = await startGuarded("Bearer");
    name(host);
    assert.equal(textOf(await openByteSource(`http://${host}/tile.png`).bytes()), "yes");
  });

  it("is not sent to another server, and the refusal says where a token goes", async () => {
    const { host, headers } = await startGuarded("Token");
    name("127.0.0.1:1");
    const store = await openStore(`http://${host}/volume`);
    await assert.rejects(store.get("info"), (error) => {
      assert.ok(isCirrusError(error, "E_STORE_DENIED"));
      assert.match(error.hint, /token\.json/);
      return !`${error.message}${error.hint}`.includes("secret");
    });
    await assert.rejects(openByteSource(`http://${host}/t.png`).bytes(), (error) =>
      isCirrusError(error, "E_SOURCE_UNREADABLE"),
    );
    assert.ok(headers.length > 0 && headers.every((header) => header === undefined));
    await store.close();
  });

  it("does not follow a redirect to another server", async () => {
    const elsewhere = await startGuarded("Token");
    const { host, headers } = await startGuarded("Token", () => `http://${elsewhere.host}`);
    name(host);
    const store = await openStore(`http://${host}`);
    assert.equal(textOf((await store.get("a"))?.bytes), "yes");
    await assert.rejects(store.get("away/b"), (error) => isCirrusError(error, "E_STORE_DENIED"));
    await assert.rejects(openByteSource(`http://${host}/away/c`).bytes(), (error) =>
      isCirrusError(error, "E_SOURCE_UNREADABLE"),
    );
    assert.equal(headers.at(-1), "Token secret-1");
    assert.ok(elsewhere.headers.length > 1 && elsewhere.headers.every((header) => header === undefined));
    await store.close();
  });
});
