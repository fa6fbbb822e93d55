import assert from "node:assert/strict";
import { describe, it } from "node:test";
import { didYouMean, suggest } from "#src/core/suggest.js";

const keys = ["source", "destination", "provenance", "resolutionNm", "chunkSize", "mips"];

describe("suggest", () => {
  it("finds the key with a letter too few, too many, wrong or swapped", () => {
    assert.equal(suggest("sorce", keys), "source");
    assert.equal(suggest("destinnation", keys), "destination");
    assert.equal(suggest("provenence", keys), "provenance");
    assert.equal(suggest("misp", keys), "mips");
  });

  it("overlooks case and separators", () => {
    assert.equal(suggest("resolution_nm", keys), "resolutionNm");
    assert.equal(suggest("CHUNK-SIZE", keys), "chunkSize");
  });

  it("suggests nothing for a word that is not near", () => {
    assert.equal(suggest("colour", keys), undefined);
    assert.equal(suggest("x", ["y"]), undefined);
    assert.equal(suggest("", keys), undefined);
  });

  it("prefers the nearest, and the first among equals", () => {
    assert.equal(suggest("joint", ["point", "join"]), "point");
    assert.equal(suggest("ingst", ["inset", "ingest"]), "ingest");
  });
});

describe("didYouMean", () => {
  it("is text to append, empty when nothing is near", () => {
    assert.equal(didYouMean("sorce", keys), ' (did you mean "source"?)');
    assert.equal(didYouMean("colour", keys), "");
  });
});
