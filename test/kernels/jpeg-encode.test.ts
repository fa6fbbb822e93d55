import assert from "node:assert/strict";
import { describe, it } from "node:test";
import sharp from "sharp";
import { openArena } from "#src/kernels/arena.js";
import { decodeGreyJpeg } from "#src/kernels/jpeg-decode.js";
import { encodeGreyJpeg, type GreyImage } from "#src/kernels/jpeg-encode.js";
import { numbers } from "./numbers.js";

const next = numbers(23);
/** Values of a picture, from the flattest to the wildest: runs of zeros of all lengths, values of all sizes. */
const kinds: Readonly<Record<string, (x: number, y: number) => number>> = {
  flat: () => 77,
  steps: (x, y) => 40 * ((x >> 4) + (y >> 4)),
  grainy: (x, y) => 120 + 60 * Math.sin((x + y) / 9) + (next() % 40),
  noise: () => next(),
  checks: (x, y) => ((x ^ y) & 1) * 255,
  bars: (x) => (x & 1) * 255,
  dots: (x, y) => (x % 8 === 3 && y % 8 === 6 ? 255 : 0),
};

function picture(widthPx: number, heightPx: number, value: (x: number, y: number) => number): GreyImage {
  const data = new Uint8Array(widthPx * heightPx);
  for (let y = 0; y < heightPx; y++) for (let x = 0; x < widthPx; x++) data[y * widthPx + x] = value(x, y);
  return { widthPx, heightPx, data };
}

/** By libjpeg-turbo, with its accurate DCT and the standard codes. */
function byLibjpeg({ widthPx, heightPx, data }: GreyImage, quality: number): Promise<Buffer> {
  return sharp(data, { raw: { width: widthPx, height: heightPx, channels: 1 } })
    .toColourspace("b-w")
    .jpeg({ quality, optimiseCoding: false })
    .toBuffer();
}

/** From the first segment of this kind to the end. */
const from = (file: Uint8Array, marker: number): Buffer =>
  Buffer.from(file).subarray(Buffer.from(file).indexOf(Buffer.from([0xff, marker])));

describe("encodeGreyJpeg", () => {
  it("writes what libjpeg-turbo writes, for every quality, kind of picture and odd edge", async () => {
    for (const [kind, value] of Object.entries(kinds))
      for (const quality of [1, 2, 10, 30, 49, 50, 75, 85, 90, 93, 96, 99, 100]) {
        const image = picture(1 + (next() % 70), 1 + (next() % 70), value);
        const file = encodeGreyJpeg(image, quality)!;
        // Before the tables stands a JFIF segment, where libvips writes a density.
        const expected = from(await byLibjpeg(image, quality), 0xdb);
        const label = `${kind}, ${image.widthPx} x ${image.heightPx}, quality ${quality}`;
        assert.deepEqual(from(file, 0xdb), expected, label);
      }
  });

  it("writes whole chunks, that every decoder reads", async () => {
    const image = picture(64, 4096, kinds["grainy"]!);
    const file = encodeGreyJpeg(image, 85)!;
    assert.deepEqual(from(file, 0xdb), from(await byLibjpeg(image, 85), 0xdb));
    assert.deepEqual([...file.subarray(0, 11)], [0xff, 0xd8, 0xff, 0xe0, 0, 16, ...Buffer.from("JFIF\0")]);
    const pixels = await sharp(file, { failOn: "warning" }).toColourspace("b-w").raw().toBuffer();
    assert.deepEqual(decodeGreyJpeg(file)?.data, new Uint8Array(pixels));
  });

  it("leaves what is too large to others", () => {
    assert.equal(encodeGreyJpeg({ widthPx: 4096, heightPx: 4096, data: new Uint8Array(2 ** 24) }, 85), undefined);
  });

  it("reads pixels where they are, in the kernels' memory", () => {
    const image = picture(64, 64, kinds["noise"]!);
    const place = openArena(2 ** 20)!.take(image.data.length)!;
    place.set(image.data);
    assert.deepEqual(encodeGreyJpeg({ ...image, data: place }, 85), encodeGreyJpeg(image, 85));
    assert.deepEqual(place, image.data);
  });
});
