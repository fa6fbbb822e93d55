// The requests that our own connections send to S3, and when Amazon's client takes over: against a server of this process.
import assert from "node:assert/strict";
import { createServer, type IncomingMessage } from "node:http";
import { mkdtemp, rm, writeFile } from "node:fs/promises";
import type { AddressInfo } from "node:net";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { after, before, describe, it } from "node:test";
import { setTimeout } from "node:timers/promises";
import { openStore } from "#src/storage/open.js";
import { openDestination } from "../../fixtures/destination.js";
import { isCode } from "../../fixtures/errors.js";

interface Answer {
  readonly status: number;
  readonly headers?: Readonly<Record<string, string>>;
  readonly body?: string;
}

type Seen = Pick<IncomingMessage, "method" | "url" | "headers"> & { readonly by: "client" | "direct" };

/** @returns what was asked while `use` went on, in order */
async function withServer(
  answer: (request: Seen, count: number) => Answer,
  use: (s3Endpoint: string) => Promise<void>,
): Promise<readonly Seen[]> {
  const seen: Seen[] = [];
  const server = createServer((request, response) => {
    request.resume().on("end", () => {
      const { method, url, headers } = request;
      const told: Seen = { method, url, headers, by: headers["user-agent"] === "cirrus" ? "direct" : "client" };
      const { status, headers: given, body = "" } = answer(told, seen.push(told));
      response.writeHead(status, { etag: '"e1"', ...given }).end(body);
    });
  });
  await new Promise<void>((resolve) => server.listen(0, "127.0.0.1", resolve));
  try {
    await use(`http://127.0.0.1:${(server.address() as AddressInfo).port}`); // listening on TCP
  } finally {
    server.closeAllConnections();
    await new Promise((resolve) => server.close(resolve));
  }
  return seen;
}

const refusal = (status: number, code: string, headers: Answer["headers"] = {}): Answer => ({
  status,
  headers: { "content-type": "application/xml", ...headers },
  body: `<?xml version="1.0" encoding="UTF-8"?><Error><Code>${code}</Code><Message>as &quot;told&quot;</Message></Error>`,
});

const environment = {
  AWS_ACCESS_KEY_ID: "AKIDEXAMPLE",
  AWS_SECRET_ACCESS_KEY: "secret",
  AWS_SESSION_TOKEN: "session",
  AWS_REGION: "eu-central-1",
};
const kept = Object.keys(environment).map((name) => [name, process.env[name]] as const);
before(() => void Object.assign(process.env, environment));
after(() => {
  for (const [name, value] of kept)
    if (value === undefined) delete process.env[name];
    else process.env[name] = value;
});

