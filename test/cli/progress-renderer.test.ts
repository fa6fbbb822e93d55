import assert from "node:assert/strict";
import { describe, it } from "node:test";
import type { Progress, RunEvent } from "#src/engine/events.js";
import { progressRenderer, type ProgressMode } from "#src/cli/progress-renderer.js";
import { plainStyle } from "#src/cli/style.js";

const summary = {
  jobId: "1fq2k9-x7pd",
  destination: "file:///v",
  state: "done",
  tasksDone: 4,
  tasksFailed: 0,
  filledTiles: 0,
  chunks: 1200,
  backgroundChunks: 0,
  bytes: 3e6,
  seconds: 2.5,
} as const;
const base: Progress = {
  stage: 0,
  stages: 2,
  tasksDone: 412,
  tasksTotal: 1000,
  tasksFailed: 0,
  tasksActive: 2,
  filledTiles: 0,
  chunks: 10,
  backgroundChunks: 0,
  bytes: 1000,
  fraction: 0.419,
  rateMBs: 35.25,
  etaSeconds: 125,
  workers: 2,
};
const progress = (change: Partial<Progress> = {}): RunEvent => ({ type: "progress", ...base, ...change });

/** A renderer whose clock and output a test holds. */
function rendererOn(
  mode: ProgressMode,
  terminal: { readonly isTTY: boolean; readonly columns?: number; readonly env?: Record<string, string> },
) {
  let text = "";
  let nowMs = 0;
  const output = {
    isTTY: terminal.isTTY,
    columns: terminal.columns ?? 100,
    write: (more: string) => void (text += more),
  };
  const renderer = progressRenderer({ mode, output, env: terminal.env ?? {}, style: plainStyle, now: () => nowMs });
  return {
    ...renderer,
    wait: (ms: number) => void (nowMs += ms),
    taken: () => {
      const taken = text;
      text = "";
      return taken;
    },
  };
}

describe("progress off a terminal", () => {
  it("prints one plain line per 30 s, and the last one at the end", () => {
    const renderer = rendererOn("auto", { isTTY: false });
    renderer.emit(progress());
    assert.equal(renderer.taken(), "41 %, 412/1,000 tasks, 2 min 5 s left, 35.3 MB/s, stage 1 of 2\n");
    renderer.wait(29_999);
    renderer.emit(progress({ tasksDone: 500 }));
    assert.equal(renderer.taken(), "");
    renderer.wait(1);
    renderer.emit(
      progress({ tasksDone: 501, tasksFailed: 1, filledTiles: 3, rateMBs: null, etaSeconds: null, stages: 1 }),
    );
    assert.equal(renderer.taken(), "41 %, 501/1,000 tasks, 1 failed, 3 filled\n");
    renderer.emit(progress({ tasksDone: 1000, fraction: 1, rateMBs: null, etaSeconds: null, stages: 1 }));
    renderer.close();
    renderer.close();
    assert.equal(renderer.taken(), "100 %, 1,000/1,000 tasks\n");
  });

  it("prints each important event at once", () => {
    const renderer = rendererOn("auto", { isTTY: false });
    renderer.emit({ type: "job", jobId: "1fq2k9-x7pd", continued: true, logFile: "/logs/a.log" });
    renderer.emit({ type: "warning", code: "W_FILES", text: "many files" });
    renderer.emit({
      type: "task-failed",
      task: 12,
      code: "E_TILE_MISSING",
      message: "no tile at 3/0_0_0.png",
      names: ["3/0_0_0.png"],
    });
    renderer.emit({ type: "worker-died", pid: 77, signal: "SIGKILL", code: null });
    renderer.emit({ type: "tile-filled", url: "/s/3.tif", page: 4, reason: "corrupt" });
    renderer.emit({ type: "finished", state: "done", summary });
    assert.deepEqual(renderer.taken().split("\n"), [
      "continuing job ID: 1fq2k9-x7pd  log: /logs/a.log",
      "warning: many files (W_FILES)",
      "task 12 failed: no tile at 3/0_0_0.png (E_TILE_MISSING)",
      "worker 77 died (SIGKILL); its tasks are done again",
      "filled with background, corrupt: /s/3.tif page 4",
      "done: 4 tasks done, 1,200 chunks, 3 MB in 2.5 s",
      "",
    ]);
  });

  it("names ten filled tiles and counts the others", () => {
    const renderer = rendererOn("auto", { isTTY: false });
    const fill = (i: number) => renderer.emit({ type: "tile-filled", url: `/s/${i}.png`, reason: "missing" });
    for (let i = 0; i < 10; i++) fill(i);
    assert.equal(renderer.taken().trimEnd().split("\n").length, 10);
    for (let i = 10; i < 1000; i++) fill(i);
    const lines = renderer.taken().trimEnd().split("\n");
    assert.deepEqual(lines, ["further filled tiles are counted only; `cirrus status` names them all"]);
  });

  it("takes continuous integration for no terminal", () => {
    const renderer = rendererOn("auto", { isTTY: true, env: { CI: "true" } });
    renderer.emit(progress());
    assert.equal(renderer.taken().includes("\u001b"), false);
  });
});

