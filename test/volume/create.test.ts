import { describe, it } from "node:test";
import assert from "node:assert/strict";
import { parseInfo, serializeInfo } from "#src/formats/precomputed/info.js";
import { openWritable } from "#src/storage/open.js";
import { checkNewVolume } from "#src/volume/check-new-volume.js";
import { createVolume } from "#src/volume/create.js";
import { geometryDifference } from "#src/volume/geometry-difference.js";
import { emptyMemory, infoWith, scaleWith, ticketFor } from "./fixture.js";

const coarse = scaleWith({ key: "8_8_40", resolutionNm: [8, 8, 40], size: [35, 26, 9], voxelOffset: [-5, 2, 100] });
const two = infoWith({ scales: [scaleWith(), coarse] });

describe("creating a volume", () => {
  it("puts an info where there is none", async (t) => {
    const path = emptyMemory(t);
    const ticket = ticketFor(path);
    assert.deepEqual(await createVolume(path, two, { ticket }), { info: two, kind: "created" });
    const store = await openWritable(path, ticket);
    assert.equal(Buffer.from((await store.get("info"))!.bytes).toString(), serializeInfo(two));
    assert.deepEqual(await createVolume(path, two, { ticket }), { info: two, kind: "unchanged" });
  });

  it("adds missing scales and keeps everything else of the document", async (t) => {
    const path = emptyMemory(t);
    const ticket = ticketFor(path);
    const store = await openWritable(path, ticket);
    const text = serializeInfo(infoWith()).replace("{", '{ "lab": { "id": 648518346349515986 },');
    await store.put("info", Buffer.from(text));
    assert.deepEqual(await createVolume(path, two, { ticket }), { info: two, kind: "scales-added" });
    const after = Buffer.from((await store.get("info"))!.bytes).toString();
    assert.match(after, /648518346349515986/);
    assert.deepEqual(parseInfo(after), two);
  });

  it("leaves scales that the volume has and the caller does not name", async (t) => {
    const path = emptyMemory(t);
    const ticket = ticketFor(path);
    await createVolume(path, two, { ticket });
    assert.deepEqual(await createVolume(path, infoWith(), { ticket }), { info: two, kind: "unchanged" });
  });

  it("refuses another geometry and names the first difference", async (t) => {
    const path = emptyMemory(t);
    const ticket = ticketFor(path);
    await createVolume(path, infoWith(), { ticket });
    await assert.rejects(createVolume(path, infoWith({ dataType: "uint16" }), { ticket }), {
      code: "E_DESTINATION_GEOMETRY",
      message: `${path} holds a volume of another geometry: data_type is uint8, not uint16`,
    });
    const other = infoWith({ scales: [scaleWith({ size: [70, 50, 10] })] });
    await assert.rejects(createVolume(path, other, { ticket }), {
      message: /scales\[0\]\.size is 70, 50, 9, not 70, 50, 10$/,
    });
  });

  it("lets many create the same volume at once", async (t) => {
    const path = emptyMemory(t);
    const ticket = ticketFor(path);
    const results = await Promise.all(
      Array.from({ length: 8 }, (_, i) => createVolume(path, i % 2 ? two : infoWith(), { ticket })),
    );
    assert.equal(results.filter(({ kind }) => kind === "created").length, 1);
    assert.deepEqual((await createVolume(path, two, { ticket })).kind, "unchanged");
  });
});

describe("a new volume", () => {
  it("is refused when readers or voxels would suffer", async (t) => {
    const refused = (info: ReturnType<typeof infoWith>, error: object) =>
      assert.throws(() => checkNewVolume(info), error);
    const jpeg = [scaleWith({ encoding: "jpeg" })];
    refused(infoWith({ type: "segmentation", scales: jpeg }), {
      code: "E_ENCODING_UNSUPPORTED",
      message: "jpeg is lossy, and a label that changes is another label",
    });
    refused(infoWith({ dataType: "uint16", scales: [scaleWith({ encoding: "png" })] }), {
      code: "E_ENCODING_UNSUPPORTED",
    });
    refused(infoWith({ scales: [scaleWith({ encoding: "compresso" })] }), { code: "E_ENCODING_UNSUPPORTED" });
    refused(infoWith({ type: "segmentation", channels: 3 }), {
      code: "E_VOLUME_INVALID",
      message: /num_channels must be 1 for a segmentation$/,
    });
    const path = emptyMemory(t);
    await assert.rejects(createVolume(path, infoWith({ channels: 0 }), { ticket: ticketFor(path) }), {
      code: "E_VOLUME_INVALID",
    });
    assert.equal(await (await openWritable(path, ticketFor(path))).get("info"), undefined);
  });

  it("comes with what one should know about it", () => {
    assert.deepEqual(checkNewVolume(two), []);
    const [caution, ...more] = checkNewVolume(
      infoWith({ channels: 3, scales: two.scales.map((scale) => ({ ...scale, encoding: "jpeg" })) }),
    );
    assert.match(caution!, /cloud-volume .* 3 channels/);
    assert.deepEqual(more, []);
  });
});

describe("the difference of two geometries", () => {
  it("ignores what is only advice, until both state it", () => {
    const jpeg = (jpegQuality?: number) =>
      infoWith({ scales: [scaleWith({ encoding: "jpeg", ...(jpegQuality !== undefined && { jpegQuality }) })] });
    assert.equal(geometryDifference(jpeg(), jpeg(80)), undefined);
    assert.equal(geometryDifference(jpeg(90), jpeg(80)), "scales[0].jpeg_quality is 90, not 80");
  });

  it("sees every member that decides where voxels are", () => {
    const differs = (changes: Parameters<typeof scaleWith>[0]) =>
      geometryDifference(infoWith(), infoWith({ scales: [scaleWith(changes)] }));
    assert.equal(differs({ key: "s0" }), "scales[0].key is 4_4_40, not s0");
    assert.equal(differs({ voxelOffset: [0, 5, 100] }), "scales[0].voxel_offset is -10, 5, 100, not 0, 5, 100");
    assert.equal(differs({ chunkSize: [64, 64, 64] }), "scales[0].chunk_sizes is 32, 32, 4, not 64, 64, 64");
    assert.equal(differs({ resolutionNm: [4, 4, 50] }), "scales[0].resolution is 4, 4, 40, not 4, 4, 50");
    assert.equal(differs({ encoding: "png" }), "scales[0].encoding is raw, not png");
    assert.equal(geometryDifference(infoWith(), infoWith({ type: "segmentation" })), "type is image, not segmentation");
  });
});
