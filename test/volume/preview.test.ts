import { describe, it } from "node:test";
import assert from "node:assert/strict";
import sharp from "sharp";
import { openVolume } from "#src/volume/open-volume.js";
import { chooseView } from "#src/volume/preview/choose-view.js";
import { contrastOf, greyOf, labelColour } from "#src/volume/preview/colours.js";
import { previewVolume } from "#src/volume/preview/preview.js";
import { emptyMemory, infoWith, scaleWith, writeVolume } from "./fixture.js";

async function pixelsOf(png: Uint8Array) {
  const { data, info } = await sharp(png).raw().toBuffer({ resolveWithObject: true });
  return {
    ...info,
    at: (x: number, y: number) => [...data.subarray((y * info.width + x) * 3, (y * info.width + x) * 3 + 3)],
  };
}

describe("the view of a preview", () => {
  const pyramid = (size: readonly [number, number, number]) =>
    infoWith({
      scales: [1, 2, 4].map((f) =>
        scaleWith({
          key: `s${f}`,
          size: [size[0] / f, size[1] / f, size[2]],
          resolutionNm: [4 * f, 4 * f, 40],
          voxelOffset: [0, 0, 0],
        }),
      ),
    });

  it("is the finest mip that is small enough", () => {
    assert.equal(chooseView(pyramid([4096, 4096, 100])).mip, 2);
    assert.equal(chooseView(pyramid([2048, 1024, 100])).mip, 1);
    assert.equal(chooseView(pyramid([1000, 100, 10])).mip, 0);
  });

  it("makes a nanometre equally long on every axis", () => {
    assert.deepEqual(chooseView(pyramid([1000, 400, 20])), {
      mip: 0,
      box: { min: [0, 0, 0], max: [1000, 400, 20] },
      middle: [500, 200, 10],
      sizePx: [1000, 400, 200],
    });
  });

  it("is the middle of the coarsest mip where all are too large", () => {
    const view = chooseView(pyramid([40_960, 4096, 8]));
    assert.deepEqual(view.box, { min: [4608, 0, 0], max: [5632, 1024, 8] });
    assert.deepEqual(view.middle, [5120, 512, 4]);
  });

  it("keeps a panel's side within its limit when voxels are much deeper than wide", () => {
    const view = chooseView(
      infoWith({ scales: [scaleWith({ size: [100, 100, 1000], resolutionNm: [4, 4, 40], voxelOffset: [0, 0, 0] })] }),
    );
    assert.deepEqual(
      view.sizePx,
      [10, 10, 1000].map((n) => Math.round((n * 1024) / 1000)),
    );
  });
});

describe("the colours of a preview", () => {
  it("stretch from the 1st to the 99th percentile", () => {
    const values = Array.from({ length: 1001 }, (_, i) => i);
    assert.deepEqual(contrastOf([...values, NaN, Infinity].slice(0, 1002)), { low: 10, high: 990 });
    assert.deepEqual(
      [0, 10, 500, 990, 2000, NaN].map((value) => greyOf(value, { low: 10, high: 990 })),
      [0, 0, 128, 255, 255, 0],
    );
    assert.deepEqual(contrastOf([]), { low: 0, high: 1 });
    assert.equal(greyOf(7, contrastOf([7, 7, 7])), 0);
  });

  it("give every label its own, and 0 black", () => {
    assert.deepEqual(labelColour(0n), [0, 0, 0]);
    assert.deepEqual(labelColour(7), labelColour(7n));
    const colours = new Set(Array.from({ length: 200 }, (_, i) => labelColour(2n ** 63n + BigInt(i)).join()));
    assert.ok(colours.size > 195);
    for (let i = 1; i < 200; i++) assert.ok(Math.max(...labelColour(i)) > 150);
  });
});

describe("a preview", () => {
  it("shows three sections through the middle, black where chunks are missing", async (t) => {
    const path = emptyMemory(t);
    const store = await writeVolume(t, path, { info: infoWith() });
    const preview = await previewVolume(await openVolume(path));
    const { width, height, channels, at } = await pixelsOf(preview.png);
    assert.deepEqual([width, height, channels], [70 + 4 + 90, 50 + 4 + 90, 3]);
    assert.deepEqual([preview.widthPx, preview.heightPx, preview.mip], [width, height, 0]);
    assert.deepEqual(at(71, 10), [64, 64, 64]);
    // xy through z = 104: values grow along x and y
    const grey = (value: number) => greyOf(value, preview.contrast!);
    assert.deepEqual(at(3, 2), Array(3).fill(grey(((-7 + 50) * 2 + 7 * 3 + 14 * 5) % 240)));
    // zy through x = 25, ten pixels per section: section 102, y = 20
    assert.deepEqual(at(74 + 25, 15), Array(3).fill(grey((75 * 2 + 20 * 3 + 12 * 5) % 240)));
    // xz through y = 30
    assert.deepEqual(at(8, 54 + 25), Array(3).fill(grey((48 * 2 + 30 * 3 + 12 * 5) % 240)));
    await store.delete("4_4_40/-10-22_5-37_104-108");
    assert.deepEqual((await pixelsOf((await previewVolume(await openVolume(path))).png)).at(3, 2), [0, 0, 0]);
  });

  it("shows labels in colours and colour images as they are", async (t) => {
    const labels = infoWith({ type: "segmentation", dataType: "uint64" });
    await writeVolume(t, "memory://preview-labels", { info: labels });
    const seen = await pixelsOf((await previewVolume(await openVolume("memory://preview-labels"))).png);
    assert.deepEqual(seen.at(3, 2), labelColour(2n ** 63n + BigInt(((-7 + 50) * 2 + 7 * 3 + 14 * 5) % 240)));
    await writeVolume(t, "memory://preview-rgb", { info: infoWith({ channels: 3 }) });
    const rgb = await pixelsOf((await previewVolume(await openVolume("memory://preview-rgb"))).png);
    assert.deepEqual(rgb.at(3, 2), [177, 217, 17]);
  });
});
