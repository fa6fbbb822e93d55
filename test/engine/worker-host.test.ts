import assert from "node:assert/strict";
import { fork, type ChildProcess } from "node:child_process";
import { on, once } from "node:events";
import { mkdtempSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { after, describe, it } from "node:test";
import { pathToFileURL } from "node:url";
import { CirrusError } from "#src/core/errors.js";
import type { FromWorker, ToWorker } from "#src/engine/messages.js";
import { failureOf } from "#src/engine/worker-host.js";
import { workerScript } from "./toy/toy-job.js";
import type { ToyDocument } from "./toy/toy-kind.js";

const folder = mkdtempSync(join(tmpdir(), "cirrus-worker-"));
const children: ChildProcess[] = [];
after(() => {
  for (const child of children) child.kill("SIGKILL");
  rmSync(folder, { recursive: true });
});

const paths = { begun: join(folder, "begun.txt"), ended: join(folder, "ended.txt") };
writeFileSync(paths.begun, "");

/** A worker that is set up for the toy kind. */
async function readyWorker(options: Partial<ToyDocument> = {}): Promise<ChildProcess> {
  const job: ToyDocument = {
    url: pathToFileURL(join(folder, "volume")).href,
    ...paths,
    taskMs: 1,
    misdeeds: {},
    ...options,
  };
  const child = fork(workerScript, [], { serialization: "advanced", execArgv: [] });
  children.push(child);
  messages.set(child, on(child, "message"));
  send(child, { type: "setup", kind: "toy", job, memoryBytes: 2 ** 27 });
  assert.deepEqual(await next(child), { type: "ready", fingerprint: "toy" });
  return child;
}

const send = (child: ChildProcess, message: ToWorker) => child.send(message);

/** Kept from the start: two messages may come at once, of which `once` would lose the second. */
const messages = new WeakMap<ChildProcess, AsyncIterator<unknown[]>>();

/** The next message but signs of life. */
async function next(child: ChildProcess): Promise<FromWorker> {
  for (;;) {
    const [message] = (await messages.get(child)!.next()).value as [FromWorker];
    if (message.type !== "alive") return message;
  }
}

describe("a worker", () => {
  it("answers tasks with receipts, one after the other", async () => {
    const child = await readyWorker();
    send(child, { type: "task", task: 4 });
    send(child, { type: "task", task: 5 });
    const [first, second] = [await next(child), await next(child)];
    assert.equal(first.type === "receipt" && first.receipt.task, 4);
    assert.equal(second.type === "receipt" && second.receipt.task, 5);
  });

  it("answers a task that fails with its code, and goes on", async () => {
    const child = await readyWorker({ misdeeds: { 1: { does: "fail", code: "E_TILE_MISSING" } } });
    send(child, { type: "task", task: 1 });
    assert.deepEqual(await next(child), {
      type: "failure",
      failure: {
        task: 1,
        code: "E_TILE_MISSING",
        message: "task 1 was told to fail",
        names: ["/tiles/1.png"],
        temporary: false,
      },
    });
    send(child, { type: "task", task: 2 });
    assert.equal((await next(child)).type, "receipt");
  });

  it("leaves at once when its supervisor is gone, in the middle of a task", async () => {
    const child = await readyWorker({ misdeeds: { 1: { does: "hang" } } });
    send(child, { type: "task", task: 1 });
    await once(child, "message"); // alive: the task has begun
    child.disconnect();
    assert.deepEqual(await once(child, "exit"), [0, null]);
  });

  it("leaves the terminal's Ctrl-C and hang-up to its supervisor", async () => {
    const child = await readyWorker();
    child.kill("SIGINT");
    child.kill("SIGHUP");
    send(child, { type: "task", task: 1 });
    assert.equal((await next(child)).type, "receipt");
    child.kill("SIGTERM");
    assert.deepEqual(await once(child, "exit"), [143, null]);
  });

  it("closes what it has open when told that there is no more", async () => {
    const child = await readyWorker();
    send(child, { type: "end" });
    assert.deepEqual(await once(child, "exit"), [0, null]);
  });
});

describe("failureOf", () => {
  it("calls what may help to be tried again temporary", () => {
    assert.equal(failureOf(1, new CirrusError("E_STORE_TEMPORARY", "503")).temporary, true);
    assert.equal(failureOf(1, new CirrusError("E_TILE_CORRUPT", "bad")).temporary, false);
  });

  it("keeps secrets to itself", () => {
    const error = new CirrusError("E_STORE_DENIED", "no entry to https://me:pw@host/a", {
      context: { names: ["https://me:pw@host/a"] },
    });
    const { message, names } = failureOf(1, error);
    assert.deepEqual([message, names], ["no entry to https://***@host/a", ["https://***@host/a"]]);
  });

  it("calls anything else an internal error", () => {
    assert.deepEqual(failureOf(3, new TypeError("x is undefined")), {
      task: 3,
      code: "E_INTERNAL",
      message: "x is undefined",
      names: [],
      temporary: false,
    });
    assert.equal(failureOf(3, "text").message, "text");
  });
});
