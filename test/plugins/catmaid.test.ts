import assert from "node:assert/strict";
import { mkdir, rename, rm, writeFile } from "node:fs/promises";
import { join } from "node:path";
import { describe, it } from "node:test";
import { isCirrusError } from "#src/core/errors.js";
import { openByteSource } from "#src/tiles/byte-source.js";
import type { SourceProbe } from "#src/tiles/contracts.js";
import catmaid from "#plugins/catmaid/index.js";
import { testTileSource } from "../contracts/tile-source-contract.js";
import { stackVoxel, tileImage, writeStack, type StackSpec } from "../fixtures/catmaid-stack.js";
import { temporaryFolder } from "../fixtures/temporary-folder.js";

const spec: StackSpec = { size: [45, 37], sections: [3, 4, 5], tile: [20, 16] };

for (const [name, form] of [
  ["catmaid with 8-bit PNG", {}],
  ["catmaid with 16-bit PNG", { isDeep: true }],
  ["catmaid with RGB PNG", { channels: 3 }],
  ["catmaid with 16-bit TIFF", { isDeep: true, extension: "tif" }],
] as const)
  testTileSource(name, async () => {
    const baseFolder = await temporaryFolder();
    await writeStack(join(baseFolder, "stack"), { ...spec, ...form });
    const { isDeep = false, channels = 1, extension = "png" } = form as Partial<StackSpec>;
    return {
      plugin: catmaid,
      params: { root: "./stack", extension, tileSize: [20, 16] },
      absentParams: { root: "./other", extension, tileSize: [20, 16] },
      baseFolder,
      extent: { x: [0, 45], y: [0, 37], z: [3, 6] },
      tileSizePx: [20, 16],
      dataType: isDeep ? "uint16" : "uint8",
      channels,
      voxel: (at) => stackVoxel(at, isDeep),
    };
  });

async function stackFolder(changes: Partial<StackSpec> = {}): Promise<string> {
  const root = join(await temporaryFolder(), "stack");
  await writeStack(root, { ...spec, ...changes });
  return root;
}

const probe = (root: string, params: Record<string, unknown> = {}): Promise<SourceProbe> =>
  catmaid.probe(catmaid.params.parse({ root, extension: "png", tileSize: [20, 16], ...params }), { baseFolder: "/" });

const fails =
  (code: "E_SOURCE_NOT_FOUND" | "E_TILE_MISMATCH" | "E_SOURCE_UNSUPPORTED", message: RegExp) => (error: unknown) => {
    assert.ok(isCirrusError(error, code), String(error));
    assert.match(`${error.message} ${error.hint}`, message);
    return true;
  };

describe("catmaid paths", () => {
  it("are <root>/<z>/<row>_<column>_<zoom>.<extension>", async () => {
    const params = { root: "/data/R", extension: "png", tileSize: 512 };
    const { pathProcessor } = await catmaid.open(catmaid.params.parse(params), { baseFolder: "/" });
    assert.deepEqual(pathProcessor({ column: 0, row: 0, z: 0 }), { url: "/data/R/0/0_0_0.png" });
    assert.deepEqual(pathProcessor({ column: 0, row: 1, z: 0 }), { url: "/data/R/0/1_0_0.png" });
    const zoomed = await catmaid.open(catmaid.params.parse({ ...params, zoom: 2 }), { baseFolder: "/" });
    assert.deepEqual(zoomed.pathProcessor({ column: 3, row: 5, z: 7 }), { url: "/data/R/7/5_3_2.png" });
  });
});

