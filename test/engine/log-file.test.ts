import assert from "node:assert/strict";
import { mkdtempSync, readFileSync, rmSync, statSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { after, describe, it } from "node:test";
import { logFile, openJobLog } from "#src/engine/log-file.js";

const folder = mkdtempSync(join(tmpdir(), "cirrus-log-"));
after(() => rmSync(folder, { recursive: true }));

const linesOf = (path: string) =>
  readFileSync(path, "utf8")
    .trimEnd()
    .split("\n")
    .map((line) => JSON.parse(line) as Record<string, unknown>);

describe("a job's log", () => {
  it("is appended to by each supervisor, readable by its owner only", async () => {
    const first = await openJobLog(folder, "1fq2k9-x7pd");
    const second = await openJobLog(folder, "1fq2k9-x7pd");
    assert.equal(first.file, join(folder, "logs", "1fq2k9-x7pd.log"));
    first.emit({ type: "note", text: "one" });
    second.emit({ type: "worker-died", pid: 7, signal: "SIGKILL", code: null });
    first.emit({ type: "task-failed", task: 3, code: "E_TILE_MISSING", message: "no tile", names: ["/a.png"] });
    const lines = linesOf(first.file);
    assert.deepEqual(
      lines.map(({ time: _time, ...rest }) => rest),
      [
        { level: 30, supervisor: process.pid, event: "note", text: "one" },
        { level: 40, supervisor: process.pid, pid: 7, event: "worker-died", signal: "SIGKILL", code: null },
        {
          level: 50,
          supervisor: process.pid,
          event: "task-failed",
          task: 3,
          code: "E_TILE_MISSING",
          message: "no tile",
          names: ["/a.png"],
        },
      ],
    );
    assert.match(String(lines[0]!["time"]), /^\d{4}-\d\d-\d\dT/);
    assert.equal(statSync(first.file).mode & 0o777, 0o600);
    first.close();
    second.close();
  });

  it("holds no secrets, and stays JSON", async () => {
    const log = await openJobLog(folder, "secret");
    log.emit({ type: "note", text: 'at https://me:hunter2@host/x, password: "hunter2" and token=hunter2' });
    log.close();
    const text = readFileSync(logFile(folder, "secret"), "utf8");
    assert.ok(!text.includes("hunter2"), text);
    assert.match(String(linesOf(log.file)[0]!["text"]), /^at https:\/\/\*\*\*@host\/x, /);
  });

  it("is given up where its folder cannot be made", async () => {
    const log = await openJobLog("/dev/null/state", "nowhere");
    log.emit({ type: "note", text: "lost" });
    log.close();
  });

  it("does not end the process when the disk is full", async () => {
    const { symlinkSync } = await import("node:fs");
    symlinkSync("/dev/full", logFile(folder, "full"));
    const log = await openJobLog(folder, "full");
    log.emit({ type: "note", text: "lost" });
    log.emit({ type: "note", text: "lost as well" });
  });
});
