import assert from "node:assert/strict";
import { describe, it } from "node:test";
import { z } from "zod";
import { exitCodeOf, renderError } from "#src/cli/render-error.js";
import { CirrusError } from "#src/core/errors.js";

const human = { json: false, debug: false };

describe("renderError", () => {
  it("prints what, what to do, and the code", () => {
    const error = new CirrusError("E_TILE_MISSING", "no tile at /s/3.png", { context: { z: 3 } });
    assert.equal(
      renderError(error, human),
      'cirrus: no tile at /s/3.png\n  hint: restore the tile, or set "missing": "fill" in the source\n  code: E_TILE_MISSING\n',
    );
    assert.equal(exitCodeOf(error), 4);
  });

  it("indents a message of several lines", () => {
    const text = renderError(new CirrusError("E_CONFIG_INVALID", "job.json:\na: wrong\nb: wrong"), human);
    assert.match(text, /^cirrus: job\.json:\n {2}a: wrong\n {2}b: wrong\n {2}hint: /);
  });

  it("prints an object for machines, bigints as strings", () => {
    const error = new CirrusError("E_TILE_MISSING", "no tile", { context: { id: 648518346349515986n } });
    assert.deepEqual(JSON.parse(renderError(error, { json: true, debug: false })), {
      schemaVersion: 1,
      error: {
        code: "E_TILE_MISSING",
        message: "no tile",
        hint: 'restore the tile, or set "missing": "fill" in the source',
        context: { id: "648518346349515986" },
      },
    });
  });

  it("prints an unexpected error as one line, its stack only with --debug", () => {
    const error = new TypeError("x is not a function\n    at somewhere");
    assert.equal(
      renderError(error, human),
      "cirrus: unexpected error: x is not a function\n  hint: please report this with the output of --debug\n  code: E_INTERNAL\n",
    );
    assert.equal(exitCodeOf(error), 1);
    assert.match(
      renderError(error, { json: false, debug: true }),
      /caused by: TypeError: x is not a function[^]*render-error\.test/,
    );
    assert.equal(exitCodeOf("a thrown string"), 1);
    assert.equal(exitCodeOf(undefined), 1);
  });

  it("never shows zod's own message", () => {
    const { error } = z.strictObject({ a: z.object({ b: z.number() }) }).safeParse({ a: { b: "x" }, c: 1 });
    const text = renderError(error, human);
    assert.match(
      text,
      /^cirrus: unexpected error: a\.b: Invalid input: expected number, received string; value: Unrecognized key: "c"\n/,
    );
    assert.equal(text.includes("{"), false);
  });

  it("takes secrets out", () => {
    const error = new CirrusError("E_STATE_UNAVAILABLE", "no answer from postgresql://me:hunter2@host/db", {
      context: { url: "postgresql://me:hunter2@host/db" },
    });
    for (const view of [human, { json: true, debug: true }, { json: false, debug: true }])
      assert.equal(renderError(error, view).includes("hunter2"), false);
  });
});
