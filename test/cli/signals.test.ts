import assert from "node:assert/strict";
import { spawn } from "node:child_process";
import { once } from "node:events";
import { describe, it } from "node:test";
import { fileURLToPath } from "node:url";

const modulePath = fileURLToPath(new URL("../../../dist/cli/signals.js", import.meta.url));
const script = `
  const { watchSignals } = await import(${JSON.stringify(modulePath)});
  const signals = watchSignals((stage) => console.log(stage));
  signals.drain.addEventListener("abort", () => console.log("drain aborted", signals.received));
  signals.stop.addEventListener("abort", () => { console.log("stop aborted", signals.received); clearInterval(timer); signals.dispose(); });
  const timer = setInterval(() => {}, 1000);
  console.log("ready");`;

/** Runs the script; sends the signals, one after each awaited line; resolves to all lines. */
async function linesAfter(sent: readonly (readonly [NodeJS.Signals, waitMs: number])[]): Promise<string[]> {
  const child = spawn(process.execPath, ["--input-type=module", "-e", script], {
    stdio: ["ignore", "pipe", "inherit"],
  });
  let text = "";
  child.stdout.setEncoding("utf8").on("data", (more: string) => (text += more));
  await once(child.stdout, "data");
  for (const [signal, waitMs] of sent) {
    await new Promise((resolve) => setTimeout(resolve, waitMs));
    child.kill(signal);
  }
  await once(child, "close");
  return text.trimEnd().split("\n");
}

describe("watchSignals", () => {
  it("drains at the first signal and stops at the second", async () => {
    const lines = await linesAfter([
      ["SIGINT", 0],
      ["SIGTERM", 300],
    ]);
    assert.deepEqual(lines, ["ready", "drain", "drain aborted SIGINT", "stop", "stop aborted SIGINT"]);
  });

  it("takes an immediate repeat for the same key press", async () => {
    const lines = await linesAfter([
      ["SIGTERM", 0],
      ["SIGTERM", 40],
      ["SIGTERM", 300],
    ]);
    assert.deepEqual(lines, ["ready", "drain", "drain aborted SIGTERM", "stop", "stop aborted SIGTERM"]);
  });
});
