// Pages that are channels, sections and times in turn: every page has its own value.
import assert from "node:assert/strict";
import { writeFile } from "node:fs/promises";
import { join } from "node:path";
import { describe, it } from "node:test";
import { isCirrusError } from "#src/core/errors.js";
import { openByteSource } from "#src/tiles/byte-source.js";
import multipage from "#plugins/multipage-tiff/index.js";
import { temporaryFolder } from "../fixtures/temporary-folder.js";
import { writeTiff } from "../fixtures/tiff-writer.js";

/** Files of one-pixel pages, numbered through all files. */
async function filesOf(pages: readonly number[], description?: string): Promise<string> {
  const folder = await temporaryFolder();
  let value = 0;
  for (const [i, count] of pages.entries()) {
    const own = Array.from({ length: count }, () => ({
      width: 1,
      height: 1,
      samples: Uint16Array.of(value++),
      ...(description === undefined ? {} : { description }),
    }));
    await writeFile(join(folder, `t${i}.tif`), writeTiff(own, { isBigEndian: true }));
  }
  return folder;
}

async function valueAt(
  baseFolder: string,
  hyperstack: object | undefined,
  at: { z: number; t: number },
): Promise<number[]> {
  const params = multipage.params.parse({
    files: "*.tif",
    layout: "hyperstack",
    ...(hyperstack ? { hyperstack } : {}),
  });
  const { pathProcessor, tileProcessor } = await multipage.open(params, { baseFolder, t: 0 });
  const location = pathProcessor({ column: 0, row: 0, ...at });
  assert.ok(location);
  return [...(await tileProcessor.decode(location, openByteSource(location.url))).data].map(Number);
}

describe("a hyperstack in several files", () => {
  const stated = { channels: 2, sections: 3, timesPerFile: 4, channel: 1 };

  it("has page sections x channels x (t mod times per file) + z x channels + channel", async () => {
    const folder = await filesOf([24, 24, 6]);
    // The ingest client takes the rest by pages where it should by times, and finds page 1 for all of these.
    for (const [z, t, value] of [
      [0, 0, 1],
      [2, 0, 5],
      [0, 1, 7],
      [2, 3, 23],
      [1, 4, 27],
      [2, 7, 47],
      [2, 8, 53],
    ] as const)
      assert.deepEqual(await valueAt(folder, stated, { z, t }), [value]);
    const probe = await multipage.probe(
      multipage.params.parse({ files: "*.tif", layout: "hyperstack", hyperstack: stated }),
      { baseFolder: folder },
    );
    assert.deepEqual([probe.extent.z, probe.extent.t, probe.channels], [[0, 3], [0, 9], 1]);
  });

  it("is refused when a file has other pages", async () => {
    const folder = await filesOf([24, 23, 24]);
    const params = multipage.params.parse({ files: "*.tif", layout: "hyperstack", hyperstack: stated });
    await assert.rejects(
      multipage.probe(params, { baseFolder: folder }),
      (error) => isCirrusError(error, "E_SOURCE_UNSUPPORTED") && /t1\.tif has 23 pages/.test(error.message),
    );
  });
});

describe("a hyperstack by its metadata", () => {
  it("of ImageJ has all channels of a section side by side", async () => {
    const folder = await filesOf([12], "ImageJ=1.54f\nimages=12\nchannels=2\nslices=3\nframes=2\nhyperstack=true\n");
    assert.deepEqual(await valueAt(folder, undefined, { z: 2, t: 1 }), [10, 11]);
    const probe = await multipage.probe(multipage.params.parse({ files: "*.tif", layout: "hyperstack" }), {
      baseFolder: folder,
    });
    assert.deepEqual([probe.channels, probe.extent.z, probe.extent.t], [2, [0, 3], [0, 2]]);
    assert.equal((await multipage.recognise?.([join(folder, "t0.tif")]))?.["layout"], "hyperstack");
  });

  it("of OME follows its DimensionOrder", async () => {
    const ome = (order: string) =>
      `<?xml version="1.0"?><OME xmlns="x"><Image ID="0"><Pixels DimensionOrder="${order}" SizeC="2" SizeT="2" SizeX="1" SizeY="1" SizeZ="3" Type="uint16"/></Image></OME>`;
    assert.deepEqual(await valueAt(await filesOf([12], ome("XYZCT")), undefined, { z: 2, t: 1 }), [8, 11]);
    assert.deepEqual(await valueAt(await filesOf([12], ome("XYTZC")), undefined, { z: 2, t: 1 }), [5, 11]);
    assert.deepEqual(await valueAt(await filesOf([12], ome("XYCTZ")), { channel: 0 }, { z: 2, t: 1 }), [10]);
  });

  it("needs a time when there are several, and none beyond them", async () => {
    const folder = await filesOf([12], "ImageJ=1.54f\nimages=12\nchannels=2\nslices=3\nframes=2\n");
    const params = multipage.params.parse({ files: "*.tif", layout: "hyperstack" });
    await assert.rejects(multipage.open(params, { baseFolder: folder }), (error) =>
      isCirrusError(error, "E_CONFIG_INVALID"),
    );
    const { pathProcessor } = await multipage.open(params, { baseFolder: folder, t: 1 });
    assert.equal(pathProcessor({ column: 0, row: 0, z: 0, t: 2 }), undefined);
  });
});