describe("a put to S3", () => {
  it("is signed with the digest and the checksum of its bytes, and its name escaped", async () => {
    const [put] = await withServer(
      () => ({ status: 200 }),
      async (s3Endpoint) => {
        const store = await openDestination("s3://bucket/a (b)", { s3Endpoint });
        const options = { contentType: "text/plain", contentEncoding: "gzip", cacheControl: "no-cache" } as const;
        assert.deepEqual(await store.put("x/y'+z", Buffer.from("hello"), options), { kind: "written", version: "e1" });
        await store.close();
      },
    );
    assert.ok(put);
    assert.equal(`${put.method} ${put.url} by ${put.by}`, "PUT /bucket/a%20%28b%29/x/y%27%2Bz by direct");
    const { headers } = put;
    assert.match(
      headers.authorization ?? "",
      /^AWS4-HMAC-SHA256 Credential=AKIDEXAMPLE\/\d{8}\/eu-central-1\/s3\/aws4_request, SignedHeaders=[^ ]*host;/,
    );
    assert.equal(headers["x-amz-content-sha256"], "2cf24dba5fb0a30e26e83b2ac5b9e29e1b161e5c1fa7425e73043362938b9824");
    assert.equal(headers["x-amz-checksum-crc32"], "NhCmhg==");
    assert.equal(headers["x-amz-security-token"], "session");
    assert.equal(headers["content-length"], "5");
    assert.equal(headers["content-type"], "text/plain");
    assert.equal(headers["content-encoding"], "gzip");
    assert.equal(headers["cache-control"], "no-cache");
  });

  it("that is conditional says so, and who it is", async () => {
    const seen = await withServer(
      () => ({ status: 200 }),
      async (s3Endpoint) => {
        const store = await openDestination("s3://bucket/v", { s3Endpoint });
        await store.put("k", Buffer.from("1"), { ifVersion: "absent" });
        await store.put("k", Buffer.from("2"), { ifVersion: "e1" });
        await store.close();
      },
    );
    assert.deepEqual(
      seen.map(({ headers }) => [headers["if-none-match"], headers["if-match"]]),
      [
        ["*", undefined],
        [undefined, '"e1"'],
      ],
    );
    for (const { headers } of seen) assert.match(String(headers["x-amz-meta-cirrus-write-id"]), /^[0-9a-f]{24}$/);
  });

  it("leaves out checksums where it is told to", async () => {
    process.env["AWS_REQUEST_CHECKSUM_CALCULATION"] = "when_required";
    try {
      const [put] = await withServer(
        () => ({ status: 200 }),
        async (s3Endpoint) => {
          const store = await openDestination("s3://bucket/v", { s3Endpoint });
          await store.put("k", Buffer.from("1"));
          await store.close();
        },
      );
      assert.equal(put?.by, "direct");
      assert.equal(put?.headers["x-amz-checksum-crc32"], undefined);
    } finally {
      delete process.env["AWS_REQUEST_CHECKSUM_CALCULATION"];
    }
  });

  it("that is sent to another region goes by Amazon's client, and so does what follows", async () => {
    const redirect = refusal(301, "PermanentRedirect", { "x-amz-bucket-region": "us-west-2" });
    const seen = await withServer(
      ({ headers }) => (headers.authorization?.includes("/us-west-2/") ? { status: 200 } : redirect),
      async (s3Endpoint) => {
        const store = await openDestination("s3://bucket/v", { s3Endpoint });
        assert.equal((await store.put("k", Buffer.from("1"))).kind, "written");
        assert.equal((await store.put("l", Buffer.from("2"))).kind, "written");
        await store.close();
      },
    );
    assert.deepEqual(
      seen.map(({ by, url }) => `${by} ${url?.split("?")[0]}`),
      ["direct /bucket/v/k", ...Array(2).fill("client /bucket/v/k"), ...Array(2).fill("client /bucket/v/l")],
    );
  });

  it("from a machine whose clock is wrong is signed again by the server's clock, which then counts", async () => {
    const early = { date: "Sat, 01 Jan 2022 00:00:30 GMT" };
    const seen = await withServer(
      ({ headers }) =>
        String(headers["x-amz-date"]).startsWith("20220101T00")
          ? { status: 200, headers: early }
          : refusal(403, "RequestTimeTooSkewed", early),
      async (s3Endpoint) => {
        const store = await openDestination("s3://bucket/v", { s3Endpoint });
        await store.put("k", Buffer.from("1"));
        await store.put("l", Buffer.from("2"));
        await store.close();
      },
    );
    assert.deepEqual(
      seen.map(({ by, url }) => `${by} ${url}`),
      ["direct /bucket/v/k", "direct /bucket/v/k", "direct /bucket/v/l"],
    );
  });

  it("from a machine whose clock cannot be set right is refused by name", async () => {
    await withServer(
      () => refusal(403, "RequestTimeTooSkewed"),
      async (s3Endpoint) => {
        const store = await openDestination("s3://bucket/v", { s3Endpoint });
        await assert.rejects(
          store.put("k", Buffer.from("1")),
          isCode("E_STORE_DENIED", /clock is wrong \(RequestTimeTooSkewed: as "told"\)/),
        );
        await store.close();
      },
    );
  });

  it("takes credentials that were renewed since the last one", async () => {
    const folder = await mkdtemp(join(tmpdir(), "cirrus-aws-"));
    // What ends within five minutes is renewed by the SDK while requests go on.
    const program = join(folder, "credentials.mjs");
    await writeFile(
      program,
      `import { appendFileSync, readFileSync } from "node:fs";
      appendFileSync(import.meta.dirname + "/count", "x");
      const AccessKeyId = "KEY" + readFileSync(import.meta.dirname + "/count").length;
      const Expiration = new Date(Date.now() + 60_000).toISOString();
      console.log(JSON.stringify({ Version: 1, AccessKeyId, SecretAccessKey: "s", Expiration }));`,
    );
    const config = `[profile short]\ncredential_process = "${process.execPath}" "${program}"\n`;
    await writeFile(join(folder, "config"), config);
    const { AWS_ACCESS_KEY_ID, AWS_SECRET_ACCESS_KEY } = environment;
    delete process.env["AWS_ACCESS_KEY_ID"];
    delete process.env["AWS_SECRET_ACCESS_KEY"];
    Object.assign(process.env, { AWS_PROFILE: "short", AWS_CONFIG_FILE: join(folder, "config") });
    try {
      const keys = new Set<string>();
      const note = ({ by, headers }: Seen): Answer => {
        keys.add(`${by} ${/Credential=KEY\d+/.exec(headers.authorization ?? "")?.[0]}`);
        return { status: 200 };
      };
      await withServer(note, async (s3Endpoint) => {
        const store = await openDestination("s3://bucket/v", { s3Endpoint });
        const deadline = Date.now() + 300_000;
        while (keys.size < 2 && Date.now() < deadline) {
          await store.put("k", Buffer.from("1"));
          await setTimeout(20);
        }
        await store.close();
      });
      assert.equal(keys.size, 2);
      for (const key of keys) assert.match(key, /^direct Credential=KEY\d+$/);
    } finally {
      delete process.env["AWS_PROFILE"];
      delete process.env["AWS_CONFIG_FILE"];
      Object.assign(process.env, { AWS_ACCESS_KEY_ID, AWS_SECRET_ACCESS_KEY });
      await rm(folder, { recursive: true });
    }
  });

  it("whose answer begins well and ends in an error is tried again", async () => {
    const seen = await withServer(
      (_, count) => (count === 1 ? { ...refusal(200, "InternalError") } : { status: 200 }),
      async (s3Endpoint) => {
        const store = await openDestination("s3://bucket/v", { s3Endpoint });
        await store.put("k", Buffer.from("1"));
        await store.close();
      },
    );
    assert.equal(seen.length, 2);
  });
});

