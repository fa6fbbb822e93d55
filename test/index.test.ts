import { it } from "node:test";
import assert from "node:assert/strict";
import { readFileSync } from "node:fs";
import * as library from "#src/index.js";

it("exports at run time what test/golden/public-api.txt says, and nothing else", () => {
  const [, listed] = /^cirrus\n((?: {2}.*\n)*)/.exec(readFileSync("test/golden/public-api.txt", "utf8")) ?? [];
  const values = listed!.match(/^ {2}\w+$/gm)!.map((line) => line.trim());
  assert.deepEqual(Object.keys(library).sort(), values);
});
