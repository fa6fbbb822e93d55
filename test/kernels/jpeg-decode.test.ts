import assert from "node:assert/strict";
import { describe, it } from "node:test";
import sharp from "sharp";
import { decodeGreyJpeg } from "#src/kernels/jpeg-decode.js";
import { numbers } from "./numbers.js";

interface Picture {
  readonly width: number;
  readonly height: number;
  readonly value: (x: number, y: number) => number;
}

interface Form {
  readonly quality: number;
  readonly optimiseCoding?: boolean;
}

const next = numbers(17);
const noise = (): number => next() & 255;
/** Values of a picture, from the flattest to the wildest: every kind of block. */
const kinds: Readonly<Record<string, (x: number, y: number) => number>> = {
  flat: () => 77,
  steps: (x, y) => 40 * ((x >> 4) + (y >> 4)),
  slopes: (x, y) => 128 + 60 * Math.sin(x / 17) + 50 * Math.cos(y / 11),
  grainy: (x, y) => 120 + 60 * Math.sin((x + y) / 9) + (next() % 40),
  noise,
  checks: (x, y) => ((x ^ y) & 1) * 255,
};

function encode({ width, height, value }: Picture, form: Form): Promise<Buffer> {
  const pixels = Uint8Array.from({ length: width * height }, (_, i) => value(i % width, Math.floor(i / width)) & 255);
  const image = sharp(pixels, { raw: { width, height, channels: 1 } });
  return image.toColourspace("b-w").jpeg(form).toBuffer();
}

/** By libjpeg-turbo; undefined where it finds damage. */
async function byLibjpeg(file: Uint8Array): Promise<Uint8Array | undefined> {
  try {
    const image = sharp(file, { failOn: "warning", limitInputPixels: false }).toColourspace("b-w");
    return new Uint8Array(await image.raw({ depth: "uchar" }).toBuffer());
  } catch {
    return undefined;
  }
}

describe("decodeGreyJpeg", () => {
  it("gives the pixels of libjpeg-turbo for every quality, kind of picture, odd edge and set of codes", async () => {
    for (const [kind, value] of Object.entries(kinds))
      for (const quality of [1, 20, 50, 75, 85, 90, 95, 99, 100])
        for (const optimiseCoding of [false, true]) {
          const [width, height] = [1 + (next() % 70), 1 + (next() % 70)];
          const file = await encode({ width, height, value }, { quality, optimiseCoding });
          const image = decodeGreyJpeg(file);
          const label = `${kind}, ${width} x ${height}, quality ${quality}`;
          assert.deepEqual([image?.widthPx, image?.heightPx], [width, height], label);
          assert.deepEqual(image?.data, await byLibjpeg(file), label);
        }
  });

  it("decodes wide images, whose rows are more than one batch of blocks", async () => {
    const file = await encode({ width: 1001, height: 203, value: kinds["grainy"]! }, { quality: 90 });
    assert.deepEqual(decodeGreyJpeg(file)?.data, await byLibjpeg(file));
  });

  it("counts restart markers, and decodes what is between them", async () => {
    // By Pillow 13: 43 x 21 pixels, quality 50, a marker after every block.
    const file = Buffer.from(
      "/9j/4AAQSkZJRgABAQAAAQABAAD/2wBDABALDA4MChAODQ4SERATGCgaGBYWGDEjJR0oOjM9PDkzODdASFxOQERXRTc4UG1RV19iZ2hnPk1xeXBkeFxlZ2P/wAALCAAVACsBAREA/8QAFwABAQEBAAAAAAAAAAAAAAAABgUEA//EACsQAAEEAQMDAwIHAAAAAAAAAAECAwQRABIhMQUiURNhcQZBFDJygZHR4f/dAAQAAf/aAAgBAQAAPwA9HiA3tZ/nP//QxRodJ8DcH2z/0dEaGdRFCzvf9Z//0rceIOKNfPOf/9NFKfjdKjevJC0toIKilF0CpKeR+obc1dA1n//U49V+tZbHUXW4bMX0BWj1CFq4F7oWUne+M//V5RIvsO7evbP/1t0eKCeP8z//10TMWxpNkDzn/9CzP6smMw+lhxoAMgpfKgAlS0q0KAIpae0ntKj9tJz/0ZPVetTJLz0dmRqjFHoh1KVILqNtjZJIsEizfcryRn//0jH4LVuULPxn/9OvGio28Xn/1FEdhAB2/LuP2vP/1VHWGnWemSJDD6kKZZcWUV2uUL3qlD70UkUTe/Gf/9Y3NmyJ8jU+5aQpa0NgUlBUoqVQ+T88eM//14kWOhbeoCqHHOf/0MWhCKTpBoDfP//Z",
      "base64",
    );
    const pixels = await byLibjpeg(file);
    assert.equal(pixels?.length, 43 * 21);
    assert.deepEqual(decodeGreyJpeg(file)?.data, pixels);
    const second = file.indexOf(Buffer.from([0xff, 0xd1]));
    file[second + 1] = 0xd2;
    assert.equal(decodeGreyJpeg(file), undefined);
  });

  it("leaves other forms to others: progressive, colour, too big", async () => {
    const pixels = new Uint8Array(3 * 16 * 16);
    const colour = await sharp(pixels, { raw: { width: 16, height: 16, channels: 3 } })
      .jpeg()
      .toBuffer();
    assert.equal(decodeGreyJpeg(colour), undefined);
    const grey = sharp(pixels, { raw: { width: 16, height: 48, channels: 1 } }).toColourspace("b-w");
    assert.equal(decodeGreyJpeg(await grey.clone().jpeg({ progressive: true }).toBuffer()), undefined);
    const big = await grey.clone().resize(4096, 4096).jpeg().toBuffer();
    assert.equal(decodeGreyJpeg(big), undefined);
    assert.equal(decodeGreyJpeg(new Uint8Array(0)), undefined);
  });

  it("gives nothing wherever a file is cut off", async () => {
    const file = await encode({ width: 37, height: 29, value: kinds["grainy"]! }, { quality: 90 });
    for (let kept = 0; kept < file.length; kept++) assert.equal(decodeGreyJpeg(file.subarray(0, kept)), undefined);
  });

  it("gives nothing, or what libjpeg-turbo gives, for files that are altered", async () => {
    let decoded = 0;
    for (let i = 0; i < 400; i++) {
      const value = Object.values(kinds)[i % 6]!;
      const size = { width: 1 + (next() % 40), height: 1 + (next() % 40) };
      const file = await encode({ ...size, value }, { quality: 1 + (next() % 100), optimiseCoding: i % 2 === 0 });
      const scan = file.indexOf(Buffer.from([0xff, 0xda])) + 10;
      if (i % 3 === 0) file[next() % file.length]! ^= 1 << (next() % 8);
      else for (let n = 1 + (next() % 4); n > 0; n--) file[scan + (next() % (file.length - scan))] = next() & 255;
      const image = decodeGreyJpeg(file);
      if (image) assert.deepEqual(image.data, await byLibjpeg(file), `damage ${i}`);
      if (image) decoded++;
    }
    assert.ok(decoded > 40, `${decoded} of 400`);
  });
});
