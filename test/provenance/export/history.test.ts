// The history that exports tell: oldest first, whoever wrote it down, whenever it was documented.
import assert from "node:assert/strict";
import { mkdirSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { describe, it } from "node:test";
import { logProcess, Process } from "#src/index.js";
import { gatherFacts } from "#src/provenance/export/facts.js";
import { provJson } from "#src/provenance/export/prov-json.js";
import { newFolder } from "../fixture.js";

/** Made by CloudVolume, then worked on with provenance-toolbox, which notes no time. */
function seg(): string {
  const folder = newFolder();
  mkdirSync(folder, { recursive: true });
  writeFileSync(join(folder, "info"), "{}");
  const method = { task: "from_numpy" };
  const processing = [
    { method, by: "me@lab.edu", date: "2024-03-01 09:30 UTC" },
    { task: "mask", parameters: {}, code_envfiles: [] },
  ];
  writeFileSync(join(folder, "provenance"), JSON.stringify({ processing }));
  return folder;
}

describe("the history that is exported", () => {
  it("goes by when the work was done, not by when it was documented", async () => {
    const folder = seg();
    await logProcess(folder, new Process("agglomerate"));
    await logProcess(folder, new Process("earlier"), { startedAt: "2025-01-01", endedAt: "2025-01-02" });
    const facts = await gatherFacts(folder, { digest: false });
    const tasks = facts.runs.map(({ task }) => task);
    assert.deepEqual(tasks, ["from_numpy", "mask", "earlier", "agglomerate"]);
    // Nobody told when it ended: by the time at which it was documented.
    assert.match(facts.runs[3]?.endedAt ?? "", /^20\d\d-.*Z$/);
    assert.equal(facts.runs[2]?.startedAt, "2025-01-01T00:00:00.000Z");
    const states = facts.runs.map(({ name }) => `cirrus:volume-after-${name}`);
    const derived = Object.values(provJson(facts)["wasDerivedFrom"] as Record<string, Record<string, unknown>>);
    assert.deepEqual(
      derived.map((one) => [one["prov:generatedEntity"], one["prov:usedEntity"]]),
      [1, 2, 3].map((i) => [states[i], states[i - 1]]),
    );
  });
});
