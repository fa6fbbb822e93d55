import assert from "node:assert/strict";
import { describe, it } from "node:test";
import { formatProfile, profileOf } from "#src/cli/profile.js";

describe("the profile of a run", () => {
  it("adds up to the run's seconds times its processes, in the order of a task's way", () => {
    const profile = profileOf({
      seconds: 10,
      workers: 2,
      stagesMs: { write: 1000, encode: 4000, read: 500, decode: 6500 },
    });
    assert.deepEqual(profile.stages, [
      { stage: "read", seconds: 0.5 },
      { stage: "decode", seconds: 6.5 },
      { stage: "encode", seconds: 4 },
      { stage: "write", seconds: 1 },
      { stage: "queue", seconds: 8 },
    ]);
    const text = formatProfile(profile);
    assert.match(text, /^10 s with 2 processes:/);
    assert.match(text, /decode +6\.5 +33 %/);
    assert.match(text, /all +20\.0 +100 %/);
  });
});
