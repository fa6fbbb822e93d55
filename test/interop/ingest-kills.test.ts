// Twenty jobs (CIRRUS_KILLS), of each a random process killed at a random time: supervisor, worker or store. CIRRUS_SEED repeats a run.
import { rm } from "node:fs/promises";
import { after, before, describe, it } from "node:test";
import { killedRun } from "../fixtures/killed-run.js";
import { slowJob } from "../fixtures/slow-job.js";
import { assertMips } from "../fixtures/volume-checks.js";
import { workspace, type Workspace } from "../fixtures/workspace.js";

let ws: Workspace;
before(async () => (ws = await workspace()));
after(() => ws.dispose());

const runs = Number(process.env["CIRRUS_KILLS"] ?? 20);
const seed = Number(process.env["CIRRUS_SEED"] ?? Date.now() % 2 ** 31);

describe("jobs whose processes are killed", () => {
  it("all verify in the end, leave nothing unfinished, and are told of truly throughout", async (t) => {
    for (let n = 0; n < runs; n++) {
      const form = n % 2 ? "heavy" : "light";
      const job = await slowJob(ws, `killed${n}`, { delayMs: form === "heavy" ? 10 : 30, form });
      const story = await killedRun(ws, { job, kills: 1 + (n % 3), withinMs: 4000, seed: seed + n });
      t.diagnostic(`${form}: ${story.join(", ")}`);
      await assertMips(job.path, job.expected());
      await rm(job.path, { recursive: true });
    }
  });
});
