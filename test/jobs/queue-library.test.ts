import assert from "node:assert/strict";
import { readFileSync } from "node:fs";
import { describe, it } from "node:test";
import { queueSchemaVersion } from "#src/jobs/queue-library.js";

describe("the queue's library", () => {
  it("has the schema version that is written down here", () => {
    const manifest = new URL("../package.json", import.meta.resolve("pg-boss"));
    assert.equal(JSON.parse(readFileSync(manifest, "utf8")).pgboss.schema, queueSchemaVersion);
  });
});
