import assert from "node:assert/strict";
import { describe, it } from "node:test";
import fc from "fast-check";
import sharp from "sharp";
import { asBytes } from "#src/core/data-type.js";
import { isCirrusError } from "#src/core/errors.js";
import { decodeImage } from "#src/tiles/images/decode-image.js";
import { pngChunk, writePng } from "../fixtures/png-writer.js";

const decode = (file: Uint8Array) => decodeImage(file, "a.png");
const isCorrupt = (error: unknown): boolean => isCirrusError(error, "E_TILE_CORRUPT");

/** Smooth with noise, so that all of Paeth's neighbours get chosen. */
const texture = (length: number): Uint8Array =>
  Uint8Array.from({ length }, (_, i) => 100 + 60 * Math.sin(i / 9) + ((Math.imul(i, 0x9e3779b1) >>> 24) & 31));

const filterings: ((row: number) => number)[] = [
  ...[0, 1, 2, 3, 4].map((filter) => () => filter),
  (row) => (row * 7) % 5,
  (row) => (row >> 1) % 5,
];

describe("PNG", () => {
  it("undoes every filter on every pixel width, alone and after every other", async () => {
    for (const [colourType, bitDepth, channels] of [
      [0, 8, 1],
      [0, 16, 1],
      [2, 8, 3],
      [2, 16, 3],
    ] as const)
      for (const filterOf of filterings) {
        const [width, height] = [13, 11];
        const bytes = texture((width * height * channels * bitDepth) / 8);
        const tile = await decode(writePng({ width, height, colourType, bitDepth, bytes, filterOf }));
        assert.deepEqual([tile.channels, tile.dataType], [channels, bitDepth === 16 ? "uint16" : "uint8"]);
        assert.deepEqual(valuesOf(tile), samplesOf(bytes, bitDepth, channels));
      }
  });

  it("gives what libvips gives, whatever the size, the filters and the cut into chunks", async () => {
    const cases = fc.record({
      width: fc.integer({ min: 1, max: 40 }),
      height: fc.integer({ min: 1, max: 40 }),
      filters: fc.array(fc.integer({ min: 0, max: 4 }), { minLength: 40, maxLength: 40 }),
      dataChunks: fc.integer({ min: 1, max: 3 }),
      seed: fc.integer(),
    });
    await fc.assert(
      fc.asyncProperty(cases, async ({ width, height, filters, dataChunks, seed }) => {
        const bytes = texture(width * height).map((value, i) => value ^ (Math.imul(i + seed, 0x85ebca6b) >>> 29));
        const file = writePng({ width, height, bytes, dataChunks, filterOf: (row) => filters[row]! });
        const tile = await decode(file);
        const { data } = await sharp(file).toColourspace("b-w").raw().toBuffer({ resolveWithObject: true });
        assert.deepEqual(Buffer.from(asBytes(tile.data)), data);
      }),
      { numRuns: 60 },
    );
  });

  it("reads what libvips writes: 8 and 16 bit, RGB, interlaced", async () => {
    const [width, height] = [67, 41];
    for (const progressive of [false, true]) {
      const grey = texture(width * height);
      const image = sharp(grey, { raw: { width, height, channels: 1 } }).toColourspace("b-w");
      assert.deepEqual((await decode(await image.png({ progressive, adaptiveFiltering: true }).toBuffer())).data, grey);

      const deep = Uint16Array.from(grey, (value, i) => value * 257 - i);
      const image16 = sharp(deep, { raw: { width, height, channels: 1 } }).toColourspace("grey16");
      assert.deepEqual((await decode(await image16.png({ progressive }).toBuffer())).data, deep);

      const rgb = texture(width * height * 3);
      const colour = sharp(rgb, { raw: { width, height, channels: 3 } });
      const tile = await decode(await colour.png({ progressive, adaptiveFiltering: true }).toBuffer());
      assert.deepEqual([...tile.data].map(Number), samplesOf(rgb, 8, 3));
    }
  });

  it("un-filters no row below the part that is asked for", async () => {
    const bytes = texture(20 * 30);
    const file = writePng({ width: 20, height: 30, bytes });
    const tile = await decodeImage(file, "a.png", { x0: 3, y0: 5, x1: 9, y1: 12 });
    assert.deepEqual(tile.covers, { x0: 0, y0: 5, x1: 20, y1: 12 });
    assert.deepEqual([tile.widthPx, tile.heightPx], [20, 30]);
    assert.deepEqual(tile.data, bytes.slice(5 * 20, 12 * 20));
  });

  it("keeps the stored values whatever gamma, profile and transparent colour say", async () => {
    const gamma = Buffer.alloc(4);
    gamma.writeUInt32BE(100_000);
    const before = [pngChunk("gAMA", gamma), pngChunk("tRNS", Buffer.from([0, 7]))];
    const bytes = Uint8Array.of(7, 8, 9, 200);
    assert.deepEqual((await decode(writePng({ width: 2, height: 2, bytes, before }))).data, bytes);
  });

  it("refuses colours that are no intensities, and fewer than 8 bits", async () => {
    const palette = [pngChunk("PLTE", Buffer.alloc(9))];
    for (const [spec, message] of [
      [{ colourType: 3, before: palette }, /palette colours/],
      [{ colourType: 4, bytes: new Uint8Array(8) }, /grey with an alpha channel/],
      [{ colourType: 6, bytes: new Uint8Array(16) }, /RGB with an alpha channel/],
      [{ bitDepth: 1 }, /1-bit grey/],
      [{ bitDepth: 4 }, /4-bit grey/],
    ] as const)
      await assert.rejects(decode(writePng({ width: 2, height: 2, bytes: new Uint8Array(4), ...spec })), (error) => {
        assert.ok(isCirrusError(error, "E_SOURCE_UNSUPPORTED"));
        assert.match(error.message, message);
        return true;
      });
  });
});

