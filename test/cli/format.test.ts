import assert from "node:assert/strict";
import { describe, it } from "node:test";
import {
  formatBytes,
  formatBytesBoth,
  formatCount,
  formatCounted,
  formatSeconds,
  formatTable,
} from "#src/cli/format.js";

describe("numbers for people", () => {
  it("prints bytes with three figures", () => {
    const cases: [number, string][] = [
      [0, "0 B"],
      [999, "999 B"],
      [1000, "1 kB"],
      [1536, "1.54 kB"],
      [999_499, "999 kB"],
      [999_999, "1 MB"],
      [12_345_678, "12.3 MB"],
      [2e9, "2 GB"],
      [1.25e15, "1.25 PB"],
    ];
    for (const [bytes, text] of cases) assert.equal(formatBytes(bytes), text);
  });

  it("prints both units where they differ", () => {
    assert.equal(formatBytesBoth(2e9), "2 GB (1.86 GiB)");
    assert.equal(formatBytesBoth(402_653_184), "403 MB (384 MiB)");
    assert.equal(formatBytesBoth(12), "12 B");
  });

  it("separates thousands, and counts nouns", () => {
    assert.equal(formatCount(1), "1");
    assert.equal(formatCount(1234567), "1,234,567");
    assert.equal(formatCount(648518346349515986n), "648,518,346,349,515,986");
    assert.equal(formatCounted(1, "tile"), "1 tile");
    assert.equal(formatCounted(1200, "tile"), "1,200 tiles");
  });

  it("prints durations in the two largest units", () => {
    const cases: [number, string][] = [
      [0.04, "0 s"],
      [0.44, "0.4 s"],
      [9.96, "10 s"],
      [59.4, "59 s"],
      [59.6, "1 min"],
      [185, "3 min 5 s"],
      [3600, "1 h"],
      [8040, "2 h 14 min"],
      [3599.6, "1 h"],
      [273_600, "3 d 4 h"],
    ];
    for (const [seconds, text] of cases) assert.equal(formatSeconds(seconds), text);
  });

  it("aligns columns, colours not counted", () => {
    assert.equal(
      formatTable([
        ["job", "state"],
        ["\u001b[1mabc\u001b[22m", "done"],
        ["abcdef", ""],
      ]),
      "job     state\n\u001b[1mabc\u001b[22m     done\nabcdef",
    );
  });
});
