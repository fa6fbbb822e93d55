// Images above the limit of 8 MB are decoded row by row; the same images below it are decoded whole. Both must agree.
import assert from "node:assert/strict";
import { writeFile } from "node:fs/promises";
import { join } from "node:path";
import { describe, it } from "node:test";
import sharp from "sharp";
import { isCirrusError } from "#src/core/errors.js";
import { openByteSource, type ByteSource } from "#src/tiles/byte-source.js";
import type { PixelBox, Tile } from "#src/tiles/contracts.js";
import { decodeImage, decodeImageTile } from "#src/tiles/images/decode-image.js";
import { decodePage } from "#src/tiles/tiff/decode-page.js";
import { openTiff, pageAt } from "#src/tiles/tiff/open-tiff.js";
import { unpackLzw, unpackLzwPieces } from "#src/tiles/tiff/lzw.js";
import { unpackBitsPieces } from "#src/tiles/tiff/packbits.js";
import { compress } from "../fixtures/tiff-codes.js";
import { writePng } from "../fixtures/png-writer.js";
import { temporaryFolder } from "../fixtures/temporary-folder.js";
import { writeTiff } from "../fixtures/tiff-writer.js";

const [width, height] = [2101, 4003];

/** Rows of noise between smooth ones, so that all codes and filters occur. */
function texture(samples: number, isDeep = false): Uint8Array | Uint16Array {
  const out = new (isDeep ? Uint16Array : Uint8Array)(samples);
  for (let i = 0; i < samples; i++)
    out[i] = Math.floor(i / width) % 3 === 0 ? Math.imul(i, 0x9e3779b1) >>> 15 : Math.floor(i / 50);
  return out;
}

const parts: PixelBox[] = [
  { x0: 700, y0: 0, x1: 900, y1: 3 },
  { x0: 0, y0: 1999, x1: 64, y1: 2063 },
  { x0: 2000, y0: 3990, x1: width, y1: height },
  { x0: 2000, y0: 3990, x1: width + 9, y1: height + 9 },
];

async function checkParts(file: Uint8Array, name: string, channels = 1, samples = texture(width * height * channels)) {
  const path = join(await temporaryFolder(), name);
  await writeFile(path, file);
  for (const part of parts) {
    const { source, readBytes } = counted(path, file.length);
    const tile = await decodeImageTile({ url: path }, source, part);
    assert.deepEqual([tile.widthPx, tile.heightPx, tile.channels], [width, height, channels]);
    checkVoxels(tile, samples);
    assert.ok(tile.data.length <= channels * 200 * 64 * 2, "no more than the part is held");
    assert.ok(readBytes() < file.length * 1.1 + 2 ** 21);
  }
  return path;
}

function counted(path: string, length: number): { source: ByteSource; readBytes: () => number } {
  const inner = openByteSource(path);
  let bytes = 0;
  const range = async (offset: number, length: number) => {
    const read = await inner.range(offset, length);
    bytes += read?.length ?? 0;
    return read;
  };
  return {
    source: { ...inner, range, bytes: () => (length > 2 ** 20 ? assert.fail("whole") : inner.bytes()) },
    readBytes: () => bytes,
  };
}

function checkVoxels({ data, covers, channels }: Tile, samples: Uint8Array | Uint16Array): void {
  let i = 0;
  for (let c = 0; c < channels; c++)
    for (let y = covers.y0; y < covers.y1; y++)
      for (let x = covers.x0; x < covers.x1; x++)
        if (data[i++] !== samples[(y * width + x) * channels + c])
          assert.fail(`voxel ${x}, ${y}, channel ${c} differs`);
  assert.equal(i, data.length);
}

describe("parts of a big TIFF in one strip", () => {
  for (const compression of ["none", "deflate"] as const)
    it(`are exact with ${compression}, in the memory of the part`, async () => {
      const page = { width, height, samples: texture(width * height), compression };
      await checkParts(writeTiff([page]), "a.tif");
    });

  for (const compression of ["lzw", "packbits"] as const)
    it(`are exact with ${compression} in a tile as big as the page, written by libtiff`, async () => {
      const image = sharp(texture(width * height), { raw: { width, height, channels: 1 } }).toColourspace("b-w");
      const tile = { tile: true, tileWidth: 2112, tileHeight: 4016, predictor: "none" } as const;
      await checkParts(await image.tiff({ compression, ...tile }).toBuffer(), "a.tif");
    });

  it("are exact with 16 bits, big-endian, predictor and channels", async () => {
    const samples = texture(width * height * 3, true);
    const page = {
      width,
      height,
      samples: samples.slice(),
      channels: 3,
      compression: "deflate",
      predictor: 2,
    } as const;
    await checkParts(writeTiff([page], { isBigEndian: true }), "a.tif", 3, samples);
  });

  it("go on below the last part without inflating what is above again", async () => {
    const samples = texture(width * height, true);
    const file = writeTiff([{ width, height, samples, compression: "deflate" }], { isBigEndian: true });
    const path = join(await temporaryFolder(), "a.tif");
    await writeFile(path, file);
    const index = await openTiff(openByteSource(path), path);
    const stepPx = 500;
    let all = 0;
    for (let y0 = 0; y0 < height; y0 += stepPx) {
      const { source, readBytes } = counted(path, file.length);
      const page = (await pageAt(index, 0, source))!;
      checkVoxels(await decodePage(page, { x0: 9, y0, x1: 100, y1: Math.min(y0 + stepPx, height) }), samples);
      all += readBytes();
    }
    assert.ok(all < 2 * file.length, `${all} bytes were read of ${file.length}`);
    // A part above one that was read begins at the top.
    const page = (await pageAt(index, 0, openByteSource(path)))!;
    checkVoxels(await decodePage(page, { x0: 9, y0: 100, x1: 100, y1: 110 }), samples);
  });

  it("fail where the strip is damaged or ends, and not above", async () => {
    const file = writeTiff([{ width, height, samples: texture(width * height), compression: "deflate" }]);
    const path = join(await temporaryFolder(), "a.tif");
    const damaged = Buffer.from(file);
    damaged.fill(0xff, file.length >> 1, (file.length >> 1) + 50);
    await writeFile(path, damaged);
    const decode = (part: PixelBox) => decodeImageTile({ url: path }, openByteSource(path), part);
    checkVoxels(await decode(parts[0]!), texture(width * height));
    await assert.rejects(decode(parts[2]!), (error) => isCirrusError(error, "E_TILE_CORRUPT"));
  });
});

