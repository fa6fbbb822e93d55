import assert from "node:assert/strict";
import { open } from "node:fs/promises";
import { join } from "node:path";
import { describe, it } from "node:test";
import { newVoxels, type DataType, type VoxelArray } from "#src/core/data-type.js";
import { isCirrusError } from "#src/core/errors.js";
import { memorySource, openByteSource } from "#src/tiles/byte-source.js";
import type { PixelBox, Tile } from "#src/tiles/contracts.js";
import { decodePage } from "#src/tiles/tiff/decode-page.js";
import { openTiff, pageAt } from "#src/tiles/tiff/open-tiff.js";
import { temporaryFolder } from "../fixtures/temporary-folder.js";
import type { Compression } from "../fixtures/tiff-codes.js";
import { writeTiff, type TiffFileSpec, type TiffPageSpec } from "../fixtures/tiff-writer.js";

/** Values that use the whole range of the type, with runs for the compressions to find. */
function pattern(dataType: DataType, length: number): VoxelArray {
  const samples = newVoxels(dataType, length);
  for (let i = 0; i < length; i++) {
    const value = Math.imul(i >> 2, 0x9e3779b1) >>> (i % 24 === 0 ? 1 : 9);
    if (samples instanceof BigUint64Array) samples[i] = (BigInt(value) << 33n) + BigInt(i);
    else samples[i] = dataType === "float32" ? value / 7 - 1e5 : value;
  }
  return samples;
}

async function decode(file: Uint8Array, number = 0, part?: PixelBox): Promise<Tile> {
  const source = memorySource(file);
  const page = await pageAt(await openTiff(source, "a.tif"), number, source);
  assert.ok(page, `page ${number} is there`);
  return decodePage(page, part);
}

const [width, height] = [37, 23];

async function checkPage(spec: Partial<TiffPageSpec> & { dataType: DataType }, file: TiffFileSpec = {}): Promise<void> {
  const { dataType, ...rest } = spec;
  const channels = spec.channels ?? 1;
  const samples = pattern(dataType, width * height * channels);
  const bytes = writeTiff([{ width, height, samples, ...rest }], file);
  const tile = await decode(bytes);
  assert.deepEqual([tile.widthPx, tile.heightPx, tile.dataType, tile.channels], [width, height, dataType, channels]);
  assert.deepEqual(tile.data, planesOf(samples, channels, { x0: 0, y0: 0, x1: width, y1: height }));

  const part = { x0: 5, y0: 9, x1: 30, y1: 17 };
  const cut = await decode(bytes, 0, part);
  assert.deepEqual(cut.covers, part);
  assert.deepEqual(cut.data, planesOf(samples, channels, part));
}

function planesOf(samples: VoxelArray, channels: number, box: PixelBox): VoxelArray {
  const values: (number | bigint)[] = [];
  for (let c = 0; c < channels; c++)
    for (let y = box.y0; y < box.y1; y++)
      for (let x = box.x0; x < box.x1; x++) values.push(samples[(y * width + x) * channels + c]!);
  const planes = samples.slice(0, values.length);
  values.forEach((value, i) => (planes[i] = value));
  return planes;
}

const compressions: Compression[] = ["none", "lzw", "deflate", "old-deflate", "packbits"];
const types: DataType[] = ["uint8", "uint16", "uint32", "uint64", "int8", "int16", "int32", "float32"];

