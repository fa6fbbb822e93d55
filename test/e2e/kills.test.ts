// Supervisors, workers and the store process killed at random moments; test/interop has the long run.
import { after, before, describe, it } from "node:test";
import { killedRun } from "../fixtures/killed-run.js";
import { slowJob } from "../fixtures/slow-job.js";
import { assertMips } from "../fixtures/volume-checks.js";
import { workspace, type Workspace } from "../fixtures/workspace.js";

let ws: Workspace;
before(async () => (ws = await workspace()));
after(() => ws.dispose());

describe("a job whose processes are killed", () => {
  it("loses nothing, is told of truly, and is finished by join", async (t) => {
    for (let n = 0; n < 4; n++) {
      const job = await slowJob(ws, `killed${n}`, { delayMs: 25 });
      const story = await killedRun(ws, { job, kills: 2, withinMs: 3000, seed: Date.now() + n });
      t.diagnostic(story.join(", "));
      await assertMips(job.path, job.expected());
    }
  });
});