describe("progress on a terminal", () => {
  it("redraws one line, at most ten times a second, and keeps the last", () => {
    const renderer = rendererOn("auto", { isTTY: true });
    renderer.emit(progress());
    const line = "[============>                 ]   41 %  412/1,000 tasks  2 min 5 s left  35.3 MB/s  stage 1 of 2";
    assert.equal(renderer.taken(), `\r\u001b[K${line}`);
    renderer.wait(99);
    renderer.emit(progress());
    assert.equal(renderer.taken(), "");
    renderer.close();
    assert.equal(renderer.taken(), `\r\u001b[K${line}\n`);
  });

  it("leaves the line complete when the run has finished", () => {
    const renderer = rendererOn("auto", { isTTY: true });
    renderer.emit(progress());
    renderer.emit(progress({ tasksDone: 1000, fraction: 1 }));
    renderer.taken();
    renderer.emit({ type: "finished", state: "done", summary });
    renderer.close();
    assert.equal(
      renderer.taken(),
      "\r\u001b[K[==============================]  100 %  1,000/1,000 tasks  2 min 5 s left  35.3 MB/s  stage 1 of 2\n" +
        "done: 4 tasks done, 1,200 chunks, 3 MB in 2.5 s\n",
    );
  });

  it("prints other lines above it", () => {
    const renderer = rendererOn("auto", { isTTY: true });
    renderer.emit(progress({ fraction: 0 }));
    const drawn = renderer.taken().slice(4);
    renderer.write("hello");
    assert.equal(renderer.taken(), `\r\u001b[Khello\n${drawn}`);
  });

  it("never fills a narrow terminal's last column", () => {
    for (const columns of [10, 20, 40, 60, 80, 120]) {
      const renderer = rendererOn("auto", { isTTY: true, columns });
      renderer.emit(progress({ tasksFailed: 12345, filledTiles: 12345 }));
      const line = renderer.taken().slice(4);
      assert.ok(line.length < Math.max(columns, 12), `${columns}: ${line}`);
    }
  });
});

describe("progress for machines", () => {
  it("prints every event as one line of JSON", () => {
    const renderer = rendererOn("json", { isTTY: true });
    renderer.emit(progress());
    renderer.emit({ type: "tile-filled", url: "https://me:pw@host/3.png", reason: "missing" });
    renderer.write("a note");
    renderer.close();
    const events = renderer
      .taken()
      .trimEnd()
      .split("\n")
      .map((line) => JSON.parse(line) as Record<string, unknown>);
    assert.deepEqual(
      events.map(({ type, url, text, tasksDone }) => ({ type, url, text, tasksDone })),
      [
        { type: "progress", url: undefined, text: undefined, tasksDone: 412 },
        { type: "tile-filled", url: "https://***@host/3.png", text: undefined, tasksDone: undefined },
        { type: "note", url: undefined, text: "a note", tasksDone: undefined },
      ],
    );
    assert.match(String(events[0]!["time"]), /^\d{4}-\d\d-\d\dT.*Z$/);
    assert.equal(events[0]!["schemaVersion"], 1);
  });
});

describe("quiet progress", () => {
  it("prints warnings and failures only", () => {
    const renderer = rendererOn("quiet", { isTTY: true });
    renderer.emit({ type: "job", jobId: "1fq2k9-x7pd", continued: false, logFile: "/logs/a.log" });
    renderer.emit(progress());
    renderer.emit({ type: "tile-filled", url: "/s/1.png", reason: "missing" });
    renderer.emit({ type: "warning", code: "W_FILES", text: "many files" });
    renderer.close();
    assert.equal(renderer.taken(), "warning: many files (W_FILES)\n");
  });
});
