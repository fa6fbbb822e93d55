import assert from "node:assert/strict";
import { spawn } from "node:child_process";
import { once } from "node:events";
import { hostname } from "node:os";
import { describe, it } from "node:test";
import { isGone, processStartedAt } from "#src/jobs/process-identity.js";

const onLinux = { skip: process.platform === "linux" ? false : "only Linux tells when a process started" };

describe("a process", () => {
  const me = { host: hostname(), pid: process.pid, pidStartedAt: processStartedAt(process.pid) };

  it("is there while it runs, and gone when it was killed, reaped or not", async () => {
    const child = spawn("sleep", ["60"]);
    const other = { host: hostname(), pid: child.pid!, pidStartedAt: processStartedAt(child.pid!) };
    assert.deepEqual([isGone(me), isGone(other)], [false, false]);
    child.kill("SIGKILL");
    await once(child, "exit");
    assert.deepEqual([isGone(me), isGone(other)], [false, true]);
  });

  it("is gone when its id belongs to a process that started at another time", onLinux, () => {
    const [ticks, space] = me.pidStartedAt.split("@");
    assert.equal(isGone({ ...me, pidStartedAt: `${Number(ticks) - 1}@${space}` }), true);
  });

  it("may be there when it cannot be seen from here: other host, other boot or container", () => {
    assert.equal(isGone({ ...me, pid: 2 ** 22 + 1, host: "far-away" }), false);
    assert.equal(isGone({ ...me, pid: 2 ** 22 + 1, pidStartedAt: "1@1.00000000" }), false);
  });
});
