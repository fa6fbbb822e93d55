import assert from "node:assert/strict";
import { mkdirSync, readFileSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { describe, it } from "node:test";
import { fixProvenance, lintProvenance } from "#src/provenance/lint.js";
import { readProvenance } from "#src/provenance/log.js";
import { json, newFolder } from "./fixture.js";

function volume(provenance: string): string {
  const folder = newFolder();
  mkdirSync(folder, { recursive: true });
  writeFileSync(join(folder, "info"), "{}");
  writeFileSync(join(folder, "provenance"), provenance);
  return folder;
}

const who = { name: "A" };

describe("lint", () => {
  for (const [name, text, expected] of [
    ["a file that every reader takes", '{"description":"2025-03-01 09:30:00.250000;RESULT;x","processing":[]}', []],
    ["an empty file", "", []],
    ["JSON5", "{sources: ['a'],}", ["warning : JSON5"]],
    [
      "doubled and untextual sources",
      '{"sources":["a","a",1]}',
      ["error sources[2]: no text", "error sources: the same one"],
    ],
    ["sources as one text", '{"sources":"abc"}', ["warning sources: one text"]],
    [
      "keys that CloudVolume refuses",
      '{"self":1,"processing":[{"task":"t","parameters":{"cls":1},"code_envfiles":[],"cls":2}]}',
      ["error processing[0].cls: ", "error self: "],
    ],
    [
      "Igneous's entries",
      `{"processing":[{"method":{"task":"DownsampleTask"},"by":"b'me@lab.edu'"}]}`,
      ["warning processing[0]: without task, parameters, code_envfiles", "warning processing[0].by: b'me@lab.edu'"],
    ],
    ["free text", '{"description":"imaged in 2019"}', ['warning description: no note: "imaged in 2019"']],
    ["a semicolon in a note", '{"description":"2025-03-01 09:30:00;RESULT;a;b"}', ["warning description: no note: "]],
    [
      "numbers that get lost",
      '{"lab":{"n":18446744073709551616,"x":1e400}}',
      ["error lab.n: 18446744073709551616 has over 64 bits", "warning lab.x: 1e400 becomes null"],
    ],
    ["half a surrogate pair", String.raw`{"lab":"\ud800"}`, ["error lab: half a surrogate pair"]],
    ["no JSON at all", "{ not json", ["error : neither JSON nor JSON5"]],
    ["a list", "[]", ["error : the top level is no object"]],
  ] as const)
    it(`tells of ${name}, and nothing is left after a fix`, async () => {
      const folder = volume(text);
      const { findings } = await lintProvenance(folder);
      const told = findings.map(({ level, where, what }) => `${level} ${where}: ${what}`);
      assert.equal(told.length, expected.length, told.join("\n"));
      expected.forEach((start, i) =>
        assert.ok(
          told.some((line) => line.startsWith(start)),
          `${start} in ${told[i]}`,
        ),
      );
      const { keptAs } = await fixProvenance(folder, { who });
      assert.deepEqual((await lintProvenance(folder)).findings, []);
      if (expected.length) assert.equal(readFileSync(join(folder, keptAs!), "utf8"), text);
      else assert.equal(readFileSync(join(folder, "provenance"), "utf8"), text);
    });

  it("keeps everything that it mends", async () => {
    const folder = volume(
      `{"description":"imaged; by us \\n 2025-03-01 09:30:00;RESULT;a;b","processing":[{"method":{"task":"DownsampleTask","mip":1.0},"by":"b'me@lab.edu'"}],"lab":{"n":18446744073709551616}}`,
    );
    await fixProvenance(folder, { who });
    const file = json(folder, "provenance");
    assert.equal((await readProvenance(folder)).processes[0]!.writtenBy, "igneous");
    const [entry] = file["processing"] as object[];
    assert.deepEqual(entry, {
      method: { task: "DownsampleTask", mip: 1 },
      by: "me@lab.edu",
      task: "DownsampleTask",
      parameters: { mip: 1 },
      code_envfiles: [],
    });
    assert.deepEqual(file["lab"], { n: "18446744073709551616" });
    const [first, second, third] = String(file["description"]).split(" \n ");
    assert.match(first!, /;GENERIC;imaged%3B by us$/);
    assert.equal(second, "2025-03-01 09:30:00;RESULT;a%3Bb");
    assert.match(
      third!,
      /;GENERIC;cirrus provenance lint --fix mended 5 findings%3B the file as it was: provenance\.d\/replaced\//,
    );
  });
});
