import assert from "node:assert/strict";
import { describe, it } from "node:test";
import { rangeId } from "#src/jobs/range-id.js";

describe("the id of a range's row", () => {
  it("is the UUID version 5 of job, round and first task, as Python's uuid.uuid5 makes it", () => {
    assert.equal(rangeId("1fq2k9-x7pd", 0, 64), "8dbaa6f9-01bd-5934-9008-8051d299dfb6");
    assert.equal(rangeId("1fq2k9-x7pd", 2, 1_000_000), "eb9c54b5-8f2d-5f95-b887-196124e971ec");
  });
});