describe("a get from S3", () => {
  const crc32 = { "x-amz-checksum-crc32": "NhCmhg==" };

  it("whose bytes do not match their checksum is tried again", async () => {
    const seen = await withServer(
      (_, count) => ({ status: 200, headers: crc32, body: count === 1 ? "hellO" : "hello" }),
      async (s3Endpoint) => {
        const store = await openStore("s3://bucket/v", { s3Endpoint });
        assert.equal(Buffer.from((await store.get("k"))?.bytes ?? []).toString(), "hello");
        await store.close();
      },
    );
    assert.deepEqual(
      seen.map(({ by, headers }) => `${by} ${headers["x-amz-checksum-mode"]}`),
      ["direct ENABLED", "direct ENABLED"],
    );
  });

  it("goes by Amazon's client where the checksum is of a kind that only it knows", async () => {
    const seen = await withServer(
      () => ({ status: 200, headers: { "x-amz-checksum-crc32c": "mnG7TA==" }, body: "hello" }),
      async (s3Endpoint) => {
        const store = await openStore("s3://bucket/v", { s3Endpoint });
        assert.equal(Buffer.from((await store.get("k"))?.bytes ?? []).toString(), "hello");
        await store.close();
      },
    );
    assert.deepEqual(
      seen.map(({ by }) => by),
      ["direct", "client"],
    );
  });

  it("leaves a checksum of checksums of parts alone, and one beside a part", async () => {
    const seen = await withServer(
      ({ headers }) =>
        headers.range
          ? { status: 206, headers: crc32, body: "el" }
          : { status: 200, headers: { "x-amz-checksum-crc32": "AAAAAA==-3" }, body: "hello" },
      async (s3Endpoint) => {
        const store = await openStore("s3://bucket/v", { s3Endpoint });
        assert.equal((await store.get("k"))?.bytes.length, 5);
        assert.equal((await store.getRange("k", { offset: 1, length: 2 }))?.length, 2);
        await store.close();
      },
    );
    assert.deepEqual(
      seen.map(({ by, headers }) => `${by} ${headers.range}`),
      ["direct undefined", "direct bytes=1-2"],
    );
  });
});
