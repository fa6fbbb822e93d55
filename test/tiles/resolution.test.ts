import assert from "node:assert/strict";
import { describe, it } from "node:test";
import { memorySource } from "#src/tiles/byte-source.js";
import { openTiff, pageAt } from "#src/tiles/tiff/open-tiff.js";
import { completeResolution, hyperstackOf, readResolution, type Resolution } from "#src/tiles/tiff/resolution.js";
import { writeTiff, type TiffPageSpec } from "../fixtures/tiff-writer.js";

async function resolutionOf(spec: Partial<TiffPageSpec>): Promise<Resolution> {
  const source = memorySource(writeTiff([{ width: 1, height: 1, samples: Uint8Array.of(0), ...spec }]));
  return readResolution((await pageAt(await openTiff(source, "a.tif"), 0, source))!);
}

const perUnit = (x: readonly [number, number], unit: number) => ({ x, y: x, unit });

describe("voxel size of a TIFF", () => {
  it("is unknown without tags", async () => {
    const found = await resolutionOf({});
    assert.deepEqual([found.pixelNm, found.spacingNm, completeResolution(found)], [undefined, undefined, null]);
    assert.equal(found.from, "no resolution tags");
  });

  it("comes from ImageJ's unit, spacing and resolution", async () => {
    const description = "ImageJ=1.54f\nimages=1\nunit=\\u00B5m\nspacing=0.05\n";
    const found = await resolutionOf({ description, resolution: perUnit([250, 1], 1) });
    assert.deepEqual(completeResolution(found), [4, 4, 50]);
  });

  it("knows ImageJ's names of units", async () => {
    const units = [
      ["micron", 500],
      ["um", 500],
      ["nm", 0.5],
      ["mm", 5e5],
      ["µm", 500],
    ] as const;
    for (const [unit, nm] of units) {
      const found = await resolutionOf({ description: `ImageJ=1.54f\nunit=${unit}\n`, resolution: perUnit([2, 1], 1) });
      assert.deepEqual(found.pixelNm, [nm, nm], unit);
      assert.equal(completeResolution(found), null, "the distance of sections is not stored");
    }
  });

  it("is unknown when ImageJ counts in pixels", async () => {
    const found = await resolutionOf({ description: "ImageJ=1.54f\nunit=pixel\n", resolution: perUnit([1, 1], 1) });
    assert.deepEqual([found.pixelNm, found.from], [undefined, 'ImageJ unit "pixel"']);
  });

  it("comes from centimetre tags, without the distance of sections", async () => {
    const found = await resolutionOf({ resolution: perUnit([2_500_000, 1], 3) });
    assert.deepEqual([found.pixelNm, found.spacingNm], [[4, 4], undefined]);
  });

  it("ignores the 72 and 300 dots per inch of image programs", async () => {
    for (const dots of [72, 96, 300, 600])
      assert.equal((await resolutionOf({ resolution: perUnit([dots, 1], 2) })).pixelNm, undefined);
  });

  it("comes from OME-XML, in its units", async () => {
    const pixels =
      'SizeC="1" SizeT="1" SizeZ="9" PhysicalSizeX="0.004" PhysicalSizeY="0.004" PhysicalSizeZ="40" PhysicalSizeZUnit="nm"';
    const found = await resolutionOf({
      description: `<?xml version="1.0"?><OME><Image><Pixels ${pixels}/></Image></OME>`,
    });
    assert.deepEqual(completeResolution(found), [4, 4, 40]);
  });
});

describe("hyperstacks", () => {
  it("are told by ImageJ's and OME's counts", () => {
    assert.deepEqual(hyperstackOf("ImageJ=1.54f\nimages=24\nchannels=2\nslices=4\nframes=3\nhyperstack=true\n"), {
      channels: 2,
      sections: 4,
      times: 3,
      order: "CZT",
    });
    const ome = '<OME><Pixels SizeC="3" SizeZ="5" SizeT="1"/></OME>';
    assert.deepEqual(hyperstackOf(ome), { channels: 3, sections: 5, times: 1, order: "CZT" });
    assert.deepEqual(hyperstackOf("scanned on Monday"), { channels: 1, sections: 1, times: 1, order: "CZT" });
  });
});
