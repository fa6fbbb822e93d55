import assert from "node:assert/strict";
import { describe, it } from "node:test";
import { isCirrusError } from "#src/core/errors.js";
import { parseLossless } from "#src/core/json/parse.js";
import type { JsonObject } from "#src/core/json/value.js";
import { isPeerConfig, schemaProblems } from "#src/ingest/peer/peer-schema.js";
import { readPeer } from "#src/ingest/peer/read-peer.js";
import { peerKinds, kindOf, roleOf } from "#src/ingest/peer/peer-classes.js";
import { peerConfig } from "../../fixtures/peer-config.js";

const spec = {
  path: "catmaid.CatmaidFileImageStackPathProcessor",
  pathParams: { root_dir: "/data", filetype: "png" },
  tile: "catmaid.CatmaidFileImageStackTileProcessor",
  tileParams: { filetype: "png" },
  extent: { x: [0, 1024], y: [0, 512], z: [0, 3] },
} as const;
const volumetric = {
  ...spec,
  schema: "boss-v0.2-schema",
  path: "cloudvolume.CloudVolumePathProcessor",
  tile: "cloudvolume.CloudVolumeChunkProcessor",
} as const;

/** The document after a change of its text. */
const changed = (document: object, from: string, to: string): JsonObject => {
  const text = JSON.stringify(document);
  assert.ok(text.includes(from), from);
  return parseLossless(text.replace(from, to)) as JsonObject;
};
const asIs = (document: object): JsonObject => parseLossless(JSON.stringify(document)) as JsonObject;

