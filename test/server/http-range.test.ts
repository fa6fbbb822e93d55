import { describe, it } from "node:test";
import assert from "node:assert/strict";
import { accepts, isMatch, spanOf } from "#src/server/http-range.js";

describe("spanOf", () => {
  it("takes from-to, from-, and the last n bytes, cut at the end", () => {
    assert.deepEqual(spanOf("bytes=0-3", 10), { from: 0, to: 4 });
    assert.deepEqual(spanOf("bytes=4-", 10), { from: 4, to: 10 });
    assert.deepEqual(spanOf("bytes=4-99", 10), { from: 4, to: 10 });
    assert.deepEqual(spanOf("bytes=-4", 10), { from: 6, to: 10 });
    assert.deepEqual(spanOf("bytes=-99", 10), { from: 0, to: 10 });
  });

  it("tells a range behind the end from what is no single range", () => {
    assert.equal(spanOf("bytes=10-", 10), "unsatisfiable");
    assert.equal(spanOf("bytes=-0", 10), "unsatisfiable");
    for (const header of [undefined, "", "bytes=-", "bytes=3-1", "bytes=0-1,4-5", "lines=1-2", "bytes=a-b"])
      assert.equal(spanOf(header, 10), undefined);
  });
});

describe("isMatch", () => {
  it("compares weakly, in lists, and takes *", () => {
    assert.equal(isMatch('"a", W/"b"', '"b"'), true);
    assert.equal(isMatch("*", '"b"'), true);
    assert.equal(isMatch('"a"', '"b"'), false);
  });
});

describe("accepts", () => {
  it("looks at names and at q=0", () => {
    assert.equal(accepts("deflate, GZIP;q=0.5", "gzip"), true);
    assert.equal(accepts("gzip;q=0, br", "gzip"), false);
    assert.equal(accepts(undefined, "gzip"), false);
  });
});
