import assert from "node:assert/strict";
import { mkdir, writeFile } from "node:fs/promises";
import { join } from "node:path";
import { describe, it } from "node:test";
import type { ErrorCode } from "#src/core/error-codes.js";
import { isCirrusError } from "#src/core/errors.js";
import { openByteSource } from "#src/tiles/byte-source.js";
import type { SourceProbe } from "#src/tiles/contracts.js";
import multipage from "#plugins/multipage-tiff/index.js";
import { testTileSource } from "../contracts/tile-source-contract.js";
import { temporaryFolder } from "../fixtures/temporary-folder.js";
import { writeTiff, type TiffPageSpec } from "../fixtures/tiff-writer.js";

const [width, height] = [21, 13];
const voxel = ({ x, y, z }: { x: number; y: number; z: number }): number => (x * 7 + y * 301 + z * 5003) % 65_521;

function sectionPage(z: number, changes: Partial<TiffPageSpec> = {}): TiffPageSpec {
  const samples = Uint16Array.from({ length: width * height }, (_, i) =>
    voxel({ x: i % width, y: Math.floor(i / width), z }),
  );
  return { width, height, samples, rowsPerStrip: 4, compression: "lzw", predictor: 2, ...changes };
}

const sectionsFrom = (first: number, count: number): TiffPageSpec[] =>
  Array.from({ length: count }, (_, i) => sectionPage(first + i));

const common = {
  plugin: multipage,
  extent: { x: [0, width], y: [0, height], z: [0, 5] },
  tileSizePx: [width, height],
  dataType: "uint16",
  channels: 1,
} as const;

testTileSource("multipage-tiff with one file", async () => {
  const baseFolder = await temporaryFolder();
  await writeFile(join(baseFolder, "stack.tif"), writeTiff(sectionsFrom(0, 5)));
  return {
    ...common,
    baseFolder,
    params: { files: "stack.tif" },
    absentParams: { files: "other.tif" },
    voxel,
  };
});

testTileSource("multipage-tiff with several files", async () => {
  const baseFolder = await temporaryFolder();
  // In the order of letters, part10 would come before part9.
  await writeFile(join(baseFolder, "part9.tif"), writeTiff(sectionsFrom(0, 2)));
  await writeFile(join(baseFolder, "part10.tif"), writeTiff(sectionsFrom(2, 3), { isBig: true, isBigEndian: true }));
  return {
    ...common,
    baseFolder,
    params: { files: "part*.tif" },
    absentParams: { files: "other*.tif" },
    voxel,
  };
});

testTileSource("multipage-tiff with one file per section and times as pages", async () => {
  const baseFolder = await temporaryFolder();
  for (let z = 0; z < 3; z++)
    await writeFile(join(baseFolder, `z${z}.tif`), writeTiff([0, 1, 2, 3].map((t) => sectionPage(z * 10 + t))));
  return {
    ...common,
    extent: { x: [0, width], y: [0, height], z: [0, 3], t: [0, 4] },
    baseFolder,
    params: { files: ["z0.tif", "z1.tif", "z2.tif"], layout: "pages-are-times" },
    absentParams: { files: "a.tif", layout: "pages-are-times" },
    t: 2,
    voxel: ({ x, y, z }) => voxel({ x, y, z: z * 10 + 2 }),
  };
});

async function stackOf(files: Readonly<Record<string, Buffer>>): Promise<string> {
  const folder = await temporaryFolder();
  for (const [name, bytes] of Object.entries(files)) await writeFile(join(folder, name), bytes);
  return folder;
}

const probe = (baseFolder: string, params: Record<string, unknown>): Promise<SourceProbe> =>
  multipage.probe(multipage.params.parse(params), { baseFolder });

const fails = (code: ErrorCode, message: RegExp) => (error: unknown) => {
  assert.ok(isCirrusError(error, code), String(error));
  assert.match(`${error.message} ${error.hint}`, message);
  return true;
};

