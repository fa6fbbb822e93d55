// docs/performance.md lists what `npm run bench` measures.
import assert from "node:assert/strict";
import { readFileSync } from "node:fs";
import { join } from "node:path";
import { describe, it } from "node:test";
import { fileURLToPath, pathToFileURL } from "node:url";

const root = fileURLToPath(new URL("../..", import.meta.url));

describe("the benchmark's cases", () => {
  it("are those of docs/performance.md, all TIFF forms in one row", async () => {
    const module: unknown = await import(pathToFileURL(join(root, "bench/cases.mjs")).href);
    const { cases } = module as { cases: Readonly<Record<string, unknown>> }; // plain JavaScript without types
    const listed = readFileSync(join(root, "docs/performance.md"), "utf8")
      .split("\n")
      .filter((line) => line.startsWith("| `"))
      .flatMap((line) => [...line.split("|")[1]!.matchAll(/`([^`]+)`/g)].map(([, name]) => name!))
      .filter((name) => /^[a-z]/.test(name)); // not the head of the table
    const tiff = (name: string) => name.startsWith("tiff-");
    assert.deepEqual(
      listed.filter((name) => !tiff(name)).sort(),
      Object.keys(cases)
        .filter((name) => !tiff(name))
        .sort(),
    );
    assert.equal(Object.keys(cases).filter(tiff).length, 6);
    assert.deepEqual(listed.filter(tiff), ["tiff-raw-uint8"]);
  });
});
