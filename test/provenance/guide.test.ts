// The table of docs/provenance.md names a test for each feature: those tests are there.
import assert from "node:assert/strict";
import { readFileSync } from "node:fs";
import { describe, it } from "node:test";

const guide = readFileSync("docs/provenance.md", "utf8");
const rows = guide
  .slice(guide.indexOf("## Features"))
  .split("\n")
  .filter((line) => line.startsWith("|"))
  .slice(2)
  .map((line) => line.split("|").map((cell) => cell.trim()));

describe("the feature table of docs/provenance.md", () => {
  it("names for every row tests that exist", () => {
    assert.ok(rows.length >= 20);
    for (const [, feature, , , tests] of rows) {
      const named = [...tests!.matchAll(/`([\w/-]+)`: ([^;]+)/g)];
      assert.ok(named.length, `${feature} names no test`);
      for (const [, file, name] of named) {
        const text = readFileSync(`test/${file}.test.ts`, "utf8");
        assert.ok(text.includes(`it("${name!.trim()}`), `${feature}: "${name}" in ${file}`);
      }
    }
  });
});
