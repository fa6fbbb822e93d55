// A plugin's mistakes, however they come, cost the tasks that met them and no others.
import assert from "node:assert/strict";
import { writeFile } from "node:fs/promises";
import { after, describe, it } from "node:test";
import { workspace } from "../fixtures/workspace.js";

/** Section 0 is good; each other makes its own mistake. */
const pluginThat = (mistakes: string): string => `
import { definePlugin, z } from "cirrus/plugin";
const soon = (act) => new Promise((resolve) => setTimeout(() => resolve(act?.()), 50));
const box = { x0: 0, y0: 0, x1: 64, y1: 64 };
const tile = { data: new Uint8Array(64 * 64).fill(7), dataType: "uint8", channels: 1, widthPx: 64, heightPx: 64, covers: box };
const mistakes = [${mistakes}];
export default definePlugin({
  name: "bad",
  description: "makes mistakes",
  params: z.strictObject({}),
  probe: async () => ({
    extent: { x: [0, 64], y: [0, 64], z: [0, mistakes.length] }, tileSizePx: [64, 64], dataType: "uint8", channels: 1, resolutionNm: null,
    missing: [], missingCount: 0, odd: [], files: 1, sizeBytes: 1, warnings: [], access: "whole", summary: [],
  }),
  open: async () => ({
    isSelfReading: true,
    pathProcessor: ({ column, row, z }) => (column || row || !mistakes[z] ? undefined : { url: String(z) }),
    tileProcessor: { decode: async ({ url }) => { await mistakes[Number(url)](); return tile; } },
  }),
});
`;

const thrown = `
  () => {},
  () => { throw new RangeError("thrown at once"); },
  async () => { await soon(); throw new Error("thrown later"); },
  async () => { void Promise.reject(new Error("rejected and let go")); await soon(); },
  async () => { setTimeout(() => { throw new Error("thrown in a callback"); }, 1); await soon(); },
  async () => { setTimeout(() => { throw new Error("thrown, and waited for in vain"); }, 1); await new Promise(() => {}); },
`;

/** As a decoder in C does, and one that asks for more memory than there is. */
const deadly = `
  () => {},
  () => process.abort(),
  () => { const held = []; for (;;) held.push(new Array(1e5).fill(held.length / 3)); },
  () => {},
`;

describe("a plugin that makes mistakes", () => {
  it("costs the tasks that met them, named, and neither the others nor the job", async () => {
    const place = await workspace();
    after(() => place.dispose());
    await writeFile(place.at("plugin.mjs"), pluginThat(thrown));
    const config = await place.config("job", {
      source: { plugin: "./plugin.mjs", params: {} },
      destination: { path: "./volume", resolutionNm: [4, 4, 40], chunkSize: [64, 64, 1], mips: [] },
    });
    const { stderr } = await place.expect(6, ["ingest", config, "-p", "1"]);
    for (const told of [
      "task 1 failed: plugin bad failed in decode of 1: RangeError: thrown at once (E_PLUGIN_FAILED)",
      "task 2 failed: plugin bad failed in decode of 2: thrown later (E_PLUGIN_FAILED)",
      "task 3 failed: an error that nothing waited for: rejected and let go (E_TASK_STRAY)",
      "task 4 failed: an error that nothing waited for: thrown in a callback (E_TASK_STRAY)",
      "task 5 failed: an error that nothing waited for: thrown, and waited for in vain (E_TASK_STRAY)",
    ])
      assert.ok(stderr.includes(told), stderr);
    assert.match(stderr, /failed: 1 task done, 5 failed/);
    assert.doesNotMatch(stderr, /E_WORKER_DIED/);
  });

  it("that ends its worker costs the task that met it: the worker is replaced, the task tried again and failed by name", async () => {
    const place = await workspace();
    after(() => place.dispose());
    await writeFile(place.at("plugin.mjs"), pluginThat(deadly));
    const config = await place.config("job", {
      source: { plugin: "./plugin.mjs", params: {} },
      destination: { path: "./volume", resolutionNm: [4, 4, 40], chunkSize: [64, 64, 1], mips: [] },
    });
    const { stderr } = await place.expect(6, ["ingest", config, "-p", "1"]);
    for (const task of [1, 2]) assert.match(stderr, new RegExp(`task ${task} failed: .*E_WORKER_DIED`), stderr);
    assert.match(stderr, /failed: 2 tasks done, 2 failed/);
  });
});
