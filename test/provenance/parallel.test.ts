import assert from "node:assert/strict";
import { describe, it } from "node:test";
import { isCirrusError } from "#src/core/errors.js";
import { admit } from "#src/provenance/admit.js";
import { listEvents } from "#src/provenance/log.js";
import { writeInParallel } from "../contracts/parallel-writers.js";
import { claimAt, newFolder, request } from "./fixture.js";

describe("parallel writers in a folder", () => {
  it("lose nothing, in fifty processes at once", () => writeInParallel({ url: newFolder() }, 50));

  it("of many jobs that claim the same chunks at once, exactly one may write", async () => {
    for (let round = 0; round < 5; round++) {
      const folder = newFolder();
      const numbers = Array.from({ length: 8 }, (_, i) => i);
      const tries = numbers.map((n) => admit(request(folder, { jobId: `job-${n}`, claim: claimAt(n) })));
      const results = await Promise.allSettled(tries);
      const lost = results.filter((result) => result.status === "rejected");
      assert.equal(results.length - lost.length, 1);
      assert.ok(lost.every(({ reason }) => isCirrusError(reason, "E_CLAIM_LOST")));
      const { events } = await listEvents(folder);
      assert.equal(events.filter(({ event }) => event.status === "withdrawn").length, 7);
    }
  });
});