describe("probing a CATMAID stack", () => {
  it("finds missing tiles and sections, and where they should be", async () => {
    const root = await stackFolder({ sections: [8, 9, 10, 12] });
    await rm(join(root, "9/1_2_0.png"));
    const found = await probe(root);
    assert.deepEqual(found.extent, { x: [0, 45], y: [0, 37], z: [8, 13] });
    assert.equal(found.missingCount, 1 + 9);
    assert.deepEqual(found.missing[0], {
      index: { column: 2, row: 1, z: 9 },
      location: { url: join(root, "9/1_2_0.png") },
    });
    assert.deepEqual(found.missing.at(-1)?.index, { column: 2, row: 2, z: 11 });
    assert.deepEqual(found.warnings, [
      "1 section between 8 and 12 is missing: 11",
      "1 section lacks tiles that others have: 9",
    ]);
  });

  it("orders sections by number, not by letter", async () => {
    const root = await stackFolder({ sections: [2, 10, 9] });
    assert.deepEqual((await probe(root)).extent.z, [2, 11]);
    assert.deepEqual(
      (await probe(root)).missing.slice(0, 1).map(({ index }) => index.z),
      [3],
    );
  });

  it("names tiles of another size, type or form, and damaged ones", async () => {
    const root = await stackFolder();
    await writeFile(join(root, "3/0_0_0.png"), await tileImage({ x0: 0, y0: 0, z: 3, width: 19, height: 16 }, {}));
    await writeFile(
      join(root, "5/0_0_0.png"),
      await tileImage({ x0: 0, y0: 0, z: 5, width: 20, height: 16 }, { isDeep: true }),
    );
    await writeFile(join(root, "5/2_2_0.png"), Buffer.from("not an image"));
    const { odd } = await probe(root);
    assert.deepEqual(
      odd.map(({ index, problem }) => [index.z, index.row, index.column, problem.replace(root, "")]).sort(),
      [
        [3, 0, 0, "19 x 16 pixels instead of 20 x 16"],
        [5, 0, 0, "uint16, 1 channel instead of uint8, 1 channel"],
        [5, 2, 2, "/5/2_2_0.png is damaged: it is no PNG, JPEG or TIFF image"],
      ],
    );
  });

  it("names what fits no tile", async () => {
    const root = await stackFolder();
    await writeFile(join(root, "3/thumbnail.png"), "x");
    await mkdir(join(root, "007"));
    await writeFile(join(root, ".DS_Store"), "x");
    const { warnings } = await probe(root);
    assert.deepEqual(warnings, ["2 names fit no tile: 007, 3/thumbnail.png"]);
  });

  it("takes a stack of one tile that is smaller than tileSize", async () => {
    const root = await stackFolder({ size: [11, 7], sections: [0] });
    assert.deepEqual((await probe(root)).extent, { x: [0, 11], y: [0, 7], z: [0, 1] });
  });

  it("begins where the first tile is", async () => {
    const root = await stackFolder({ sections: [0], size: [40, 32] });
    for (const name of ["0_0", "0_1", "1_0"]) await rm(join(root, `0/${name}_0.png`));
    assert.deepEqual((await probe(root)).extent, { x: [20, 40], y: [16, 32], z: [0, 1] });
  });

  it("refuses a tileSize that is not the tiles' own, and says theirs", async () => {
    const root = await stackFolder();
    await assert.rejects(
      probe(root, { tileSize: [16, 16] }),
      fails("E_TILE_MISMATCH", /are 20 x 16 pixels, .*\[20, 16\]/),
    );
    await assert.rejects(probe(root, { tileSize: 512 }), fails("E_TILE_MISMATCH", /are 20 x 16 pixels/));
    const row = await stackFolder({ size: [45, 10], sections: [0] });
    await assert.rejects(probe(row, { tileSize: [40, 16] }), fails("E_TILE_MISMATCH", /are 20 x 16 pixels/));
  });

  it("says what it found instead of tiles", async () => {
    const root = await stackFolder();
    await assert.rejects(probe(root, { extension: "jpg" }), fails("E_SOURCE_NOT_FOUND", /its tiles end in \.png/));
    await assert.rejects(probe(root, { zoom: 3 }), fails("E_SOURCE_NOT_FOUND", /its tiles have zoom 0/));
    await assert.rejects(probe(join(root, "..")), fails("E_SOURCE_NOT_FOUND", /there is stack/));
    await assert.rejects(probe(join(root, "absent")), fails("E_SOURCE_NOT_FOUND", /no folder .*absent/));
  });

  it("refuses a stack whose tiles have an alpha channel", async () => {
    const root = await stackFolder({ sections: [0] });
    const { default: sharp } = await import("sharp");
    for (const name of ["0_0", "0_1", "0_2", "1_0", "1_1", "1_2", "2_0", "2_1", "2_2"]) {
      const path = join(root, `0/${name}_0.png`);
      const image = await sharp(path).ensureAlpha().png().toBuffer();
      await writeFile(path, image);
    }
    await assert.rejects(probe(root), fails("E_SOURCE_UNSUPPORTED", /alpha channel/));
  });

  it("is quick on 20,000 files", async () => {
    const root = join(await temporaryFolder(), "stack");
    const image = await tileImage({ x0: 0, y0: 0, z: 0, width: 4, height: 4 }, {});
    const { linkSync, mkdirSync, readdirSync, statSync, writeFileSync } = await import("node:fs");
    for (let z = 0; z < 200; z++) {
      mkdirSync(join(root, String(z)), { recursive: true });
      for (let i = 0; i < 100; i++) {
        const path = join(root, String(z), `${Math.floor(i / 10)}_${i % 10}_0.png`);
        if (z + i === 0) writeFileSync(path, image);
        else linkSync(join(root, "0/0_0_0.png"), path);
      }
    }
    const millisecondsOf = async (act: () => unknown): Promise<number> => {
      const began = performance.now();
      await act();
      return performance.now() - began;
    };
    const look = (): void => {
      for (const name of readdirSync(root, { recursive: true, encoding: "utf8" })) statSync(join(root, name));
    };
    const find = async (): Promise<void> => {
      const found = await probe(root, { tileSize: 4 });
      assert.deepEqual([found.files, found.sizeBytes], [20_000, 20_000 * image.length]);
    };
    const [looks, finds]: [number[], number[]] = [[], []];
    for (let turn = 0; turn < 3; turn++) {
      looks.push(await millisecondsOf(look));
      finds.push(await millisecondsOf(find));
    }
    // It takes as long as the look at every file that Node itself takes (8 s for a million); reading every header would take far longer.
    assert.ok(
      Math.min(...finds) < 10 * Math.min(...looks),
      `${finds.join()} ms, where a look takes ${looks.join()} ms`,
    );
  });
});