describe("the files of a multipage TIFF stack", () => {
  const one = (value: number): Buffer => writeTiff([{ width: 1, height: 1, samples: Uint8Array.of(value) }]);
  const valuesOf = async (baseFolder: string, params: Record<string, unknown>): Promise<number[]> => {
    const { pathProcessor, tileProcessor } = await multipage.open(multipage.params.parse(params), { baseFolder });
    const values: number[] = [];
    for (let z = 0; ; z++) {
      const location = pathProcessor({ column: 0, row: 0, z });
      if (!location) return values;
      values.push(Number((await tileProcessor.decode(location, openByteSource(location.url))).data[0]));
    }
  };

  it("are in natural order, from a glob as from a list", async () => {
    const folder = await stackOf({
      "s1.tif": one(1),
      "s2.tif": one(2),
      "s10.tif": one(10),
      "other.txt": Buffer.from("x"),
    });
    assert.deepEqual(await valuesOf(folder, { files: "*.tif" }), [1, 2, 10]);
    assert.deepEqual(await valuesOf(folder, { files: ["s10.tif", "s2.tif", "s1.tif"] }), [1, 2, 10]);
  });

  it("are in the order of the list when that is asked for", async () => {
    const folder = await stackOf({ "s1.tif": one(1), "s2.tif": one(2), "s10.tif": one(10) });
    assert.deepEqual(await valuesOf(folder, { files: ["s10.tif", "s1.tif", "s2.tif"], order: "listed" }), [10, 1, 2]);
  });

  it("may have names that look like a glob", async () => {
    const folder = await stackOf({ "stack [1].tif": one(4) });
    assert.deepEqual(await valuesOf(folder, { files: "stack [1].tif" }), [4]);
  });

  it("must exist, and be files", async () => {
    const folder = await stackOf({ "s1.tif": one(1) });
    await mkdir(join(folder, "empty"));
    await assert.rejects(probe(folder, { files: "s2.tif" }), fails("E_SOURCE_NOT_FOUND", /no file .*s2\.tif/));
    await assert.rejects(probe(folder, { files: "empty/*.tif" }), fails("E_SOURCE_NOT_FOUND", /no file matches empty/));
    await assert.rejects(probe(folder, { files: "." }), fails("E_SOURCE_NOT_FOUND", /is a folder.*\.\/\*\.tif/));
  });
});