describe("the ingest client's schemas", () => {
  for (const [name, document] of [
    ["boss-v0.1", peerConfig(spec)],
    ["boss-v0.2 with tiles", peerConfig({ ...spec, schema: "boss-v0.2-schema" })],
    ["boss-v0.2 with chunks", peerConfig(volumetric)],
    ["neurodata", peerConfig({ ...spec, schema: "neurodata-schema" })],
  ] as const)
    it(`accept ${name}`, () => {
      assert.ok(isPeerConfig(asIs(document)));
      assert.deepEqual(schemaProblems(asIs(document)), []);
    });

  for (const [name, from, to] of [
    ["unknown members", '"schema":{', '"colour":1,"schema":{"b":2,'],
    ["extents of any length", '"x":[0,1024]', '"x":[0,1024,7]'],
    ["stop below start", '"x":[0,1024]', '"x":[9,-4]'],
    ["tile sizes of 0 and below", '"x":512', '"x":-1'],
  ] as const)
    it(`accept ${name}`, () => assert.deepEqual(schemaProblems(changed(peerConfig(spec), from, to)), []));

  for (const [from, to, problem] of [
    ['"resolution":0', '"resolution":0.0', "/ingest_job/resolution: must be an integer, not 0.0"],
    ['"x":512', '"x":512.0', "/ingest_job/tile_size/x: must be an integer, not 512.0"],
    ['"resolution":0', '"resolution":true', "/ingest_job/resolution: must be an integer, not true"],
    ['"x":[0,1024]', '"x":[0,"9"]', '/ingest_job/extent/x/1: must be an integer, not "9"'],
    ['"x":[0,1024]', '"x":7', "/ingest_job/extent/x: must be a list of integers, not 7"],
    ['"params":{"filetype":"png"}', '"params":null', "/client/tile_processor/params: must be an object, not null"],
    [',"channel":"ch"', "", "/database/channel: is required"],
    ['"protocol":"https"', '"protocol":7', "/client/backend/protocol: must be a string, not 7"],
    ["boss-v0.1-schema", "boss-v0.3-schema", '/schema/name: there is no schema "boss-v0.3-schema" (did you mean'],
    ["BossValidatorV01", "os.system", '/schema/validator: there is no validator "os.system"'],
  ] as const)
    it(`refuse ${from} as ${to || "nothing"}`, () => {
      const [found, ...more] = schemaProblems(changed(peerConfig(spec), from, to));
      assert.ok(found?.startsWith(problem), found);
      assert.deepEqual(more, []);
    });

  it("refuse a neurodata config with a Boss database, and say everything at once", () => {
    const document = changed(peerConfig(spec), "boss-v0.1-schema", "neurodata-schema");
    assert.deepEqual(schemaProblems(document), ["/database/dataset: is required", "/database/project: is required"]);
  });

  it("say what the second version's properties lack in the peer's own words", () => {
    const { chunk_size: _size, ...job } = peerConfig(volumetric).ingest_job as { chunk_size?: object };
    assert.deepEqual(schemaProblems(asIs({ ...peerConfig(volumetric), ingest_job: job })), [
      '"ingest_job": "chunk_size" required for volumetric ingest jobs.',
    ]);
    const odd = changed(
      peerConfig(volumetric),
      '"chunk_size":{"x":512,"y":512,"z":16}',
      '"chunk_size":{"x":500,"y":512,"z":8}',
    );
    assert.deepEqual(schemaProblems(odd), [
      '"ingest_job": "chunk_size": "x" must be a multiple of 512.',
      '"ingest_job": "chunk_size": "z" must be a multiple of 16.',
    ]);
    const bare = changed(peerConfig({ ...spec, schema: "boss-v0.2-schema" }), '"tile_processor"', '"chunk_processor"');
    assert.deepEqual(schemaProblems(bare), ['"client": "tile_processor" required for tile ingest jobs.']);
  });

  it("leave what they do not look at to checks with a JSON pointer each, all at once", () => {
    const text = JSON.stringify(peerConfig(spec))
      .replace('"x":[0,1024],"y":[0,512],"z":[0,3]', '"x":[9,9],"y":[-1,512],"z":[1]')
      .replace('"y":512,"z":1', '"y":0,"z":1');
    const document = parseLossless(text) as JsonObject;
    assert.throws(
      () => readPeer(document, "boss.json"),
      (error) => {
        assert.ok(isCirrusError(error, "E_CONFIG_INVALID"));
        assert.deepEqual(error.context["problems"], [
          "/ingest_job/extent/x: start must be below stop: [9, 9)",
          "/ingest_job/extent/y: begins at -1, below 0",
          "/ingest_job/extent/z: must be [start, stop), two numbers, not 1",
          "/ingest_job/tile_size/y: must be 1 or more, not 0",
        ]);
        return true;
      },
    );
  });

  it("are not taken for ours, nor ours for them", () => {
    assert.equal(isPeerConfig(asIs({ version: 1, source: {}, destination: {} })), false);
    assert.equal(isPeerConfig(asIs({ client: {} })), true);
  });
});

describe("the ingest client's classes", () => {
  for (const prefix of ["ingest.plugins.filesystem", "ingest.plugins.catmaid", "ingestclient.plugins.catmaid"])
    it(`are known as ${prefix}.X`, () => {
      const document = JSON.stringify(peerConfig(spec)).replaceAll("ingestclient.plugins.catmaid", prefix);
      assert.equal(
        readPeer(parseLossless(document) as JsonObject, "x").path.className,
        "CatmaidFileImageStackPathProcessor",
      );
    });

  it("have a role each, and the misspelled one too", () => {
    for (const { path, data } of peerKinds) {
      for (const name of path) assert.equal(roleOf(name), "path");
      for (const name of data) assert.match(roleOf(name) ?? "", /^(tile|chunk)$/);
    }
    assert.equal(roleOf("CatmainURLTileProcessor"), "tile");
    assert.equal(roleOf("CloudVolumeChunkProcessor"), "chunk");
    assert.equal(roleOf("MyOwnProcessor"), undefined);
  });

  it("that read images go with every class that finds images", () => {
    assert.equal(kindOf("ZindexStackPathProcessor", "CatmaidFileImageStackTileProcessor")?.source, "z-stack");
    assert.equal(kindOf("Hdf5SlicePathProcessor", "CatmaidFileImageStackTileProcessor"), undefined);
  });
});
