import { describe, it } from "node:test";
import assert from "node:assert/strict";
import { createHash } from "node:crypto";
import { readdirSync } from "node:fs";
import sharp from "sharp";
import { dataTypes, newVoxels, type DataType, type VoxelArray } from "#src/core/data-type.js";
import { isCirrusError } from "#src/core/errors.js";
import { voxelsOf, type ChunkShape } from "#src/formats/precomputed/encodings/encoding.js";
import { imageSizeOf } from "#src/formats/precomputed/encodings/image-layout.js";
import { encodingFor, encodingNamed, encodings } from "#src/formats/precomputed/encodings/table.js";

const shapeOf = (dataType: DataType, size: ChunkShape["size"], channels = 1): ChunkShape => ({
  dataType,
  size,
  channels,
});

/** A smooth ramp with a little texture; other numbers in each channel. */
function ramp(shape: ChunkShape): VoxelArray {
  const voxels = newVoxels(shape.dataType, voxelsOf(shape));
  const plane = voxels.length / shape.channels;
  for (let i = 0; i < voxels.length; i++) {
    const value = ((i % plane) % shape.size[0]) * 3 + Math.floor(i / plane) * 40 + (i % 7);
    voxels[i] = shape.dataType === "uint64" ? BigInt(value) + 2n ** 63n : value;
  }
  return voxels;
}
const roundTrip = async (name: string, shape: ChunkShape) =>
  encodingNamed(name).decode(await encodingNamed(name).encode(ramp(shape), shape, {}), shape);
const isCorrupt = (error: unknown) => isCirrusError(error, "E_CHUNK_CORRUPT");
function largestDifference(a: VoxelArray, b: VoxelArray): number {
  let most = 0;
  for (let i = 0; i < a.length; i++) most = Math.max(most, Math.abs(Number(a[i]) - Number(b[i])));
  return most;
}

describe("the table of encodings", () => {
  it("lists every file of its folder that is an encoding, under its name", () => {
    const helpers = [
      "block-table",
      "compression",
      "encoding",
      "image-layout",
      "png-image",
      "sharp",
      "table",
      "word-sequences",
    ];
    const files = readdirSync(new URL("../../../../../src/formats/precomputed/encodings/", import.meta.url)).map(
      (name) => name.replace(/\.ts$/, ""),
    );
    assert.deepEqual(files.filter((name) => !helpers.includes(name)).sort(), Object.keys(encodings).sort());
    for (const [name, encoding] of Object.entries(encodings)) assert.equal(encoding.name, name);
  });

  it("refuses names that it does not know", () => {
    assert.throws(
      () => encodingNamed("compresso"),
      (error) => isCirrusError(error, "E_ENCODING_UNSUPPORTED"),
    );
    assert.throws(
      () => encodingNamed("toString"),
      (error) => isCirrusError(error, "E_ENCODING_UNSUPPORTED"),
    );
  });

  it("refuses what the readers do not take, with the reason", () => {
    for (const dataType of dataTypes) assert.equal(encodings["raw"]!.refuses({ dataType, channels: 5 }), undefined);
    assert.equal(encodings["jpeg"]!.refuses({ dataType: "uint16", channels: 1 }), "jpeg holds uint8 only, not uint16");
    assert.equal(encodings["jpeg"]!.refuses({ dataType: "uint8", channels: 2 }), "jpeg holds 1 or 3 channels, not 2");
    assert.match(
      encodings["png"]!.refuses({ dataType: "uint16", channels: 1 })!,
      /cloud-volume .* cannot read png chunks of uint16/,
    );
    assert.match(encodings["png"]!.refuses({ dataType: "uint8", channels: 3 })!, /cloud-volume/);
    assert.throws(() => encodingFor("png", { dataType: "float32", channels: 1 }), {
      code: "E_ENCODING_UNSUPPORTED",
      message: "png holds uint8 only, not float32",
    });
    assert.equal(encodingFor("jpeg", { dataType: "uint8", channels: 3 }).name, "jpeg");
  });
});

