import assert from "node:assert/strict";
import { describe, it } from "node:test";
import { isCirrusError, type CirrusError } from "#src/core/errors.js";
import { checkDeclaration } from "#src/provenance/model/declaration.js";

const full = { sources: ["gs://b/i"], motivation: "why", process: { description: "what", parameters: { a: 1 } } };

function refused(given: unknown): CirrusError {
  try {
    checkDeclaration(given);
  } catch (error) {
    assert.ok(isCirrusError(error));
    return error;
  }
  assert.fail("it was accepted");
}

describe("checkDeclaration", () => {
  it("accepts the three, and drops a repeated source", () => {
    assert.deepEqual(checkDeclaration({ ...full, sources: ["a", "b", "a"], extra: 1 }), {
      ...full,
      sources: ["a", "b"],
    });
  });

  it("takes parameters that are left out as none", () => {
    assert.deepEqual(checkDeclaration({ ...full, process: { description: "what" } }).process, {
      description: "what",
      parameters: {},
    });
  });

  it("refuses nothing at all in the words of cirrus-volume", () => {
    for (const nothing of [undefined, null, {}, []]) {
      const error = refused(nothing);
      assert.equal(error.code, "E_PROVENANCE_MISSING");
      assert.equal(error.exitCode, 3);
      assert.deepEqual(error.message.split("\n").slice(0, 2), [
        "Need to define sources, motivation and process in order to write to this volume.",
        "DEFINED: sources: False, motivation: False, process: False",
      ]);
    }
  });

  it("says which is missing", () => {
    const { message, context } = refused({ ...full, sources: undefined });
    assert.match(message, /^Need to define sources, motivation and process in order to write to this volume/);
    assert.match(message, /\nDEFINED: sources: False, motivation: True, process: True\n- sources: /);
    assert.deepEqual(context.missing, ["sources"]);
  });

  for (const [name, given] of [
    ["an empty list of sources", { ...full, sources: [] }],
    ["blank sources", { ...full, sources: [" ", ""] }],
    ["a blank motivation", { ...full, motivation: " \n" }],
    ["a blank description", { ...full, process: { description: "", parameters: {} } }],
    ["a process without description", { ...full, process: { parameters: {} } }],
  ] as const)
    it(`counts ${name} as missing`, () => assert.equal(refused(given).code, "E_PROVENANCE_MISSING"));

  for (const [name, given, path] of [
    ["sources that are a number", { ...full, sources: 0 }, "sources"],
    ["sources that are one text", { ...full, sources: "gs://b" }, "sources"],
    ["a source that is a number", { ...full, sources: ["a", 0] }, "sources[1]"],
    ["a blank source among others", { ...full, sources: ["a", ""] }, "sources[1]"],
    ["a motivation that is a number", { ...full, motivation: 0 }, "motivation"],
    ["a process that is a number", { ...full, process: 0 }, "process"],
    ["a description that is a list", { ...full, process: { description: [] } }, "process.description"],
    ["parameters that are a list", { ...full, process: { description: "d", parameters: [] } }, "process.parameters"],
  ] as const)
    it(`refuses ${name} with its path`, () => {
      const error = refused(given);
      assert.equal(error.code, "E_PROVENANCE_INVALID");
      assert.ok(error.message.includes(`- ${path}: `), error.message);
    });

  it("tells every bad field at once", () => {
    const { message, code } = refused({ sources: [1], motivation: "", process: 3 });
    assert.equal(code, "E_PROVENANCE_MISSING");
    assert.deepEqual(message.split("\n").slice(1), [
      "DEFINED: sources: True, motivation: False, process: True",
      "- sources[0]: must be text, not the number 1",
      "- motivation: say why this is made",
      "- process: must be { description, parameters }, not the number 3",
    ]);
  });

  it("makes parameters recordable: integers beyond 64 bits and NaN become text", () => {
    const parameters = {
      id: 2n ** 64n - 1n,
      big: 2n ** 64n,
      nan: NaN,
      size: new Uint16Array([1, 2]),
      when: new Date(0),
      half: "\ud800",
      none: undefined,
    };
    assert.deepEqual(checkDeclaration({ ...full, process: { description: "d", parameters } }).process.parameters, {
      id: 18446744073709551615n,
      big: "18446744073709551616",
      nan: "NaN",
      size: [1, 2],
      when: "1970-01-01T00:00:00.000Z",
      half: "\ufffd",
    });
  });

  it("refuses parameters that are no data, with their path", () => {
    const cycle: Record<string, unknown> = {};
    cycle.self = cycle;
    for (const [parameters, path] of [
      [{ a: [() => 1] }, "process.parameters.a[0]"],
      [{ a: { b: new URL("http://a") } }, "process.parameters.a.b"],
      [cycle, "process.parameters.self"],
    ] as const) {
      const error = refused({ ...full, process: { description: "d", parameters } });
      assert.equal(error.code, "E_PROVENANCE_INVALID");
      assert.ok(error.message.startsWith(`${path}: `), error.message);
    }
  });
});