describe("parts of a big PNG", () => {
  it("are exact with every filter, any cut into chunks, 8 and 16 bit, grey and RGB", async () => {
    const grey = texture(width * height) as Uint8Array;
    await checkParts(writePng({ width, height, bytes: grey, dataChunks: 1000 }), "a.png");
    const rgb = texture(width * height * 3) as Uint8Array;
    await checkParts(writePng({ width, height, bytes: rgb, colourType: 2 }), "a.png", 3, rgb);
    const deep = texture(width * height, true);
    const bytes = new Uint8Array(Buffer.from(deep.slice().buffer).swap16());
    await checkParts(writePng({ width, height, bytes, bitDepth: 16, filterOf: () => 4 }), "a.png", 1, deep);
  });

  it("fail where the file is altered or ends", async () => {
    const file = writePng({ width, height, bytes: texture(width * height) as Uint8Array, dataChunks: 20 });
    const path = join(await temporaryFolder(), "a.png");
    const decode = () => decodeImageTile({ url: path }, openByteSource(path), parts[2]!);
    for (const damage of ["altered", "cut"] as const) {
      const damaged = damage === "cut" ? file.subarray(0, file.length >> 1) : Buffer.from(file);
      if (damage === "altered") damaged[file.length >> 1]! ^= 1;
      await writeFile(path, damaged);
      await assert.rejects(decode(), (error) => isCirrusError(error, "E_TILE_CORRUPT"), damage);
    }
  });
});

describe("parts of a big JPEG", () => {
  it("are what the whole image has there", async () => {
    for (const channels of [1, 3] as const) {
      const raw = { width, height, channels };
      const image = sharp(texture(width * height * channels), { raw });
      const file = await (channels === 1 ? image.toColourspace("b-w") : image).jpeg().toBuffer();
      const whole = await decodeImage(file, "a.jpg");
      const path = join(await temporaryFolder(), "a.jpg");
      await writeFile(path, file);
      for (const part of parts) {
        const tile = await decodeImageTile({ url: path }, openByteSource(path), part);
        const { covers } = tile;
        const expected: number[] = [];
        for (let c = 0; c < channels; c++)
          for (let y = covers.y0; y < covers.y1; y++) {
            const from = (c * height + y) * width;
            expected.push(...Array.from(whole.data.subarray(from + covers.x0, from + covers.x1), Number));
          }
        assert.deepEqual(Array.from(tile.data, Number), expected);
      }
    }
  });
});

describe("decoders that go on piece by piece", () => {
  const bytes = texture(60_000) as Uint8Array;
  async function* cut(stored: Uint8Array, size: number): AsyncGenerator<Uint8Array> {
    for (let at = 0; at < stored.length; at += size) yield stored.subarray(at, at + size);
  }
  const join = async (pieces: AsyncIterable<Uint8Array>): Promise<Buffer> => {
    const all: Buffer[] = [];
    for await (const piece of pieces) all.push(Buffer.from(piece));
    return Buffer.concat(all);
  };

  it("give the same wherever the pieces are cut", async () => {
    const lzw = compress(bytes, "lzw");
    const packed = compress(bytes, "packbits");
    for (const size of [1, 2, 3, 1000, 1_000_000]) {
      assert.ok((await join(unpackLzwPieces(cut(lzw, size)))).equals(bytes), `lzw in pieces of ${size}`);
      assert.ok((await join(unpackBitsPieces(cut(packed, size)))).equals(bytes), `packbits in pieces of ${size}`);
    }
    assert.ok(Buffer.from(unpackLzw(lzw, bytes.length)).equals(bytes));
  });

  it("keep LZW's dictionary when it is full and not cleared", async () => {
    // 4,000 different strings fill it; then codes of the oldest and the newest entry, for longer than any piece.
    const codes = fullDictionary(200_000);
    const whole = unpackLzw(codes.stored, codes.length);
    assert.equal(whole.length, codes.length);
    assert.ok((await join(unpackLzwPieces(cut(codes.stored, 5000)))).equals(whole));
  });
});

/** Codes that never clear: single bytes until the dictionary is full, then its entries again and again. */
function fullDictionary(codeCount: number): { stored: Uint8Array; length: number } {
  const out: number[] = [];
  let [bits, bitCount, width, next, length] = [0, 0, 9, 258, 0];
  const emit = (code: number): void => {
    bits = (bits << width) | code;
    bitCount += width;
    while (bitCount >= 8) out.push((bits >> (bitCount -= 8)) & 255);
    bits &= (1 << bitCount) - 1;
  };
  emit(256);
  for (let i = 0; i < codeCount; i++) {
    const isFull = next === 4096;
    emit(isFull ? 258 + ((i * 7919) % 3838) : (i * 31) % 256);
    length += isFull ? 2 : 1;
    if (i > 0 && !isFull) {
      next++;
      if (width < 12 && next === (1 << width) - 1) width++;
    }
  }
  emit(257);
  out.push((bits << (8 - bitCount)) & 255);
  return { stored: Uint8Array.from(out), length };
}
