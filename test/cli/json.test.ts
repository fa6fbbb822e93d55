import assert from "node:assert/strict";
import { describe, it } from "node:test";
import { toJson, toJsonLine } from "#src/cli/json.js";
import { parseLossless } from "#src/core/json/parse.js";

describe("data as JSON", () => {
  it("starts with the schema's version", () => {
    assert.equal(toJson({ a: [1, 2] }), '{\n  "schemaVersion": 1,\n  "a": [\n    1,\n    2\n  ]\n}');
    assert.equal(toJsonLine({ a: "x\ny" }), '{"schemaVersion":1,"a":"x\\ny"}');
  });

  it("writes bigints as strings, dates as ISO 8601 UTC, and leaves out what is undefined", () => {
    const data = { id: 648518346349515986n, at: new Date(0), none: undefined, nothing: null, part: 0.25 };
    assert.equal(
      toJsonLine(data),
      '{"schemaVersion":1,"id":"648518346349515986","at":"1970-01-01T00:00:00.000Z","nothing":null,"part":0.25}',
    );
  });

  it("keeps numbers that were read losslessly", () => {
    assert.equal(
      toJsonLine({ parameters: parseLossless('{"id":648518346349515986,"x":1.0}') }),
      '{"schemaVersion":1,"parameters":{"id":648518346349515986,"x":1.0}}',
    );
  });

  it("refuses what is no data", () => {
    assert.throws(() => toJson({ f: () => 1 }), /a function is no data/);
    assert.throws(() => toJson({ f: new Uint8Array(1) }), /is no data/);
  });
});
