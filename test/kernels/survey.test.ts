import assert from "node:assert/strict";
import { describe, it } from "node:test";
import { openArena, takeBytes } from "#src/kernels/arena.js";
import { plainSurvey, survey } from "#src/kernels/survey.js";
import { numbers } from "./numbers.js";

openArena(2 ** 20);

describe("survey", () => {
  it("finds the same in the kernels' memory as elsewhere, for noise, runs, repetitions, and any length", () => {
    const next = numbers(3);
    const kinds: Readonly<Record<string, (i: number) => number>> = {
      noise: () => next() % 180,
      runs: (i) => (i % 700 < 300 ? 0 : next() % 250),
      "runs after one byte": (i) => (i % 5 === 0 ? 7 : 9),
      repetitions: (i) => (i * i) % 23,
      blur: (i) => Math.round(100 + 20 * Math.sin(i / 9)) + (next() % 3),
    };
    let different = 0;
    for (const [name, at] of Object.entries(kinds))
      for (const length of [1, 3, 4, 5, 100, 8191, 8192, 8193, 60_001]) {
        const bytes = Uint8Array.from({ length }, (_, i) => at(i));
        const own = takeBytes(length)!;
        own.set(bytes);
        assert.deepEqual(survey(own), plainSurvey(bytes), `${name}, ${length} bytes`);
        if (survey(own).repeats > 0.008) different++;
      }
    assert.ok(different > 5, "the samples are not what they are called");
  });
});
