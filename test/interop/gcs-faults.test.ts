import assert from "node:assert/strict";
import { spawn } from "node:child_process";
import { once } from "node:events";
import { after, before, describe, it } from "node:test";
import { fileURLToPath } from "node:url";
import { openStore, probeWritable } from "#src/storage/open.js";
import { openDestination } from "../fixtures/destination.js";
import { isCode } from "../fixtures/errors.js";
import { startFakeGcs, type FakeGcs } from "../fixtures/fake-gcs.js";
import { startFaultyProxy, type Fault } from "../fixtures/faulty-proxy.js";

let gcs: FakeGcs;
before(async () => {
  gcs = await startFakeGcs();
  await gcs.createBucket("faults");
});
after(() => gcs.stop());

async function withFaults(
  choose: (method: string, url: string) => Fault,
  use: (endpoint: string) => Promise<void>,
): Promise<void> {
  const proxy = await startFaultyProxy(gcs.endpoint, ({ method, url }) => choose(method ?? "", url ?? ""));
  try {
    await use(proxy.endpoint);
  } finally {
    await proxy.stop();
  }
}

const busy: Fault = { kind: "status", status: 503 };
const fine: Fault = { kind: "none" };

describe("a bucket", () => {
  it("that answers 503 once per request takes and gives every object", async () => {
    const seen = new Set<string>();
    const once503 = (method: string, url: string): Fault => {
      const request = `${method} ${url}`;
      if (seen.has(request)) return fine;
      seen.add(request);
      return busy;
    };
    await withFaults(once503, async (endpoint) => {
      const store = await openDestination("gs://faults/once", { endpoint });
      const keys = ["info", "s/0-64", "s/64-128"];
      await Promise.all(keys.map((key) => store.put(key, Buffer.from(key))));
      for (const key of keys) assert.equal(Buffer.from((await store.get(key))?.bytes ?? []).toString(), key);
      assert.equal((await store.put("new", Buffer.from("x"), { ifVersion: "absent" })).kind, "written");
      await store.delete("info");
      const listed: string[] = [];
      for await (const { key } of store.list("")) listed.push(key);
      assert.deepEqual(listed.sort(), ["new", "s/0-64", "s/64-128"]);
    });
  });

  it("that loses the reply to a conditional put is not taken for a lost race", async () => {
    let puts = 0;
    const loseFirst = (method: string): Fault => (method === "POST" && ++puts === 1 ? { kind: "lost-reply" } : fine);
    await withFaults(loseFirst, async (endpoint) => {
      const store = await openDestination("gs://faults/lost", { endpoint });
      const result = await store.put("event", Buffer.from("ours"), { ifVersion: "absent" });
      assert.equal(puts, 2);
      assert.deepEqual(result, { kind: "written", version: (await store.stat("event"))?.version });
    });
  });

  it("where somebody else wrote while we were refused is a lost race", async () => {
    const direct = await openDestination("gs://faults/race", { endpoint: gcs.endpoint });
    let puts = 0;
    const proxy = await startFaultyProxy(gcs.endpoint, async ({ method }) => {
      if (method !== "POST" || ++puts > 1) return fine;
      await direct.put("event", Buffer.from("theirs"), { ifVersion: "absent" });
      return busy;
    });
    const store = await openDestination("gs://faults/race", { endpoint: proxy.endpoint });
    const result = await store.put("event", Buffer.from("ours"), { ifVersion: "absent" });
    await proxy.stop();
    assert.deepEqual(result, { kind: "lost-race", current: (await direct.stat("event"))?.version });
    assert.equal(Buffer.from((await direct.get("event"))?.bytes ?? []).toString(), "theirs");
  });

  it("that stays busy gives a temporary error at the deadline", async () => {
    await withFaults(
      () => busy,
      async (endpoint) => {
        const store = await openDestination("gs://faults/busy", { endpoint, retryDeadlineMs: 600 });
        await assert.rejects(
          store.put("key", Buffer.from("x")),
          isCode("E_STORE_TEMPORARY", /^put of gs:\/\/faults\/busy\/key still fails after \d+\.\d s/),
        );
      },
    );
  });

  it("that is not there is named by the preflight, by puts and by lists", async () => {
    const options = { endpoint: gcs.endpoint };
    const message = /gs:\/\/no-such-bucket\/volume.*no such bucket/;
    await assert.rejects(
      probeWritable("gs://no-such-bucket/volume", options),
      isCode("E_DESTINATION_UNWRITABLE", message),
    );
    const store = await openDestination("gs://no-such-bucket/volume", options);
    await assert.rejects(store.put("key", Buffer.from("x")), isCode("E_DESTINATION_UNWRITABLE", message));
    const listing = (async () => {
      for await (const { key } of store.list("")) assert.fail(key);
    })();
    await assert.rejects(listing, isCode("E_VOLUME_NOT_FOUND", message));
    assert.equal(await store.get("key"), undefined);
  });

  it("that refuses to overwrite is found by the preflight, which names the missing permission", async () => {
    const body = JSON.stringify({
      error: { code: 403, message: "me@example.org does not have storage.objects.delete access to the object." },
    });
    let puts = 0;
    const refuseSecond = (method: string): Fault =>
      method === "POST" && ++puts === 2 ? { kind: "status", status: 403, body } : fine;
    await withFaults(refuseSecond, async (endpoint) => {
      await assert.rejects(
        probeWritable("gs://faults/denied", { endpoint }),
        isCode("E_STORE_DENIED", /permission storage\.objects\.delete is missing/),
      );
      const store = await openStore("gs://faults/denied", { endpoint });
      for await (const { key } of store.list("")) assert.fail(`${key} stayed`);
    });
  });

  it("that refuses to overwrite and to delete is told to hold a probe object", async () => {
    let puts = 0;
    const refuse = (method: string): Fault =>
      method === "DELETE" || (method === "POST" && ++puts === 2) ? { kind: "status", status: 403 } : fine;
    await withFaults(refuse, async (endpoint) => {
      await assert.rejects(
        probeWritable("gs://faults/stays", { endpoint }),
        isCode(
          "E_STORE_DENIED",
          /storage\.objects\.delete is missing.*probe object \.cirrus-probe-[0-9a-f]+ stays there/,
        ),
      );
    });
  });

  it("that refuses everything, without saying why, is named with the permission that is needed", async () => {
    const denied: Fault = { kind: "status", status: 403 };
    await withFaults(
      () => denied,
      async (endpoint) => {
        const store = await openDestination("gs://faults/denied", { endpoint });
        await assert.rejects(store.put("k", Buffer.from("x")), isCode("E_STORE_DENIED", /storage\.objects\.create/));
        await assert.rejects(store.get("k"), isCode("E_STORE_DENIED", /storage\.objects\.get/));
        await assert.rejects(store.delete("k"), isCode("E_STORE_DENIED", /storage\.objects\.delete/));
      },
    );
  });

  it("passes the preflight and keeps nothing of it", async () => {
    await probeWritable("gs://faults/probe", { endpoint: gcs.endpoint });
    const store = await openStore("gs://faults/probe", { endpoint: gcs.endpoint });
    for await (const { key } of store.list("")) assert.fail(`${key} stayed`);
  });

  it("is found by the usual variable alone, in any spelling", async () => {
    const address = gcs.endpoint.replace("http://", "");
    for (const host of [gcs.endpoint, address, `${gcs.endpoint}/storage/v1/`]) {
      process.env["STORAGE_EMULATOR_HOST"] = host;
      try {
        const store = await openDestination("gs://faults/variable");
        await store.put("key", Buffer.from(host));
        assert.equal(Buffer.from((await store.get("key"))?.bytes ?? []).toString(), host);
        assert.equal(process.env["STORAGE_EMULATOR_HOST"], host);
      } finally {
        delete process.env["STORAGE_EMULATOR_HOST"];
      }
    }
  });

  it("lists more than one page", async () => {
    const store = await openDestination("gs://faults/pages", { endpoint: gcs.endpoint });
    for (let i = 0; i < 1100; i += 50) {
      await Promise.all(Array.from({ length: 50 }, (_, j) => store.put(`k${i + j}`, Buffer.from("x"))));
    }
    const keys = new Set<string>();
    for await (const { key } of store.list("k")) keys.add(key);
    assert.equal(keys.size, 1100);
  });

  it("loses no count of 6 processes that add to one object", { timeout: 300_000 }, async () => {
    const program = fileURLToPath(new URL("../storage/programs/add-one.js", import.meta.url));
    const children = Array.from({ length: 6 }, () =>
      spawn(process.execPath, [program, "gs://faults/many", "count", "3"], {
        stdio: ["ignore", "inherit", "inherit"],
        env: { ...process.env, ENDPOINT: gcs.endpoint },
      }),
    );
    const codes = await Promise.all(children.map(async (child) => ((await once(child, "exit")) as [number | null])[0]));
    assert.deepEqual(new Set(codes), new Set([0]));
    const store = await openStore("gs://faults/many", { endpoint: gcs.endpoint });
    assert.equal(Buffer.from((await store.get("count"))?.bytes ?? []).toString(), "18");
  });
});
