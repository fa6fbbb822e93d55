// The programs that scripts/interop.mjs promises to the other interop tests, asked one by one so that a missing one is named.
import assert from "node:assert/strict";
import { spawnSync } from "node:child_process";
import { describe, it } from "node:test";

function output(command: string, ...parameters: string[]): string {
  const { stdout, stderr, error } = spawnSync(command, parameters, { encoding: "utf8" });
  assert.equal(error, undefined, `${command} does not start`);
  return stdout + stderr;
}

describe("interop tools", () => {
  it("has a Python that imports the readers", () => {
    const python = process.env["CIRRUS_TEST_PYTHON"];
    assert.ok(python, "CIRRUS_TEST_PYTHON is not set: run the interop tests with `npm run test:interop`");
    const script =
      "import cloudvolume, tensorstore, tifffile, imagecodecs, pyspng, PIL; print('readers', cloudvolume.__version__)";
    assert.match(output(python, "-c", script), /readers 12\.15\.2/);
  });

  it("has fake-gcs-server", () => {
    assert.match(output("fake-gcs-server", "-h"), /-external-url/);
  });

  it("has PostgreSQL's server programs", () => {
    assert.match(output("initdb", "--version"), /PostgreSQL/);
  });
});
