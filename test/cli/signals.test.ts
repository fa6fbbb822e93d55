import assert from "node:assert/strict";
import { spawn } from "node:child_process";
import { once } from "node:events";
import { createInterface } from "node:readline";
import { describe, it } from "node:test";
import { setTimeout as sleep } from "node:timers/promises";
import { fileURLToPath } from "node:url";

const modulePath = fileURLToPath(new URL("../../../dist/cli/signals.js", import.meta.url));
/** Long after the time in which a repeat is the same key press. */
const laterMs = 300;

/** Starts `watchSignals` in a process of its own, which ends at the second stage; then `act` there. */
function watching(act = "") {
  const script = `
    const { watchSignals } = await import(${JSON.stringify(modulePath)});
    const signals = watchSignals((stage) => console.log(stage));
    signals.drain.addEventListener("abort", () => console.log("drain aborted", signals.received));
    signals.stop.addEventListener("abort", () => { console.log("stop aborted", signals.received); clearInterval(timer); signals.dispose(); });
    const timer = setInterval(() => {}, 1000);
    console.log("ready");
    ${act}`;
  const child = spawn(process.execPath, ["--input-type=module", "-e", script], {
    stdio: ["ignore", "pipe", "inherit"],
  });
  const lines: string[] = [];
  const reader = createInterface(child.stdout).on("line", (line) => lines.push(line));
  const told = async (line: string): Promise<void> => {
    while (!lines.includes(line)) await once(reader, "line");
  };
  return { child, lines, told };
}

describe("watchSignals", () => {
  it("drains at the first signal and stops at the second", async () => {
    const { child, lines, told } = watching();
    await told("ready");
    child.kill("SIGINT");
    await told("drain aborted SIGINT"); // from here on time counts
    await sleep(laterMs);
    child.kill("SIGTERM");
    await once(child, "close");
    assert.deepEqual(lines, ["ready", "drain", "drain aborted SIGINT", "stop", "stop aborted SIGINT"]);
  });

  it("takes an immediate repeat for the same key press", async () => {
    // Sent by the process itself: nobody else knows when it gets its next turn on a busy machine.
    const { child, lines } = watching(`
      for (const _ of [1, 2]) process.emit("SIGTERM", "SIGTERM");
      console.log("repeated");
      setTimeout(() => process.kill(process.pid, "SIGTERM"), ${laterMs});`);
    await once(child, "close");
    assert.deepEqual(lines, ["ready", "drain", "drain aborted SIGTERM", "repeated", "stop", "stop aborted SIGTERM"]);
  });
});
