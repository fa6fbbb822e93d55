// Reading from web servers: Python's own, a bucket's public endpoint (s3-store.test.ts runs the contract there), and bad ones.
import assert from "node:assert/strict";
import { mkdir, mkdtemp, rm, writeFile } from "node:fs/promises";
import { tmpdir } from "node:os";
import { dirname, join } from "node:path";
import { after, before, describe, it } from "node:test";
import { openStore, probeWritable } from "#src/storage/open.js";
import { readingContract } from "../contracts/reading-contract.js";
import { isCode } from "../fixtures/errors.js";
import { openDestination } from "../fixtures/destination.js";
import { startFaultyProxy, type Fault } from "../fixtures/faulty-proxy.js";
import { startWebServer, type WebServer } from "../fixtures/web-server.js";

let folder: string;
let web: WebServer;
before(async () => {
  folder = await mkdtemp(join(tmpdir(), "cirrus-web-"));
  web = await startWebServer(folder);
  await writeFile(join(folder, "info"), "{}");
});
after(async () => {
  await web.stop();
  await rm(folder, { recursive: true });
});

let count = 0;
readingContract(
  "a plain web server, without ranges and entity tags",
  async (objects) => {
    const name = `run-${count++}/a volume`;
    for (const { key, bytes } of objects) {
      const path = join(folder, name, key);
      await mkdir(dirname(path), { recursive: true });
      await writeFile(path, bytes);
    }
    return { store: await openStore(`${web.url}/${name}`), release: async () => {} };
  },
  { keepsContentEncoding: false },
);

async function withFaults(
  choose: (method: string, url: string) => Fault,
  use: (url: string) => Promise<void>,
): Promise<void> {
  const proxy = await startFaultyProxy(web.url, ({ method, url }) => choose(method ?? "", url ?? ""));
  try {
    await use(proxy.endpoint);
  } finally {
    await proxy.stop();
  }
}

describe("a web server", () => {
  it("that answers 503 once per object gives every object", async () => {
    const seen = new Set<string>();
    const once503 = (method: string, url: string): Fault => {
      const isNew = !seen.has(method + url);
      seen.add(method + url);
      return isNew ? { kind: "status", status: 503 } : { kind: "none" };
    };
    await withFaults(once503, async (url) => {
      const store = await openStore(url);
      assert.equal(Buffer.from((await store.get("info"))?.bytes ?? []).toString(), "{}");
      assert.equal((await store.stat("info"))?.sizeBytes, 2);
      await store.close();
    });
  });

  it("that refuses an object is said to, and is not taken for one without it", async () => {
    await withFaults(
      () => ({ kind: "status", status: 403 }),
      async (url) => {
        const store = await openStore(url);
        await assert.rejects(store.get("info"), isCode("E_STORE_DENIED", /info: the server refuses it \(403\)/));
        await store.close();
      },
    );
  });

  it("that is a bucket's public endpoint answers 403 for what is not there", async () => {
    const denied: Fault = { kind: "status", status: 403, headers: { "x-amz-request-id": "4442587FB7D0A2F9" } };
    await withFaults(
      () => denied,
      async (url) => {
        const store = await openStore(url);
        assert.equal(await store.get("info"), undefined);
        assert.equal(await store.stat("info"), undefined);
        await store.close();
      },
    );
  });

  it("cannot list, and says which address can", async () => {
    const store = await openStore(`${web.url}/volume`);
    const listing = (async () => {
      for await (const { key } of store.list("provenance.d/")) assert.fail(key);
    })();
    await assert.rejects(listing, (error: { message: string; hint: string }) => {
      assert.ok(isCode("E_STORE_UNLISTABLE", /volume is on a web server, which cannot list .*provenance\.d\//)(error));
      assert.match(error.hint, /file:\/\/, gs:\/\/ or s3:\/\//);
      return true;
    });
    await store.close();
  });

  it("is never written to", async () => {
    const message = /is read-only: cirrus does not write over HTTP/;
    await assert.rejects(probeWritable(`${web.url}/volume`), isCode("E_DESTINATION_UNWRITABLE", message));
    const store = await openDestination(`${web.url}/volume`);
    await assert.rejects(store.put("info", Buffer.from("x")), isCode("E_DESTINATION_UNWRITABLE", message));
    await assert.rejects(store.delete("info"), isCode("E_DESTINATION_UNWRITABLE", message));
    await store.close();
  });

  it("that nobody knows is named at once", async () => {
    const store = await openStore("https://no-such-host.invalid/volume", { retryDeadlineMs: 600 });
    await assert.rejects(store.get("info"), (error: Error) => {
      assert.match(error.message, /no such server|still fails after/); // a machine without a name server says EAI_AGAIN
      return true;
    });
    await store.close();
  });
});
