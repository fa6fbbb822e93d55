import assert from "node:assert/strict";
import { describe, it } from "node:test";
import { stringifyLossless } from "#src/core/json/stringify.js";
import type { JsonObject } from "#src/core/json/value.js";
import { emptyFile, parseProvenanceFile, provenanceFileText } from "#src/provenance/model/file.js";
import { fold } from "#src/provenance/model/fold.js";
import { hasProcess, processingEntry, summariseProcess } from "#src/provenance/model/processing.js";

const time = "2025-03-01T09:30:00.062Z";
const process = {
  task: "downsample mip 0→2",
  parameters: { mip: 0, ids: [648518346349515986n] },
  codeEnvFiles: ["env_x"],
  by: "a@b.c",
  time,
  cirrus: { v: 1, id: "urn:uuid:0" },
};

describe("the provenance file", () => {
  for (const text of ["", " \n", "\ufeff", "{}", '{"sources":null,"owners":"","processing":null,"description":null}'])
    it(`takes ${JSON.stringify(text)} as an empty file`, () => {
      assert.deepEqual(parseProvenanceFile(text), { file: emptyFile, problems: [] });
    });

  it("opens what CloudVolume opens: JSON5, a mark, one source as text, unknown keys", () => {
    const { file, problems } = parseProvenanceFile(
      "\ufeff{sources: 'gs://b', /* who */ lab: {self: true}, $schema: 's',}",
    );
    assert.deepEqual(problems, []);
    assert.deepEqual(file, { ...emptyFile, sources: ["gs://b"], extra: { lab: { self: true }, $schema: "s" } });
  });

  it("mends what CloudVolume cannot open, and says each place", () => {
    const { file, problems } = parseProvenanceFile(
      '{"sources":["a","a",5],"owners":"me","processing":["ran it",{"self":1,"self_":2,"deep":{"cls":3}}],"description":{"a":1},"cls":1}',
    );
    assert.deepEqual(problems, [
      "sources[2]: no text",
      "sources: the same one twice",
      "owners: no list",
      "processing[0]: no object",
      "processing[1].self: CloudVolume cannot open a file with this key",
      "description: no text",
      "cls: CloudVolume cannot open a file with this key",
    ]);
    assert.equal(
      stringifyLossless({ ...file } as unknown as JsonObject, "compact"),
      '{"sources":["a","5"],"owners":["me"],"processing":[{"method":"ran it"},{"self__":1,"self_":2,"deep":{"cls":3}}],' +
        '"description":"{\\"a\\":1}","extra":{"cls_":1}}',
    );
  });

  it("says that a text is unreadable instead of failing", () => {
    assert.match(parseProvenanceFile("{oops").problems[0], /^neither JSON nor JSON5: .* at line 1/);
    assert.deepEqual(parseProvenanceFile("[]").problems, ["the top level is no object"]);
  });
});

describe("fold", () => {
  it("writes an entry that every reader takes", () => {
    assert.deepEqual(processingEntry(process), {
      task: "downsample mip 0→2",
      parameters: { mip: 0, ids: [648518346349515986n] },
      code_envfiles: ["env_x"],
      method: { task: "downsample mip 0→2", mip: 0 },
      by: "a@b.c",
      date: "2025-03-01 09:30 UTC",
      cirrus: { v: 1, id: "urn:uuid:0" },
    });
  });

  it("adds nothing the second time", () => {
    const notes = [{ time: "2025-03-01 09:30:00.062+00:00", type: "MOTIVATION", text: "why; so" }] as const;
    const once = fold(emptyFile, { sources: ["b", "a", "b"], notes, process });
    assert.deepEqual(once.sources, ["b", "a"]);
    assert.equal(once.processing.length, 1);
    const later = { ...process, time: "2026-01-01T00:00:00.000Z", codeEnvFiles: ["env_y"] };
    assert.equal(fold(once, { sources: ["a"], notes: [{ ...notes[0], time: "later" }], process: later }), once);
    const reread = parseProvenanceFile(provenanceFileText(once)).file;
    assert.equal(fold(reread, { sources: ["a"], notes, process: later }), reread);
  });

  it("keeps the order of what is there, a free description and unknown keys", () => {
    const { file } = parseProvenanceFile(
      '{"sources":["z"],"description":"free; text","processing":[{"method":"m"}],"lab":1}',
    );
    const folded = fold(file, { sources: ["a"], notes: [{ time: "t", type: "RESULT", text: "r" }], process });
    assert.deepEqual(folded.sources, ["z", "a"]);
    assert.equal(folded.description, "free; text \n t;RESULT;r");
    assert.deepEqual(
      folded.processing.map((entry) => entry.method),
      ["m", { task: "downsample mip 0→2", mip: 0 }],
    );
    assert.deepEqual(Object.keys(folded.extra), ["lab"]);
  });

  it("compares parameters as Python does: numbers by value, lists with lists, keys in any order", () => {
    const { processing } = parseProvenanceFile(
      '{"processing":[{"task":"t","parameters":{"a":1.0,"b":[648518346349515986]}}]}',
    ).file;
    assert.equal(hasProcess(processing, "t", { b: [648518346349515986n], a: 1 }), true);
    assert.equal(hasProcess(processing, "t", { b: [648518346349515987n], a: 1 }), false);
    assert.equal(hasProcess(processing, "t", { b: "648518346349515986", a: 1 }), false);
    assert.equal(hasProcess(processing, "u", { b: [648518346349515986n], a: 1 }), false);
  });
});

describe("summariseProcess", () => {
  it("reads Igneous entries as task and parameters, and its bytes as text", () => {
    const entry = { method: { task: "DownsampleTask", mip: 0 }, by: "b'me@lab.edu'", date: "2019-01-01 10:00 EST" };
    assert.deepEqual(summariseProcess(entry), {
      task: "DownsampleTask",
      parameters: { mip: 0 },
      by: "me@lab.edu",
      date: "2019-01-01 10:00 EST",
      codeEnvFiles: [],
      writtenBy: "igneous",
      event: null,
    });
  });

  it("tells the writers apart", () => {
    const writers = [
      processingEntry(process),
      { task: "t", parameters: {}, code_envfiles: [] },
      { method: "from_numpy" },
      {},
      "text",
    ];
    assert.deepEqual(
      writers.map((entry) => summariseProcess(entry).writtenBy),
      ["cirrus", "provenance-toolbox", "cloud-volume", "unknown", "unknown"],
    );
  });
});
