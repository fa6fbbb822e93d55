import assert from "node:assert/strict";
import { describe, it } from "node:test";
import { isCirrusError } from "#src/core/errors.js";
import { decodeImage } from "#src/tiles/images/decode-image.js";
import { memorySource } from "#src/tiles/byte-source.js";
import { openTiff } from "#src/tiles/tiff/open-tiff.js";
import { writeTiff } from "../fixtures/tiff-writer.js";

const isCorrupt = (error: unknown): boolean => isCirrusError(error, "E_TILE_CORRUPT");
const decode = (file: Uint8Array) => decodeImage(file, "a.tif");
const samples = Uint16Array.from({ length: 64 * 64 }, (_, i) => Math.imul(i, 0x9e3779b1) >>> 20);

describe("damaged TIFF files", () => {
  for (const compression of ["none", "lzw", "deflate", "packbits"] as const)
    it(`fail wherever a ${compression} file is cut off`, async () => {
      const file = writeTiff([{ width: 64, height: 64, samples, compression, rowsPerStrip: 8 }]);
      for (const kept of [0, 4, 8, 100, file.length >> 1, file.length - 300, file.length - 1])
        await assert.rejects(decode(file.subarray(0, kept)), isCorrupt, `${kept} of ${file.length} bytes`);
    });

  it("fail when a deflated strip is altered", async () => {
    const file = writeTiff([{ width: 64, height: 64, samples, compression: "deflate" }]);
    for (const at of [9, 100, 400]) {
      const altered = Buffer.from(file);
      altered[at]! ^= 0x10;
      await assert.rejects(decode(altered), isCorrupt, `byte ${at}`);
    }
  });

  it("fail when a strip is shorter than its rows", async () => {
    const file = writeTiff([{ width: 64, height: 64, samples, compression: "lzw", extra: [[279, 4, [50]]] }]);
    await assert.rejects(decode(file), isCorrupt);
  });

  it("fail when the chain of directories loops", async () => {
    const page = { width: 2, height: 1, samples: Uint8Array.of(1, 2) };
    const file = writeTiff([page, page]);
    const first = file.readUInt32LE(4);
    const linkAt = (offset: number): number => offset + 2 + file.readUInt16LE(offset) * 12;
    file.writeUInt32LE(first, linkAt(file.readUInt32LE(linkAt(first))));
    await assert.rejects(openTiff(memorySource(file), "a.tif"), isCorrupt);
  });

  it("give a tile or a clear error for any single altered byte", async () => {
    const file = writeTiff([{ width: 16, height: 8, samples: samples.subarray(0, 128), compression: "deflate" }]);
    for (let at = 0; at < file.length; at++)
      for (const flip of [0x01, 0x80, 0xff]) {
        const altered = Buffer.from(file);
        altered[at]! ^= flip;
        await decode(altered).catch((error: unknown) => {
          assert.ok(isCorrupt(error) || isCirrusError(error, "E_SOURCE_UNSUPPORTED"), `byte ${at}: ${String(error)}`);
        });
      }
  });
});