for (const [name, encoding] of Object.entries(encodings))
  describe(`the ${name} encoding`, () => {
    const accepted = dataTypes
      .flatMap((dataType) => [1, 3].map((channels) => ({ dataType, channels })))
      .filter((voxels) => encoding.refuses(voxels) === undefined);

    for (const { dataType, channels } of accepted)
      it(`gives ${dataType} with ${channels} channel(s) back, in whole and clipped chunks`, async () => {
        for (const size of [
          [64, 64, 4],
          [13, 7, 5],
          [1, 1, 1],
          [64, 1, 1],
          [1, 3, 64],
        ] as const) {
          const shape = shapeOf(dataType, size, channels);
          const decoded = await roundTrip(name, shape);
          assert.equal(decoded.constructor, ramp(shape).constructor);
          if (encoding.isLossy)
            assert.ok(
              largestDifference(decoded, ramp(shape)) <= (channels === 1 ? 24 : 60),
              `${largestDifference(decoded, ramp(shape))} at ${size.join()}`,
            );
          else assert.deepEqual(decoded, ramp(shape));
        }
      });

    const { dataType } = accepted[0]!;

    it("refuses bytes that are cut off anywhere", async () => {
      const shape = shapeOf(dataType, [32, 16, 4]);
      const bytes = await encoding.encode(ramp(shape), shape, {});
      for (const length of [
        0,
        1,
        7,
        20,
        Math.floor(bytes.length / 2),
        bytes.length - 13,
        bytes.length - 9,
        bytes.length - 2,
        bytes.length - 1,
      ])
        await assert.rejects(encoding.decode(bytes.slice(0, length), shape), isCorrupt, `${length} of ${bytes.length}`);
    });

    it("refuses bytes of another shape", async () => {
      const shape = shapeOf(dataType, [32, 16, 4]);
      const bytes = await encoding.encode(ramp(shape), shape, {});
      // Blocks of 8 voxels hide what is less.
      await assert.rejects(
        encoding.decode(bytes, shapeOf(dataType, [32, 16, name === "compressed_segmentation" ? 900 : 5])),
        isCorrupt,
      );
      if (encoding.refuses({ dataType, channels: 3 }) === undefined)
        await assert.rejects(encoding.decode(bytes, shapeOf(dataType, [32, 16, 4], 3)), isCorrupt);
    });

    it("makes the same bytes each time", async () => {
      const shape = shapeOf(dataType, [32, 16, 4]);
      assert.deepEqual(await encoding.encode(ramp(shape), shape, {}), await encoding.encode(ramp(shape), shape, {}));
    });
  });

describe("raw", () => {
  it("is little endian, x fastest, then y, z and channel", async () => {
    const voxels = Uint16Array.of(1, 2, 0x304, 4, 5, 6, 7, 8);
    assert.deepEqual(
      [...(await encodings["raw"]!.encode(voxels, shapeOf("uint16", [2, 1, 2], 2), {}))],
      [1, 0, 2, 0, 4, 3, 4, 0, 5, 0, 6, 0, 7, 0, 8, 0],
    );
    const id = BigUint64Array.of(648518346349515986n);
    assert.equal(
      Buffer.from(await encodings["raw"]!.encode(id, shapeOf("uint64", [1, 1, 1]), {})).toString("hex"),
      "d2947c0000000009",
    );
  });

  it("copies nothing", async () => {
    const memory = new Uint8Array(100);
    const view = memory.subarray(10, 18);
    const bytes = await encodings["raw"]!.encode(view, shapeOf("uint8", [2, 2, 2]), {});
    assert.equal(bytes.buffer, memory.buffer);
    assert.equal(bytes.byteOffset, 10);
  });

  it("needs exactly the chunk's voxels", () => {
    assert.throws(
      () => encodings["raw"]!.encode(new Uint8Array(7), shapeOf("uint8", [2, 2, 2]), {}),
      /7 voxels for a uint8 chunk of 2 x 2 x 2 x 1/,
    );
    assert.throws(
      () => encodings["raw"]!.encode(new Uint16Array(8), shapeOf("uint8", [2, 2, 2]), {}),
      /8 voxels for a uint8 chunk/,
    );
  });
});

