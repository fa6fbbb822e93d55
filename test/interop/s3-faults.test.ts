import assert from "node:assert/strict";
import { spawn } from "node:child_process";
import { once } from "node:events";
import type { IncomingMessage } from "node:http";
import { mkdir, mkdtemp, rm, writeFile } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { after, before, describe, it } from "node:test";
import { fileURLToPath } from "node:url";
import { openStore, probeWritable } from "#src/storage/open.js";
import { openDestination } from "../fixtures/destination.js";
import { isCode } from "../fixtures/errors.js";
import { startFaultyProxy, type Fault } from "../fixtures/faulty-proxy.js";
import { awsEnv, startMoto, type Moto } from "../fixtures/moto.js";

let moto: Moto;
before(async () => {
  moto = await startMoto();
  await moto.createBucket("faults");
  Object.assign(process.env, awsEnv(moto.endpoint));
});
after(() => moto.stop());

async function withFaults(
  choose: (method: string, url: string) => Fault,
  use: (s3Endpoint: string) => Promise<void>,
): Promise<void> {
  const proxy = await startFaultyProxy(moto.endpoint, ({ method, url }) => choose(method ?? "", url ?? ""));
  try {
    await use(proxy.endpoint);
  } finally {
    await proxy.stop();
  }
}

const refusal = (status: number, code: string, message = "as told"): Fault => ({
  kind: "status",
  status,
  body: `<?xml version="1.0" encoding="UTF-8"?><Error><Code>${code}</Code><Message>${message}</Message></Error>`,
  headers: { "content-type": "application/xml" },
});
const busy = refusal(503, "SlowDown", "Please reduce your request rate.");
const fine: Fault = { kind: "none" };

