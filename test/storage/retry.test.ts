import assert from "node:assert/strict";
import { createServer, type RequestListener } from "node:http";
import type { AddressInfo } from "node:net";
import { describe, it } from "node:test";
import { isCirrusError } from "#src/core/errors.js";
import { isTemporary, withRetry } from "#src/storage/retry.js";

/** Fetches with the status of a refusal as an error, as client libraries give it. */
async function read(url: string): Promise<string> {
  const reply = await fetch(url);
  const body = await reply.text();
  if (!reply.ok) throw Object.assign(new Error(`HTTP ${reply.status}`), { code: reply.status });
  return body;
}

async function withServer(listener: RequestListener, use: (url: string) => Promise<void>): Promise<void> {
  const server = createServer(listener);
  await new Promise<void>((resolve) => server.listen(0, "127.0.0.1", resolve));
  try {
    await use(`http://127.0.0.1:${(server.address() as AddressInfo).port}`); // listening on TCP
  } finally {
    server.closeAllConnections();
    await new Promise((resolve) => server.close(resolve));
  }
}

describe("withRetry", () => {
  it("passes over one 503 per object", async () => {
    const seen = new Map<string, number>();
    await withServer(
      (request, response) => {
        const count = (seen.get(request.url ?? "") ?? 0) + 1;
        seen.set(request.url ?? "", count);
        response.statusCode = count === 1 ? 503 : 200;
        response.end(`object ${request.url}`);
      },
      async (url) => {
        const names = ["/a", "/b", "/c", "/d"];
        const bodies = await Promise.all(
          names.map((name) => withRetry(() => read(url + name), { what: `get of ${name}`, firstPauseMs: 5 })),
        );
        assert.deepEqual(bodies, ["object /a", "object /b", "object /c", "object /d"]);
        assert.deepEqual([...seen.values()], [2, 2, 2, 2]);
      },
    );
  });

  it("passes over a connection that breaks", async () => {
    let count = 0;
    await withServer(
      (request, response) => {
        if (++count < 3) request.socket.destroy();
        else response.end("there");
      },
      async (url) => {
        assert.equal(await withRetry(() => read(url), { what: "get", firstPauseMs: 5 }), "there");
        assert.equal(count, 3);
      },
    );
  });

  it("tells the number of the try", async () => {
    const tries: number[] = [];
    await withRetry(
      async (tryNumber) => {
        tries.push(tryNumber);
        if (tryNumber < 3) throw Object.assign(new Error("busy"), { code: 429 });
      },
      { what: "put", firstPauseMs: 1 },
    );
    assert.deepEqual(tries, [1, 2, 3]);
  });

  it("gives up at the deadline with a temporary error that names what failed and why", async () => {
    let count = 0;
    await withServer(
      (_, response) => {
        count++;
        response.statusCode = 503;
        response.end();
      },
      async (url) => {
        // One try may take longer than any deadline where the machine is busy.
        for (let deadlineMs = 200; count < 2; deadlineMs *= 4) {
          count = 0;
          await assert.rejects(
            withRetry(() => read(url), { what: "put of gs://bucket/key", deadlineMs, firstPauseMs: 20 }),
            (error: unknown) => {
              assert.ok(isCirrusError(error, "E_STORE_TEMPORARY"));
              assert.match(error.message, /^put of gs:\/\/bucket\/key still fails after \d+\.\d s: HTTP 503$/);
              assert.equal(error.exitCode, 75);
              return true;
            },
          );
          // Pauses grow from 20 ms to twice as long each, and there is no try after the deadline.
          assert.ok(count <= 2 + Math.log2(deadlineMs / 20), `${count} tries in ${deadlineMs} ms`);
        }
      },
    );
  });

  it("gives any other error as it is, after one try", async () => {
    const denied = Object.assign(new Error("no"), { code: 403 });
    let count = 0;
    await assert.rejects(
      withRetry(
        async () => {
          count++;
          throw denied;
        },
        { what: "put" },
      ),
      (error: unknown) => error === denied,
    );
    assert.equal(count, 1);
  });
});

describe("isTemporary", () => {
  const coded = (code: string | number, message = "x"): Error => Object.assign(new Error(message), { code });
  const temporary = [
    408,
    429,
    500,
    502,
    503,
    504,
    "503",
    "ECONNRESET",
    "ECONNREFUSED",
    "ETIMEDOUT",
    "EPIPE",
    "EAI_AGAIN",
  ];
  const lasting = [400, 401, 403, 404, 412, "ENOENT", "EACCES"];
  for (const code of temporary) it(`is true of ${code}`, () => assert.equal(isTemporary(coded(code)), true));
  for (const code of lasting) it(`is false of ${code}`, () => assert.equal(isTemporary(coded(code)), false));
  it("is true of a 403 that means slower", () => assert.equal(isTemporary(coded(403, "rateLimitExceeded")), true));
  it("looks into the cause of a fetch that failed", () =>
    assert.equal(isTemporary(new TypeError("fetch failed", { cause: coded("ECONNRESET") })), true));
  it("is false of what is no error", () => assert.equal(isTemporary(undefined), false));
});