describe("TIFF pages", () => {
  for (const compression of compressions)
    it(`gives every value of every type with ${compression}, in strips and tiles`, async () => {
      for (const dataType of types) {
        await checkPage({ dataType, compression, rowsPerStrip: 4 });
        await checkPage({ dataType, compression, tile: [16, 16] });
        await checkPage({ dataType, compression });
      }
    });

  it("undoes horizontal differences of every integer type and channel count", async () => {
    for (const dataType of types.filter((type) => type !== "float32"))
      for (const compression of ["lzw", "deflate", "none"] as const)
        for (const channels of [1, 3])
          await checkPage({ dataType, compression, channels, predictor: 2, rowsPerStrip: 5 });
  });

  it("undoes the floating-point predictor", async () => {
    for (const isBigEndian of [false, true]) {
      await checkPage({ dataType: "float32", compression: "deflate", predictor: 3, rowsPerStrip: 5 }, { isBigEndian });
      await checkPage(
        { dataType: "float32", compression: "lzw", predictor: 3, tile: [16, 32], channels: 3 },
        { isBigEndian },
      );
    }
  });

  it("reads big-endian files and BigTIFF", async () => {
    for (const isBig of [false, true])
      for (const isBigEndian of [false, true])
        for (const dataType of ["uint8", "uint16", "float32", "uint64"] as const) {
          await checkPage({ dataType, rowsPerStrip: 2 }, { isBig, isBigEndian });
          await checkPage({ dataType, rowsPerStrip: 2, compression: "deflate" }, { isBig, isBigEndian });
        }
    await checkPage({ dataType: "uint16", compression: "lzw", predictor: 2, tile: [16, 16] }, { isBigEndian: true });
  });

  it("gives channels as planes, stored side by side or apart", async () => {
    for (const isPlanar of [false, true])
      for (const compression of ["none", "deflate"] as const) {
        await checkPage({ dataType: "uint8", channels: 3, isPlanar, compression, rowsPerStrip: 7 });
        await checkPage({ dataType: "uint16", channels: 3, isPlanar, compression, tile: [16, 16] });
        await checkPage({ dataType: "uint8", channels: 2, isPlanar, compression, photometric: 1 });
      }
  });

  it("gives the stored values of MINISWHITE pages", () => checkPage({ dataType: "uint8", photometric: 0 }));

  it("reads LZW with a full dictionary of 4096 codes", async () => {
    // Noise fills the dictionary between clear codes; with 16 bits it is what aborts geotiff 3.0.5.
    const samples = new Uint16Array(256 * 256);
    let state = 1;
    for (let i = 0; i < samples.length; i++) samples[i] = (state = (Math.imul(state, 1103515245) + 12345) >>> 0) >>> 16;
    const file = writeTiff([{ width: 256, height: 256, samples, compression: "lzw" }]);
    assert.deepEqual((await decode(file)).data, samples);
  });

  it("finds pages of different sizes and types in one file", async () => {
    const first = { width: 4, height: 2, samples: Uint8Array.of(1, 2, 3, 4, 5, 6, 7, 8) };
    const second = { width: 2, height: 2, samples: Uint16Array.of(300, 301, 302, 303) };
    const file = writeTiff([first, second]);
    assert.deepEqual((await decode(file, 0)).data, first.samples);
    const { data, widthPx, heightPx } = await decode(file, 1);
    assert.deepEqual([widthPx, heightPx, data], [2, 2, second.samples]);
  });

  it("leaves out pages of reduced resolution and says so", async () => {
    const page = { width: 2, height: 1, samples: Uint8Array.of(1, 2) };
    const index = await openTiff(memorySource(writeTiff([page, { ...page, extra: [[254, 4, [1]]] }, page])), "a.tif");
    assert.equal(index.pageCount, 2);
    assert.deepEqual(index.warnings, ["a.tif: 1 pages of reduced resolution are left out"]);
  });
});

describe("TIFF forms that would not be exact", () => {
  const page = { width: 4, height: 2, samples: new Uint8Array(8) };
  const cases: [string, TiffPageSpec, RegExp][] = [
    ["palette", { ...page, photometric: 3 }, /palette colours/],
    [
      "alpha",
      { ...page, channels: 2, samples: new Uint8Array(16), photometric: 1, extra: [[338, 3, [2]]] },
      /alpha channel/,
    ],
    ["old JPEG", { ...page, extra: [[259, 3, [6]]] }, /old JPEG compression/],
    [
      "JPEG of 16 bits",
      { ...page, samples: new Uint16Array(8), extra: [[259, 3, [7]]] },
      /JPEG compression of uint16 samples/,
    ],
    [
      "JPEG of two channels",
      { ...page, channels: 2, samples: new Uint8Array(16), photometric: 1, extra: [[259, 3, [7]]] },
      /JPEG compression of 2 channels/,
    ],
    ["zstd", { ...page, extra: [[259, 3, [50000]]] }, /zstd compression/],
    ["CCITT", { ...page, extra: [[259, 3, [4]]] }, /CCITT group 4 compression/],
    ["1 bit", { ...page, extra: [[258, 3, [1]]] }, /1-bit unsigned samples/],
    ["12 bits", { ...page, extra: [[258, 3, [12]]] }, /12-bit unsigned samples/],
    ["YCbCr", { ...page, photometric: 6 }, /YCbCr colours/],
    ["reversed bits", { ...page, extra: [[266, 3, [2]]] }, /bits in reversed order/],
  ];
  for (const [what, spec, message] of cases)
    it(`refuses ${what} by name`, async () => {
      await assert.rejects(decode(writeTiff([spec])), (error) => {
        assert.ok(isCirrusError(error, "E_SOURCE_UNSUPPORTED"));
        assert.match(error.message, message);
        return true;
      });
    });
});