describe("an S3 bucket", () => {
  it("that answers 503 once per request takes and gives every object", async () => {
    const seen = new Set<string>();
    const once503 = (method: string, url: string): Fault => {
      const request = `${method} ${url}`;
      if (seen.has(request)) return fine;
      seen.add(request);
      return busy;
    };
    await withFaults(once503, async (s3Endpoint) => {
      const store = await openDestination("s3://faults/once", { s3Endpoint });
      const keys = ["info", "s/0-64", "s/64-128"];
      await Promise.all(keys.map((key) => store.put(key, Buffer.from(key))));
      for (const key of keys) assert.equal(Buffer.from((await store.get(key))?.bytes ?? []).toString(), key);
      assert.equal((await store.put("new", Buffer.from("x"), { ifVersion: "absent" })).kind, "written");
      await store.delete("info");
      const listed: string[] = [];
      for await (const { key } of store.list("")) listed.push(key);
      assert.deepEqual(listed.sort(), ["new", "s/0-64", "s/64-128"]);
      await store.close();
    });
  });

  it("that loses the reply to a conditional put is not taken for a lost race", async () => {
    let puts = 0;
    const loseFirst = (method: string): Fault => (method === "PUT" && ++puts === 1 ? { kind: "lost-reply" } : fine);
    await withFaults(loseFirst, async (s3Endpoint) => {
      const store = await openDestination("s3://faults/lost", { s3Endpoint });
      const result = await store.put("event", Buffer.from("ours"), { ifVersion: "absent" });
      assert.equal(puts, 2);
      assert.deepEqual(result, { kind: "written", version: (await store.stat("event"))?.version });
      await store.close();
    });
  });

  it("where somebody else wrote while we were refused is a lost race", async () => {
    const direct = await openDestination("s3://faults/race");
    let puts = 0;
    const proxy = await startFaultyProxy(moto.endpoint, async ({ method }) => {
      if (method !== "PUT" || ++puts > 1) return fine;
      await direct.put("event", Buffer.from("theirs"), { ifVersion: "absent" });
      return busy;
    });
    const store = await openDestination("s3://faults/race", { s3Endpoint: proxy.endpoint });
    const result = await store.put("event", Buffer.from("ours"), { ifVersion: "absent" });
    await proxy.stop();
    assert.deepEqual(result, { kind: "lost-race", current: (await direct.stat("event"))?.version });
    assert.equal(Buffer.from((await direct.get("event"))?.bytes ?? []).toString(), "theirs");
    await Promise.all([store.close(), direct.close()]);
  });

  it("that answers 409 to a put while another one goes on is asked again, until one came first", async () => {
    let puts = 0;
    const conflict = refusal(409, "ConditionalRequestConflict");
    const conflictFirst = (method: string): Fault => (method === "PUT" && ++puts <= 2 ? conflict : fine);
    await withFaults(conflictFirst, async (s3Endpoint) => {
      const store = await openDestination("s3://faults/conflict", { s3Endpoint });
      assert.equal((await store.put("event", Buffer.from("1"), { ifVersion: "absent" })).kind, "written");
      assert.equal(puts, 3);
      puts = 0;
      const current = (await store.stat("event"))?.version;
      assert.deepEqual(await store.put("event", Buffer.from("2"), { ifVersion: "absent" }), {
        kind: "lost-race",
        current,
      });
      assert.equal(puts, 1);
      await store.close();
    });
  });

  it("that stays busy gives a temporary error at the deadline", async () => {
    await withFaults(
      () => busy,
      async (s3Endpoint) => {
        const store = await openDestination("s3://faults/busy", { s3Endpoint, retryDeadlineMs: 600 });
        await assert.rejects(
          store.put("key", Buffer.from("x")),
          isCode("E_STORE_TEMPORARY", /^put of s3:\/\/faults\/busy\/key still fails after \d+\.\d s: SlowDown: Please/),
        );
        await store.close();
      },
    );
  });

  it("that is not there is named by the preflight, by puts, gets and lists", async () => {
    const message = /s3:\/\/no-such-bucket\/volume.*no such bucket/;
    await assert.rejects(probeWritable("s3://no-such-bucket/volume"), isCode("E_DESTINATION_UNWRITABLE", message));
    const store = await openDestination("s3://no-such-bucket/volume");
    await assert.rejects(store.put("key", Buffer.from("x")), isCode("E_DESTINATION_UNWRITABLE", message));
    await assert.rejects(
      store.put("key", Buffer.from("x"), { ifVersion: "absent" }),
      isCode("E_DESTINATION_UNWRITABLE", message),
    );
    const listing = (async () => {
      for await (const { key } of store.list("")) assert.fail(key);
    })();
    await assert.rejects(listing, isCode("E_VOLUME_NOT_FOUND", message));
    await assert.rejects(store.get("key"), isCode("E_VOLUME_NOT_FOUND", message));
    await store.close();
  });

  it("that refuses is named with the permission that is needed, by the preflight too", async () => {
    await withFaults(
      () => refusal(403, "AccessDenied", "User: arn:aws:iam::1:user/me is not authorized"),
      async (s3Endpoint) => {
        await assert.rejects(
          probeWritable("s3://faults/denied", { s3Endpoint }),
          isCode("E_STORE_DENIED", /permission s3:PutObject is missing \(403: AccessDenied: User/),
        );
        const store = await openDestination("s3://faults/denied", { s3Endpoint });
        await assert.rejects(store.get("k"), isCode("E_STORE_DENIED", /s3:GetObject/));
        await assert.rejects(store.stat("k"), isCode("E_STORE_DENIED", /s3:GetObject/));
        await assert.rejects(store.delete("k"), isCode("E_STORE_DENIED", /s3:DeleteObject/));
        await store.close();
      },
    );
  });

  it("that refuses to delete is told to hold a probe object", async () => {
    const refuse = (method: string): Fault => (method === "DELETE" ? refusal(403, "AccessDenied") : fine);
    await withFaults(refuse, async (s3Endpoint) => {
      await assert.rejects(
        probeWritable("s3://faults/stays", { s3Endpoint }),
        isCode("E_STORE_DENIED", /s3:DeleteObject is missing.*probe object \.cirrus-probe-[0-9a-f]+ stays there/),
      );
    });
  });

  it("passes the preflight and keeps nothing of it", async () => {
    await probeWritable("s3://faults/probe");
    const store = await openStore("s3://faults/probe");
    for await (const { key } of store.list("")) assert.fail(`${key} stayed`);
    await store.close();
  });

  it("that knows the key, but not its secret, is told without them", async () => {
    const wrong = refusal(403, "SignatureDoesNotMatch", "AWSAccessKeyId=AKIAIOSFODNN7EXAMPLE does not sign so");
    await withFaults(
      () => wrong,
      async (s3Endpoint) => {
        const store = await openStore("s3://faults/secret", { s3Endpoint });
        await assert.rejects(store.get("k"), (error: Error) => {
          assert.ok(isCode("E_STORE_DENIED", /^the AWS credentials do not work \(SignatureDoesNotMatch/)(error));
          assert.doesNotMatch(error.message, /AKIAIOSFODNN7EXAMPLE/);
          return true;
        });
        await store.close();
      },
    );
  });

  it("lists more than one page", async () => {
    const small = (request: IncomingMessage): Fault => {
      if (request.url?.includes("list-type=2")) request.url += "&max-keys=10";
      return fine;
    };
    const proxy = await startFaultyProxy(moto.endpoint, small);
    const store = await openDestination("s3://faults/pages", { s3Endpoint: proxy.endpoint });
    await Promise.all(Array.from({ length: 25 }, (_, i) => store.put(`k${i}`, Buffer.from("x"))));
    const keys = new Set<string>();
    for await (const { key } of store.list("k")) keys.add(key);
    assert.equal(keys.size, 25);
    await store.close();
    await proxy.stop();
  });

  it("loses no count of 6 processes that add to one object", { timeout: 300_000 }, async () => {
    const program = fileURLToPath(new URL("../storage/programs/add-one.js", import.meta.url));
    const children = Array.from({ length: 6 }, () =>
      spawn(process.execPath, [program, "s3://faults/many", "count", "3"], { stdio: ["ignore", "inherit", "inherit"] }),
    );
    const codes = await Promise.all(children.map(async (child) => ((await once(child, "exit")) as [number | null])[0]));
    assert.deepEqual(new Set(codes), new Set([0]));
    const store = await openStore("s3://faults/many");
    assert.equal(Buffer.from((await store.get("count"))?.bytes ?? []).toString(), "18");
    await store.close();
  });
});

describe("without credentials", () => {
  const names = ["AWS_ACCESS_KEY_ID", "AWS_SECRET_ACCESS_KEY"];
  const kept = names.map((name) => [name, process.env[name]] as const);
  before(() => names.forEach((name) => delete process.env[name]));
  after(() => Object.assign(process.env, Object.fromEntries(kept)));

  it("public buckets are read, by unsigned requests", async () => {
    const reply = await fetch(`${moto.endpoint}/faults/public/info`, { method: "PUT", body: "{}" });
    assert.equal(reply.status, 200);
    const signed: unknown[] = [];
    const proxy = await startFaultyProxy(moto.endpoint, ({ headers }) => {
      signed.push(headers.authorization);
      return fine;
    });
    const store = await openStore("s3://faults/public", { s3Endpoint: proxy.endpoint });
    assert.equal(Buffer.from((await store.get("info"))?.bytes ?? []).toString(), "{}");
    assert.deepEqual(signed, [undefined]);
    await store.close();
    await proxy.stop();
  });

  it("a refusal says that there are none", async () => {
    await withFaults(
      () => refusal(403, "AccessDenied"),
      async (s3Endpoint) => {
        const store = await openDestination("s3://faults/none", { s3Endpoint });
        await assert.rejects(
          store.put("k", Buffer.from("x")),
          isCode("E_STORE_DENIED", /no AWS credentials were found, and none is not enough \(403\)/),
        );
        await store.close();
      },
    );
  });

  it("those of a profile are taken, with its region and its server", async () => {
    const home = await mkdtemp(join(tmpdir(), "cirrus-aws-"));
    await mkdir(join(home, ".aws"));
    await writeFile(join(home, ".aws/credentials"), "[lab]\naws_access_key_id = a\naws_secret_access_key = b\n");
    const config = `[profile lab]\nregion = eu-central-1\nendpoint_url = ${moto.endpoint}\n`;
    await writeFile(join(home, ".aws/config"), config);
    const program = fileURLToPath(new URL("../storage/programs/add-one.js", import.meta.url));
    const child = spawn(process.execPath, [program, "s3://faults/profile", "count", "1"], {
      stdio: ["ignore", "inherit", "inherit"],
      env: { PATH: process.env["PATH"], HOME: home, AWS_PROFILE: "lab" },
    });
    assert.deepEqual(await once(child, "exit"), [0, null]);
    const reply = await fetch(`${moto.endpoint}/faults/profile/count`);
    assert.equal(await reply.text(), "1");
    await rm(home, { recursive: true });
  });

  it("a profile that is named must be there", async () => {
    process.env["AWS_PROFILE"] = "no-such-profile";
    try {
      const store = await openStore("s3://faults/profile");
      await assert.rejects(
        store.get("k"),
        isCode("E_STORE_DENIED", /^the AWS credentials do not work \(the profile no-such-profile gives none\)/),
      );
      await store.close();
    } finally {
      delete process.env["AWS_PROFILE"];
    }
  });
});
