// What tifffile and Pillow write, and the values that they read back, against our decoders.
import assert from "node:assert/strict";
import { execFileSync } from "node:child_process";
import { readFile } from "node:fs/promises";
import { join } from "node:path";
import { describe, it } from "node:test";
import { fileURLToPath } from "node:url";
import { asBytes } from "#src/core/data-type.js";
import { isCirrusError } from "#src/core/errors.js";
import { openByteSource } from "#src/tiles/byte-source.js";
import type { Tile } from "#src/tiles/contracts.js";
import { decodeImageTile } from "#src/tiles/images/decode-image.js";
import { decodePage } from "#src/tiles/tiff/decode-page.js";
import { openTiff, pageAt } from "#src/tiles/tiff/open-tiff.js";
import { completeResolution, readResolution } from "#src/tiles/tiff/resolution.js";
import { temporaryFolder } from "../fixtures/temporary-folder.js";

interface ExpectedPage {
  readonly dataType: string;
  readonly channels: number;
  readonly width: number;
  readonly height: number;
  readonly offset: number;
  readonly bytes: number;
}
interface ExpectedFile {
  readonly file: string;
  readonly refused: string | null;
  readonly pages: readonly ExpectedPage[];
  readonly resolutionNm?: readonly number[];
}

const root = fileURLToPath(new URL("../../..", import.meta.url));
const folder = await temporaryFolder();
const python = process.env["CIRRUS_TEST_PYTHON"] ?? join(root, ".venv/bin/python");
execFileSync(python, [join(root, "test/interop/tiles.py"), folder], { stdio: "inherit" });
const manifest = JSON.parse(await readFile(join(folder, "manifest.json"), "utf8")) as ExpectedFile[];
const values = await readFile(join(folder, "values.bin"));

const isTiff = (name: string): boolean => name.endsWith(".tif");

async function pagesOf(file: string): Promise<Tile[]> {
  const path = join(folder, file);
  if (!isTiff(file)) return [await decodeImageTile({ url: path }, openByteSource(path))];
  const source = openByteSource(path);
  const index = await openTiff(source, path);
  const pages = Array.from({ length: index.pageCount }, (_, number) => pageAt(index, number, source));
  return Promise.all(pages.map(async (page) => decodePage((await page)!)));
}

function checkFile(pages: readonly Tile[], { file, pages: expected }: ExpectedFile): void {
  assert.equal(pages.length, expected.length, `${file}: number of pages`);
  for (const [i, page] of expected.entries()) {
    const { dataType, channels, widthPx, heightPx, data } = pages[i]!;
    assert.deepEqual(
      { dataType, channels, width: widthPx, height: heightPx },
      { dataType: page.dataType, channels: page.channels, width: page.width, height: page.height },
      file,
    );
    const isEqual = Buffer.from(asBytes(data)).equals(values.subarray(page.offset, page.offset + page.bytes));
    assert.ok(isEqual, `${file}, page ${i}: values differ`);
  }
}

describe("files of tifffile and Pillow", () => {
  for (const expected of manifest.filter(({ refused }) => refused === null))
    it(`are read exactly: ${expected.file}`, async () => checkFile(await pagesOf(expected.file), expected));

  for (const { file, refused } of manifest)
    if (refused !== null)
      it(`are refused by name: ${file}`, async () => {
        await assert.rejects(pagesOf(file), (error) => {
          assert.ok(isCirrusError(error, "E_SOURCE_UNSUPPORTED"), String(error));
          assert.ok(error.message.includes(refused), `${error.message} names ${refused}`);
          return true;
        });
      });

  for (const { file, resolutionNm } of manifest)
    if (resolutionNm)
      it(`say their voxel size: ${file}`, async () => {
        const source = openByteSource(join(folder, file));
        const page = (await pageAt(await openTiff(source, file), 0, source))!;
        assert.deepEqual(completeResolution(await readResolution(page)), resolutionNm);
      });
});