describe("recognising a CATMAID stack", () => {
  it("finds root, extension, tile size and finest zoom by looking", async () => {
    const root = await stackFolder({ extension: "jpg" });
    assert.deepEqual(await catmaid.recognise?.([root]), { root, extension: "jpg", tileSize: [20, 16], zoom: 0 });
    for (const z of spec.sections) await rename(join(root, `${z}/0_0_0.jpg`), join(root, `${z}/0_0_4.jpg`));
    assert.equal((await catmaid.recognise?.([root]))?.zoom, 0);
  });

  it("takes nothing else for one", async () => {
    const folder = await temporaryFolder();
    await writeFile(join(folder, "a.tif"), "x");
    assert.equal(await catmaid.recognise?.([folder]), undefined);
    assert.equal(await catmaid.recognise?.([join(folder, "a.tif")]), undefined);
    assert.equal(await catmaid.recognise?.([join(folder, "absent")]), undefined);
    assert.equal(await catmaid.recognise?.([]), undefined);
  });
});

describe("catmaid with JPEG", () => {
  it("reads jpg and jpeg tiles", async () => {
    for (const extension of ["jpg", "jpeg"]) {
      const root = await stackFolder({ extension });
      const found = await probe(root, { extension });
      assert.deepEqual([found.extent, found.dataType], [{ x: [0, 45], y: [0, 37], z: [3, 6] }, "uint8"]);
      const { pathProcessor, tileProcessor } = await catmaid.open(
        catmaid.params.parse({ root, extension, tileSize: [20, 16] }),
        { baseFolder: "/" },
      );
      const location = pathProcessor({ column: 2, row: 2, z: 4 })!;
      const tile = await tileProcessor.decode(location, openByteSource(location.url));
      assert.deepEqual([tile.widthPx, tile.heightPx], [5, 5]);
    }
  });
});
