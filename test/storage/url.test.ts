import assert from "node:assert/strict";
import { homedir } from "node:os";
import { describe, it } from "node:test";
import fc from "fast-check";
import { isCirrusError } from "#src/core/errors.js";
import { isWithin, locate, normaliseUrl, printableSpellings } from "#src/storage/url.js";

const refusal = (text: string): string => {
  try {
    return `accepted as ${normaliseUrl(text, "/base")}`;
  } catch (error) {
    assert.ok(isCirrusError(error, "E_STORE_URL"), String(error));
    return error.message;
  }
};

describe("normaliseUrl", () => {
  const forms: readonly (readonly [written: string, normal: string])[] = [
    ["/data/volume", "file:///data/volume"],
    ["/data/volume///", "file:///data/volume"],
    ["/data/x/../volume/.", "file:///data/volume"],
    ["volume", "file:///base/folder/volume"],
    ["./volume", "file:///base/folder/volume"],
    ["../volume", "file:///base/volume"],
    [".", "file:///base/folder"],
    ["  ./volume\n", "file:///base/folder/volume"],
    ["/data/my volume #1 100%", "file:///data/my%20volume%20%231%20100%25"],
    ["file:///data/my%20volume", "file:///data/my%20volume"],
    ["file:///data/volume/", "file:///data/volume"],
    ["file:/data/volume", "file:///data/volume"],
    ["file://localhost/data/volume", "file:///data/volume"],
    ["FILE:///data/volume", "file:///data/volume"],
    ["file://./volume", "file:///base/folder/volume"],
    ["file://../volume", "file:///base/volume"],
    ["file:///C:/data/volume", "file:///C:/data/volume"],
    ["file://C:/data/volume", "file:///C:/data/volume"],
    ["C:\\data\\volume\\", "file:///C:/data/volume"],
    ["c:/data/volume", "file:///c:/data/volume"],
    ["gs://bucket/prefix", "gs://bucket/prefix"],
    ["gs://bucket/prefix/", "gs://bucket/prefix"],
    ["gs://bucket", "gs://bucket"],
    ["gs://bucket/", "gs://bucket"],
    ["GS://bucket/my prefix/100%25", "gs://bucket/my prefix/100%25"],
    ["s3://bucket.with.dots/my prefix/", "s3://bucket.with.dots/my prefix"],
    ["precomputed://s3://bucket/prefix", "s3://bucket/prefix"],
    ["https://host/data/volume/", "https://host/data/volume"],
    ["HTTPS://Host:443/data/my volume", "https://host/data/my%20volume"],
    ["https://host", "https://host"],
    ["http://127.0.0.1:8000/volumes/volume", "http://127.0.0.1:8000/volumes/volume"],
    ["precomputed://https://host/volume", "https://host/volume"],
    ["https://host/volume/|neuroglancer-precomputed:", "https://host/volume"],
    ["memory://name", "memory://name"],
    ["memory://name/a/b", "memory://name/a/b"],
    ["precomputed://gs://bucket/prefix", "gs://bucket/prefix"],
    ["precomputed://file:///data/volume", "file:///data/volume"],
    ["precomputed:///data/volume", "file:///data/volume"],
    ["gs://bucket/prefix|neuroglancer-precomputed:", "gs://bucket/prefix"],
    ["gs://bucket/prefix/|neuroglancer-precomputed:", "gs://bucket/prefix"],
    ["file:///data/volume/|neuroglancer-precomputed:", "file:///data/volume"],
  ];
  for (const [written, normal] of forms) {
    it(`reads ${JSON.stringify(written)} as ${normal}`, () => {
      assert.equal(normaliseUrl(written, "/base/folder"), normal);
      assert.equal(normaliseUrl(normal, "/elsewhere"), normal);
    });
  }

  it("takes ~ as the home folder", () => {
    assert.equal(locate("~/volume").path, `${homedir()}/volume`);
    assert.equal(locate("file://~/volume").path, `${homedir()}/volume`);
  });

  const refusals: readonly (readonly [written: string, why: RegExp])[] = [
    ["", /empty/],
    ["precomputed://", /empty/],
    ["/", /whole disk/],
    ["file:///C:/", /whole disk/],
    ["ftp://host/volume", /no driver for ftp:\/\//],
    ["s3://Bucket/prefix", /bucket name/],
    ["s3://under_score/prefix", /bucket name/],
    ["https://host/volume?x=1", /%3F/],
    ["https://host//volume", /part is empty/],
    ["https://", /no URL/],
    ["gs:/bucket/prefix", /followed by \/\//],
    ["gs://", /bucket name/],
    ["gs://Bucket/prefix", /bucket name/],
    ["gs://ab", /bucket name/],
    ["gs://bucket//prefix", /part is empty/],
    ["gs://bucket/../prefix", /part is empty, \. or \.\./],
    ["gs://bucket/pre?fix", /not allowed/],
    ["gs://bucket\\prefix", /bucket name/],
    ["file://host/share/volume", /host/],
    ["file:///data/vol#1", /%23/],
    ["file:///data/100%", /decoded/],
    ["zarr://gs://bucket/prefix", /zarr is no format/],
    ["gs://bucket/prefix|zarr3:", /zarr3 is no format/],
    ["memory://", /memory store's name/],
  ];
  for (const [written, why] of refusals) {
    it(`refuses ${JSON.stringify(written)} and says what is accepted`, () => {
      const message = refusal(written);
      assert.match(message, why);
      assert.match(
        message,
        /accepted are a path, file:\/\/\/folder, gs:\/\/bucket\/prefix, s3:\/\/bucket\/prefix, https:\/\/host\/prefix/,
      );
    });
  }

  it("keeps secrets out of its messages", () => {
    const message = refusal("https://user:hunter2@host/volume");
    assert.match(message, /\*\*\*@host/);
    assert.doesNotMatch(message, /hunter2/);
  });

  it("is its own inverse on the path, whatever the characters", () => {
    fc.assert(
      fc.property(fc.array(fc.string({ minLength: 1, unit: "grapheme" }), { minLength: 1, maxLength: 4 }), (parts) => {
        const names = parts.map((part) => part.replaceAll(/[/\\\0|]/g, "_")).filter((part) => !/^\.{0,2}$/.test(part));
        fc.pre(names.length > 0);
        const path = `/${names.join("/")}`.trimEnd();
        fc.pre(!path.endsWith("/"));
        const normal = normaliseUrl(path);
        assert.equal(locate(normal).path, path);
        assert.equal(normaliseUrl(normal), normal);
      }),
    );
  });
});

describe("printableSpellings", () => {
  it("writes a bucket for each reader", () => {
    assert.deepEqual(printableSpellings("gs://bucket/my prefix"), {
      cloudVolume: "precomputed://gs://bucket/my prefix",
      tensorStore: "gs://bucket/my%20prefix|neuroglancer-precomputed:",
      plain: "gs://bucket/my prefix",
    });
  });

  it("writes a folder for each reader, decoded for cloud-volume", () => {
    assert.deepEqual(printableSpellings("file:///data/my%20volume"), {
      cloudVolume: "precomputed://file:///data/my volume",
      tensorStore: "file:///data/my%20volume|neuroglancer-precomputed:",
      plain: "/data/my volume",
    });
  });

  it("writes a folder on a drive", () => {
    assert.deepEqual(printableSpellings("file:///C:/data/volume"), {
      cloudVolume: "precomputed://file:///C:/data/volume",
      tensorStore: "file:///C:/data/volume|neuroglancer-precomputed:",
      plain: "C:\\data\\volume",
    });
  });

  it("is read back by normaliseUrl", () => {
    for (const url of [
      "gs://bucket/prefix",
      "s3://bucket/prefix",
      "https://host/prefix",
      "file:///data/volume",
      "memory://name/a",
    ]) {
      for (const spelling of Object.values(printableSpellings(url))) assert.equal(normaliseUrl(spelling), url);
    }
  });
});

describe("isWithin", () => {
  it("holds for the place itself and below it, not beside it", () => {
    assert.equal(isWithin("file:///data/volume", "file:///data/volume"), true);
    assert.equal(isWithin("file:///data/volume", "file:///data/volume/sub"), true);
    assert.equal(isWithin("file:///data/volume", "file:///data/volume2"), false);
    assert.equal(isWithin("file:///data/volume", "file:///data"), false);
  });
});
