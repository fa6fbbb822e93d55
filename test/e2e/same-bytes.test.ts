// What is stored depends on the config only: not on memory, processes, or the cut into tasks that follows from them.
import assert from "node:assert/strict";
import { after, before, describe, it } from "node:test";
import { writePages } from "../fixtures/stack-files.js";
import { assertMips, assertSameFiles } from "../fixtures/volume-checks.js";
import { noise, widened } from "../fixtures/voxels.js";
import { workspace, type Workspace } from "../fixtures/workspace.js";

let ws: Workspace;
before(async () => (ws = await workspace()));
after(() => ws.dispose());

interface PlanFacts {
  readonly dryRun: { readonly stages: readonly { readonly tasks: number }[] };
}

describe("the stored bytes", () => {
  it("are the same with little memory and with much, with one process and with three", async () => {
    // A slab of these sections is larger than what 128 MB leave for slabs, so that such a worker must cut them.
    const voxels = noise({ dataType: "uint8", size: [611, 523, 21] });
    await writePages(ws.at("big.tif"), voxels, { rowsPerStrip: 64 });
    const configOf = (name: string) =>
      ws.config(name, {
        source: { plugin: "multipage-tiff", params: { files: "./big.tif" } },
        destination: {
          path: `./${name}`,
          dataType: "uint64",
          resolutionNm: [10, 10, 25],
          voxelOffset: [3, 0, 1],
          chunkSize: [64, 64, 32],
        },
      });
    const runs = [
      ["much", "-p", "1", "--memory", "1GB"],
      ["little", "-p", "1", "--memory", "128MB"],
      ["three", "-p", "3", "--memory", "384MB"],
    ] as const;
    const plans: string[] = [];
    for (const [name, ...flags] of runs) {
      const config = await configOf(name);
      const { dryRun } = await ws.json<PlanFacts>(["ingest", config, ...flags, "--dry-run"]);
      plans.push(JSON.stringify(dryRun.stages));
      await ws.expect(0, ["ingest", config, ...flags, "--no-fsync"]);
      if (name !== "much") await assertSameFiles(ws.at("much"), ws.at(name));
    }
    assert.notEqual(plans[0], plans[1], "the two budgets are planned differently");
    await assertMips(ws.at("much"), {
      voxels: widened(voxels, "uint64"),
      offset: [3, 0, 1],
      method: "mean",
      factors: [[2, 2, 1], [2, 2, 2], [2, 2, 2], [2, 2, 2]], // prettier-ignore
    });
  });
});