describe("ImageJ stacks", () => {
  const description = (images: number): string => `ImageJ=1.54f\nimages=${images}\nslices=${images}\nloop=false\n`;
  const plane = (value: number): Uint16Array => new Uint16Array(12).fill(value);

  it("finds the planes behind a single directory", async () => {
    // As ImageJ writes stacks above 4 GB: big-endian, uncompressed, one directory, all planes one after another.
    const all = Buffer.concat([500, 501, 502].map((value) => Buffer.from(plane(value).buffer).swap16()));
    const head = writeTiff([{ width: 4, height: 3, samples: plane(0), description: description(3) }], {
      isBigEndian: true,
    });
    const file = Buffer.concat([head, Buffer.alloc(head.length % 2), all]);
    // The strip is moved behind the directory.
    const directory = head.readUInt32BE(4);
    for (let at = directory + 2; at < head.length - 4; at += 12)
      if (file.readUInt16BE(at) === 273) file.writeUInt32BE(file.length - all.length, at + 8);
    const index = await openTiff(memorySource(file), "a.tif");
    assert.equal(index.pageCount, 3);
    for (const [page, value] of [500, 501, 502].entries())
      assert.deepEqual((await decode(file, page)).data, plane(value));
    const cut = await decode(file, 2, { x0: 1, y0: 1, x1: 3, y1: 2 });
    assert.deepEqual(cut.data, Uint16Array.of(502, 502));
  });

  it("finds planes behind 4 GB", async () => {
    const [side, planes] = [1024, 2100];
    const head = writeTiff(
      [{ width: side, height: side, samples: new Uint16Array(side * side), description: description(planes) }],
      { isBigEndian: true },
    );
    const directory = head.readUInt32BE(4);
    const begin = head.length;
    for (let at = directory + 2; at < head.length - 4; at += 12)
      if (head.readUInt16BE(at) === 273) head.writeUInt32BE(begin, at + 8);
    const path = join(await temporaryFolder(), "big.tif");
    const file = await open(path, "w");
    await file.write(head, 0, head.length, 0);
    const planeBytes = side * side * 2;
    const last = Buffer.from(Uint16Array.from({ length: 8 }, (_, i) => 60_000 + i).buffer).swap16();
    await file.write(last, 0, last.length, begin + (planes - 1) * planeBytes + (500 * side + 100) * 2);
    // What was not written is a hole, and takes no space.
    await file.truncate(begin + planes * planeBytes);
    await file.close();
    const source = openByteSource(path);
    const index = await openTiff(source, path);
    assert.ok(index.file.sizeBytes > 2 ** 32);
    assert.equal(index.pageCount, planes);
    const page = (await pageAt(index, planes - 1, source))!;
    const { data } = await decodePage(page, { x0: 99, y0: 500, x1: 103, y1: 501 });
    assert.deepEqual(data, Uint16Array.of(0, 60_000, 60_001, 60_002));
  });

  it("refuses a file whose planes cannot be found, instead of giving one", async () => {
    const file = writeTiff([{ width: 4, height: 3, samples: plane(1), description: description(3) }]);
    await assert.rejects(openTiff(memorySource(file), "a.tif"), (error) => {
      assert.ok(isCirrusError(error, "E_SOURCE_UNSUPPORTED"));
      assert.match(error.message, /images=3 .* but 1 pages can be found/);
      return true;
    });
  });

  it("takes all pages of a file that has more of them than it says", async () => {
    const page = { width: 4, height: 3, samples: plane(1), description: description(2) };
    const index = await openTiff(memorySource(writeTiff([page, page, page])), "a.tif");
    assert.equal(index.pageCount, 3);
    assert.match(index.warnings[0]!, /images=2; all 3 pages are taken/);
  });
});
