import assert from "node:assert/strict";
import { describe, it } from "node:test";
import sharp from "sharp";
import { isCirrusError } from "#src/core/errors.js";
import { memorySource } from "#src/tiles/byte-source.js";
import { decodeImage } from "#src/tiles/images/decode-image.js";
import { readImageHeader } from "#src/tiles/images/read-image-header.js";

const [width, height] = [83, 61];
const texture = (length: number): Uint8Array =>
  Uint8Array.from({ length }, (_, i) => 100 + 60 * Math.sin(i / 9) + ((Math.imul(i, 0x9e3779b1) >>> 24) & 31));
const grey = sharp(texture(width * height), { raw: { width, height, channels: 1 } }).toColourspace("b-w");
const rgb = sharp(texture(width * height * 3), { raw: { width, height, channels: 3 } });
const isCorrupt = (error: unknown): boolean => isCirrusError(error, "E_TILE_CORRUPT");

describe("JPEG", () => {
  it("gives grey images one channel with the values that libjpeg gives", async () => {
    for (const progressive of [false, true]) {
      const file = await grey.clone().jpeg({ quality: 90, progressive }).toBuffer();
      const tile = await decodeImage(file, "a.jpg");
      assert.deepEqual([tile.widthPx, tile.heightPx, tile.channels, tile.dataType], [width, height, 1, "uint8"]);
      assert.deepEqual(tile.covers, { x0: 0, y0: 0, x1: width, y1: height });
      assert.deepEqual(tile.data, new Uint8Array(await sharp(file).toColourspace("b-w").raw().toBuffer()));
    }
  });

  it("gives colour images three planes, not converted by an embedded profile", async () => {
    const plain = await rgb.clone().jpeg({ quality: 95, chromaSubsampling: "4:4:4" }).toBuffer();
    const tile = await decodeImage(plain, "a.jpg");
    const pixels = await sharp(plain).raw().toBuffer();
    const planes = [0, 1, 2].flatMap((c) => Array.from(pixels.filter((_, i) => i % 3 === c)));
    assert.deepEqual([...tile.data], planes);

    // The same scan behind a profile of a much wider colour space.
    const profile = (await rgb.clone().withIccProfile("p3").jpeg().toBuffer()).subarray(2);
    const segmentAt = profile.indexOf("ICC_PROFILE") - 4;
    const segment = profile.subarray(segmentAt, segmentAt + 2 + profile.readUInt16BE(segmentAt + 2));
    const tagged = Buffer.concat([plain.subarray(0, 2), segment, plain.subarray(2)]);
    assert.notDeepEqual(await sharp(tagged).raw().toBuffer(), pixels, "libvips alone would convert");
    assert.deepEqual([...(await decodeImage(tagged, "a.jpg")).data], planes);
  });

  it("is told by its bytes, not by its name", async () => {
    const file = await grey.clone().jpeg().toBuffer();
    assert.equal((await decodeImage(file, "0_0_0.png")).widthPx, width);
  });

  it("has a header that is found behind a long comment", async () => {
    const file = await grey.clone().jpeg().toBuffer();
    const comment = Buffer.alloc(2 + 60_000);
    comment.writeUInt16BE(0xfffe, 0);
    comment.writeUInt16BE(60_000, 2);
    const long = Buffer.concat([file.subarray(0, 2), comment, comment, file.subarray(2)]);
    const header = await readImageHeader(memorySource(long), "a.jpg");
    assert.deepEqual(
      [header?.widthPx, header?.heightPx, header?.dataType, header?.channels],
      [width, height, "uint8", 1],
    );
  });

  it("refuses CMYK", async () => {
    const file = await rgb.clone().toColourspace("cmyk").jpeg().toBuffer();
    await assert.rejects(decodeImage(file, "a.jpg"), (error) => {
      assert.ok(isCirrusError(error, "E_SOURCE_UNSUPPORTED"));
      assert.match(error.message, /CMYK colours/);
      return true;
    });
  });

  it("fails wherever it is cut off", async () => {
    for (const progressive of [false, true]) {
      const file = await grey.clone().jpeg({ progressive }).toBuffer();
      for (const kept of [
        3,
        100,
        file.length >> 1,
        file.length - 200,
        file.length - 3,
        file.length - 2,
        file.length - 1,
      ])
        await assert.rejects(
          decodeImage(file.subarray(0, kept), "a.jpg"),
          isCorrupt,
          `${kept} of ${file.length} bytes`,
        );
    }
  });
});
