import { it } from "node:test";
import assert from "node:assert/strict";
import * as library from "#src/index.js";

it("exports these names from the library, and no other", () => {
  assert.deepEqual(Object.keys(library).sort(), [
    "CirrusError",
    "CirrusVolume",
    "dataTypes",
    "errorKinds",
    "exitCodes",
    "isCirrusError",
  ]);
});
