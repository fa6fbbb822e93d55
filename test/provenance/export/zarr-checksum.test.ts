import assert from "node:assert/strict";
import { createHash } from "node:crypto";
import { describe, it } from "node:test";
import { zarrChecksum } from "#src/provenance/export/zarr-checksum.js";

const file = (path: string, text: string) => ({
  path,
  bytes: Buffer.byteLength(text),
  md5: createHash("md5").update(text).digest("hex"),
});

describe("zarrChecksum", () => {
  it("of nothing, of a folder and of folders in folders is DANDI's", () => {
    assert.equal(zarrChecksum([]), "481a2f77ab786a0f45aafd5db0971caa-0--0");
    assert.equal(zarrChecksum([file("0", "x"), file("é", "yy")]), "107b9cb3b0d858f0dfe4304c0f8acd01-2--3");
    const files = [file("c/é", "yy"), file("info", "{}"), file("c/0", "x")];
    assert.equal(zarrChecksum(files), "23ed81eeb7f2f3d6725e2072894bea81-3--5");
  });
});