describe("damaged PNG files", () => {
  const file = writePng({ width: 40, height: 40, bytes: texture(1600) });

  it("fail wherever they are cut off", async () => {
    for (let kept = 0; kept < file.length; kept += 7) await assert.rejects(decode(file.subarray(0, kept)), isCorrupt);
    await assert.rejects(decode(file.subarray(0, file.length - 1)), isCorrupt);
  });

  it("fail when any bit that matters is altered", async () => {
    for (let at = 0; at < file.length; at++) {
      const altered = Buffer.from(file);
      altered[at]! ^= 1 << (at % 8);
      await assert.rejects(decode(altered), isCorrupt, `byte ${at}`);
    }
  });

  it("fail with too few rows, and with a filter that is none", async () => {
    await assert.rejects(
      decode(writePng({ width: 40, height: 40, bytes: texture(1600), filterOf: () => 5 })),
      isCorrupt,
    );
    const short = writePng({ width: 40, height: 39, bytes: texture(1560) });
    short.writeUInt32BE(40, 20);
    pngChunk("IHDR", short.subarray(16, 29)).copy(short, 8);
    await assert.rejects(decode(short), isCorrupt);
  });

  it("fail when they are no image at all", async () => {
    for (const bytes of [Buffer.alloc(0), Buffer.alloc(5000), Buffer.from("<html>not found</html>")])
      await assert.rejects(decode(bytes), isCorrupt);
  });
});

const valuesOf = ({ data }: { data: ArrayLike<number | bigint> }): number[] => Array.from(data, Number);

/** Samples in the order of a Tile: one plane per channel. */
function samplesOf(bytes: Uint8Array, bitDepth: number, channels: number): number[] {
  const samples =
    bitDepth === 8
      ? [...bytes]
      : Array.from({ length: bytes.length / 2 }, (_, i) => bytes[2 * i]! * 256 + bytes[2 * i + 1]!);
  return Array.from({ length: channels }, (_, c) => samples.filter((_, i) => i % channels === c)).flat();
}