describe("image encodings", () => {
  it("lay a chunk out as x by y*z, and otherwise where a side would be too long", () => {
    assert.deepEqual(imageSizeOf([64, 64, 64], 65_500), { width: 64, height: 4096 });
    assert.deepEqual(imageSizeOf([256, 256, 256], 65_500), { width: 65_536 / 16, height: 4096 });
    assert.deepEqual(imageSizeOf([4, 70_000, 2], 65_500), { width: 800, height: 700 });
    assert.throws(
      () => imageSizeOf([65_521, 1, 1], 65_500),
      (error) => isCirrusError(error, "E_ENCODING_UNSUPPORTED"),
    );
  });

  it("read back a chunk that does not fit into one image of x by y*z", async () => {
    const shape = shapeOf("uint8", [2, 40_000, 2]);
    assert.deepEqual(await roundTrip("png", shape), ramp(shape));
    assert.ok(largestDifference(await roundTrip("jpeg", shape), ramp(shape)) < 32);
  });

  it("write one component for one channel, and the channels as the components of a pixel", async () => {
    const grey = shapeOf("uint8", [16, 8, 2]);
    for (const name of ["jpeg", "png"]) {
      const { channels, width, height } = await sharp(await encodings[name]!.encode(ramp(grey), grey, {})).metadata();
      assert.deepEqual([channels, width, height], [1, 16, 16], name);
    }
    const rgb = shapeOf("uint8", [8, 8, 1], 3);
    const flat = new Uint8Array(192).map((_, i) => [200, 100, 30][Math.floor(i / 64)]!);
    const { data, info } = await sharp(await encodings["jpeg"]!.encode(flat, rgb, { jpegQuality: 95 }))
      .raw()
      .toBuffer({ resolveWithObject: true });
    assert.equal(info.channels, 3);
    for (const [component, value] of [200, 100, 30].entries()) assert.ok(Math.abs(data[component]! - value) <= 2);
  });

  it("make larger files for a higher quality of jpeg", async () => {
    const shape = shapeOf("uint8", [64, 64, 4]);
    const noise = new Uint8Array(64 * 64 * 4).map((_, i) => createHash("md5").update(String(i)).digest()[0]!);
    const lengths = await Promise.all(
      [50, 85, 93, 100].map(
        async (jpegQuality) => (await encodings["jpeg"]!.encode(noise, shape, { jpegQuality })).length,
      ),
    );
    assert.deepEqual(
      lengths,
      lengths.toSorted((a, b) => a - b),
    );
    assert.equal(new Set(lengths).size, 4);
  });

  it("read png chunks of uint16 that others wrote", async () => {
    const shape = shapeOf("uint16", [8, 4, 2]);
    const voxels = new Uint16Array(64).map((_, i) => i * 1021);
    const bytes = await sharp(voxels, { raw: { width: 8, height: 8, channels: 1 } })
      .toColourspace("grey16")
      .png()
      .toBuffer();
    assert.deepEqual(await encodings["png"]!.decode(bytes, shape), voxels);
  });

  it("refuse a png whose pixels were altered", async () => {
    const shape = shapeOf("uint8", [32, 16, 4]);
    const bytes = Buffer.from(await encodings["png"]!.encode(ramp(shape), shape, {}));
    for (let i = bytes.indexOf("IDAT"); i < bytes.length - 12; i += 5) {
      const altered = Buffer.from(bytes);
      altered[i]! ^= 16;
      await assert.rejects(encodings["png"]!.decode(altered, shape), isCorrupt, `byte ${i}`);
    }
  });
});