describe("probing a multipage TIFF", () => {
  it("counts pages and reads the voxel size before anything starts", async () => {
    const description = "ImageJ=1.54f\nimages=3\nslices=3\nunit=nm\nspacing=40\n";
    const resolution = { x: [1, 4], y: [1, 4], unit: 1 } as const;
    const pages = sectionsFrom(0, 3).map((page) => ({ ...page, description, resolution }));
    const folder = await stackOf({ "a.tif": writeTiff(pages) });
    const found = await probe(folder, { files: "a.tif" });
    assert.deepEqual(found.resolutionNm, [4, 4, 40]);
    assert.equal(found.resolutionFrom, "ImageJ's description and resolution tags");
    assert.equal(found.access, "rows");
    assert.deepEqual(found.summary, [
      "1 file, 3 pages: a.tif",
      "3 sections of 21 x 13 pixels, uint16, 1 channel",
      "pixels of 4 x 4 nm (ImageJ's description and resolution tags), sections 40 nm apart",
    ]);
  });

  it("gives the pixel size where the distance of sections is not stored", async () => {
    const page = sectionPage(0, { resolution: { x: [2_500_000, 1], y: [2_500_000, 1], unit: 3 } });
    const found = await probe(await stackOf({ "a.tif": writeTiff([page]) }), { files: "a.tif" });
    assert.deepEqual([found.resolutionNm, found.pixelSizeNm], [null, [4, 4]]);
  });

  it("names pages of another size or type", async () => {
    const small = { width: 5, height: 5, samples: new Uint16Array(25) };
    const bytes = sectionPage(0, { samples: new Uint8Array(width * height) });
    const folder = await stackOf({ "a.tif": writeTiff([...sectionsFrom(0, 3), small]), "b.tif": writeTiff([bytes]) });
    const { odd, extent, warnings } = await probe(folder, { files: "*.tif" });
    assert.deepEqual(extent.z, [0, 5]);
    assert.deepEqual(
      odd.map(({ index, location, problem }) => [index.z, location.page, problem.replace(folder, "")]),
      [
        [3, 3, "/a.tif, page 3: 5 x 5 pixels, uint16, 1 channel instead of 21 x 13 pixels, uint16, 1 channel"],
        [4, 0, "/b.tif, page 0: 21 x 13 pixels, uint8, 1 channel instead of 21 x 13 pixels, uint16, 1 channel"],
      ],
    );
    assert.equal(warnings.length, 1);
  });

  it("refuses a hyperstack, whose pages are not sections", async () => {
    const description = "ImageJ=1.54f\nimages=4\nchannels=2\nslices=2\nhyperstack=true\n";
    const folder = await stackOf({ "a.tif": writeTiff(sectionsFrom(0, 4).map((page) => ({ ...page, description }))) });
    await assert.rejects(
      probe(folder, { files: "a.tif" }),
      fails("E_SOURCE_UNSUPPORTED", /2 channels x 2 sections x 1 times/),
    );
  });

  it("refuses what would not be exact, by name", async () => {
    const folder = await stackOf({ "a.tif": writeTiff([sectionPage(0, { photometric: 3 })]) });
    await assert.rejects(probe(folder, { files: "a.tif" }), fails("E_SOURCE_UNSUPPORTED", /palette colours/));
  });

  it("refuses files with different numbers of times", async () => {
    const folder = await stackOf({ "z0.tif": writeTiff(sectionsFrom(0, 2)), "z1.tif": writeTiff(sectionsFrom(0, 3)) });
    const probing = probe(folder, { files: "*.tif", layout: "pages-are-times" });
    await assert.rejects(probing, fails("E_SOURCE_UNSUPPORTED", /2 pages in 1 of them, 3 pages in 1 of them/));
  });

  it("asks which of several times is meant", async () => {
    const folder = await stackOf({ "z0.tif": writeTiff(sectionsFrom(0, 2)) });
    const params = multipage.params.parse({ files: "*.tif", layout: "pages-are-times" });
    await assert.rejects(
      multipage.open(params, { baseFolder: folder }),
      fails("E_CONFIG_INVALID", /2 times: choose one/),
    );
  });

  it("warns that MINISWHITE values are kept", async () => {
    const folder = await stackOf({ "a.tif": writeTiff([sectionPage(0, { photometric: 0 })]) });
    assert.match((await probe(folder, { files: "a.tif" })).warnings[0]!, /MINISWHITE/);
  });

  it("finds all of 5,000 pages", async () => {
    const page = { width: 8, height: 8, samples: new Uint8Array(64) };
    const folder = await stackOf({ "a.tif": writeTiff(Array.from({ length: 5000 }, () => page)) });
    assert.deepEqual((await probe(folder, { files: "a.tif" })).extent.z, [0, 5000]);
  });
});

describe("recognising TIFF stacks", () => {
  const one = writeTiff([sectionPage(0)]);
  const rest = { order: "natural", layout: "pages-are-sections" };

  it("gives one file, a glob for a whole folder, or a list", async () => {
    const folder = await stackOf({ "a.tif": one, "b.tif": one, "c.tif": one, "notes.txt": one });
    const [a, b, c] = ["a.tif", "b.tif", "c.tif"].map((name) => join(folder, name)) as [string, string, string];
    assert.deepEqual(await multipage.recognise?.([a]), { files: a, ...rest });
    assert.deepEqual(await multipage.recognise?.([a, b, c]), { files: `${folder}/*.tif`, ...rest });
    assert.deepEqual(await multipage.recognise?.([folder]), { files: `${folder}/*.tif`, ...rest });
    assert.deepEqual(await multipage.recognise?.([a, c]), { files: [a, c], ...rest });
  });

  it("takes nothing else for one", async () => {
    const folder = await stackOf({ "a.png": one });
    assert.equal(await multipage.recognise?.([folder]), undefined);
    assert.equal(await multipage.recognise?.([join(folder, "a.png")]), undefined);
    assert.equal(await multipage.recognise?.([]), undefined);
  });
});
