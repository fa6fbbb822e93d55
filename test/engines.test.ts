// Every package that a user installs must allow the oldest Node that we allow: npm warns about it, and some refuse to run.
import assert from "node:assert/strict";
import { readFileSync } from "node:fs";
import { createRequire } from "node:module";
import { dirname, join } from "node:path";
import { describe, it } from "node:test";
import { fileURLToPath } from "node:url";

const root = join(dirname(fileURLToPath(import.meta.url)), "../..");
const require = createRequire(import.meta.url);
// Sharp's own dependency: a range parser of ours would need more care than this borrowing.
const semver = createRequire(require.resolve("sharp"))("semver") as {
  satisfies(version: string, range: string): boolean;
};

interface LockedPackage {
  readonly dev?: boolean;
  readonly engines?: { readonly node?: string };
}

describe("engines", () => {
  it("allows Node 20.20.2 in every production package but pg-boss, which is tested there", () => {
    const lock = JSON.parse(readFileSync(join(root, "package-lock.json"), "utf8")) as {
      packages: Record<string, LockedPackage>;
    };
    const refusing = Object.entries(lock.packages)
      .filter(([, { dev, engines }]) => !dev && engines?.node && !semver.satisfies("20.20.2", engines.node))
      .map(([path]) => path);
    assert.deepEqual(refusing, ["node_modules/pg-boss"]);
  });

  it("keeps registry hosts out of the lockfile", () => {
    assert.doesNotMatch(readFileSync(join(root, "package-lock.json"), "utf8"), /"resolved": "http/);
  });
});
