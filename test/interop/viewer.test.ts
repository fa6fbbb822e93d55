// The viewer in a real browser: what is stored is what is seen.
import assert from "node:assert/strict";
import { mkdtemp, rm } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { after, before, describe, it, type TestContext } from "node:test";
import type { Browser } from "playwright-core";
import sharp from "sharp";
import { newVoxels } from "#src/core/data-type.js";
import { serializeInfo } from "#src/formats/precomputed/info.js";
import { boundsOf, gridOf, type VolumeInfo } from "#src/formats/precomputed/volume-info.js";
import { chunksIn } from "#src/geometry/chunk-grid.js";
import { seriesOf, writeChunk } from "#src/volume/chunk-store.js";
import { linkTo, viewerState } from "#src/server/viewer-state.js";
import { openTab, picture, startBrowser, untilDrawn, type Tab } from "../fixtures/browser.js";
import { openDestination } from "../fixtures/destination.js";
import { startFakeGcs, type FakeGcs } from "../fixtures/fake-gcs.js";
import { startMoto, type Moto } from "../fixtures/moto.js";
import { formsInfo, writeForms } from "../fixtures/stored-forms.js";
import { serving } from "../server/serving.js";
import { infoWith, scaleWith, writeVolume } from "../volume/fixture.js";

let gcs: FakeGcs;
let moto: Moto;
let browser: Browser;
let folder: string;
before(async () => {
  folder = await mkdtemp(join(tmpdir(), "cirrus-viewer-"));
  [gcs, moto] = await Promise.all([startFakeGcs(), startMoto()]);
  browser = await startBrowser();
});
after(async () => {
  await browser.close();
  await Promise.all([gcs.stop(), moto.stop()]);
  await rm(folder, { recursive: true, force: true });
});

/** From the home page by its button, as a user comes. */
async function viewed(t: TestContext, url: string, name = "volume"): Promise<Tab> {
  const tab = await openTab(browser);
  t.after(() => tab.page.context().close());
  await tab.page.goto(url);
  await tab.page.getByRole("link", { name: `View ${name}` }).click();
  await untilDrawn(tab);
  return tab;
}

/** A volume of one chunk, 64 x 64 x 8 voxels. */
async function written(
  name: string,
  changes: Partial<VolumeInfo>,
  valueAt: (x: number, y: number) => number | bigint,
): Promise<string> {
  const path = join(folder, name);
  const info = infoWith({
    scales: [scaleWith({ size: [64, 64, 8], voxelOffset: [0, 0, 0], chunkSize: [64, 64, 8] })],
    ...changes,
  });
  const store = await openDestination(path);
  await store.put("info", new TextEncoder().encode(serializeInfo(info)));
  for (const { box } of chunksIn(boundsOf(info.scales[0]!), gridOf(info.scales[0]!))) {
    const voxels = newVoxels(info.dataType, 64 * 64 * 8);
    for (let i = 0; i < voxels.length; i++) voxels[i] = valueAt(i % 64, Math.floor(i / 64) % 64);
    await writeChunk({ store, series: seriesOf(info, 0), form: "plain" }, { box, voxels });
  }
  await store.close();
  return path;
}

interface Region {
  readonly left: number;
  readonly top: number;
  readonly width: number;
  readonly height: number;
}

/** Of the upper left panel, left of and above the axis lines. */
const inside: Region = { left: 130, top: 110, width: 110, height: 110 };

/** Pixels of a part of a picture, RGB. */
async function pixelsOf(png: Buffer, region: Region): Promise<Uint8Array> {
  return sharp(png).extract(region).removeAlpha().toColourspace("srgb").raw().toBuffer();
}

function rangeOf(pixels: Uint8Array): { readonly darkest: number; readonly brightest: number } {
  const sorted = pixels.toSorted();
  return { darkest: sorted[0]!, brightest: sorted.at(-1)! };
}

describe("the viewer", () => {
  it("shows the same picture, byte for byte, of every stored form, from folders and from a bucket", async (t) => {
    const pictures = new Map<string, Buffer>();
    for (const { form, path, store } of await writeForms(t, folder, { gcs, moto })) {
      const { url } = await serving(t, [path], { store });
      const tab = await openTab(browser);
      t.after(() => tab.page.context().close());
      const source = `${url}/volumes/volume`;
      // The same contrast for all: none is sampled of what cirrus does not read itself.
      const contrast = { low: 20, high: 220 };
      await tab.page.goto(linkTo(`${url}/view/`, viewerState({ name: "volume", source, info: formsInfo, contrast })));
      await untilDrawn(tab);
      pictures.set(form, await picture(tab));
      assert.deepEqual(tab.outside, [], "requests to other hosts");
      assert.deepEqual(tab.complaints, [], form);
    }
    const [[, raw], ...others] = [...pictures] as [[string, Buffer], ...[string, Buffer][]]; // seven were written
    for (const [form, png] of others) assert.ok(png.equals(raw), `${form} looks different from raw`);
    const pixels = await pixelsOf(raw, inside);
    assert.ok(new Set(pixels).size > 50, "the picture shows next to nothing");
  });

  it("shows the same labels, byte for byte, of compressed_segmentation, plain and gzipped, as of raw", async (t) => {
    const pictures: Buffer[] = [];
    for (const [encoding, form] of [
      ["raw", "plain"],
      ["compressed_segmentation", "plain"],
      ["compressed_segmentation", "gz-name"],
    ] as const) {
      const block = encoding === "raw" ? {} : { blockSize: [8, 8, 8] as const };
      const scale = scaleWith({ size: [150, 110, 37], chunkSize: [64, 64, 16], encoding, ...block });
      const info = infoWith({ type: "segmentation", dataType: "uint64", scales: [scale] });
      const path = join(await mkdtemp(join(folder, "labels-")), "volume");
      await writeVolume(t, path, { info, form });
      const { url } = await serving(t, [path]);
      const tab = await openTab(browser);
      t.after(() => tab.page.context().close());
      const state = viewerState({ name: "volume", source: `${url}/volumes/volume`, info, contrast: null });
      await tab.page.goto(linkTo(`${url}/view/`, state));
      await untilDrawn(tab);
      pictures.push(await picture(tab));
      assert.deepEqual(tab.complaints, []);
    }
    const [raw, plain, gzipped] = pictures;
    assert.ok(new Set(await pixelsOf(raw!, inside)).size > 50, "the picture shows next to nothing");
    assert.ok(plain!.equals(raw!), "compressed_segmentation looks different");
    assert.ok(gzipped!.equals(raw!), "gzipped, it looks different");
  });

  it("opens uint16 with visible contrast", async (t) => {
    // 1 % of the range of the type: by default all black.
    const path = await written("deep", { dataType: "uint16" }, (x, y) => 500 + 5 * x + 5 * y);
    const { url } = await serving(t, [path]);
    const { darkest, brightest } = rangeOf(await pixelsOf(await picture(await viewed(t, url, "deep")), inside));
    assert.ok(darkest < 40 && brightest > 215, `${darkest} to ${brightest}`);
  });

  it("shows uint64 and float images", async (t) => {
    const wide = await written("wide", { dataType: "uint64" }, (x, y) => 2n ** 60n + BigInt(x + y) * 2n ** 50n);
    const real = await written("real", { dataType: "float32" }, (x, y) => (x + y) / 1000 - 0.05);
    const { url } = await serving(t, [wide, real]);
    for (const name of ["wide", "real"]) {
      const tab = await viewed(t, url, name);
      const { darkest, brightest } = rangeOf(await pixelsOf(await picture(tab), inside));
      assert.ok(brightest - darkest > 150, `${name}: ${darkest} to ${brightest}`);
      assert.deepEqual(tab.complaints, []);
    }
  });

  it("shows labels in colours, and an id above 2^53 exactly", async (t) => {
    const id = 648_518_346_349_515_986n; // as a number it would be …516000
    const path = await written("labels", { type: "segmentation", dataType: "uint64" }, (x, y) =>
      x < 32 ? id : BigInt(1 + Math.floor(y / 8)),
    );
    const { url } = await serving(t, [path]);
    const tab = await viewed(t, url, "labels");
    const png = await picture(tab);
    const pixels = await pixelsOf(png, { left: 110, top: 100, width: 270, height: 270 });
    const colours = new Set<string>();
    for (let i = 0; i < pixels.length; i += 3) {
      const [r, g, b] = [pixels[i]!, pixels[i + 1]!, pixels[i + 2]!];
      if (Math.max(r, g, b) - Math.min(r, g, b) > 40) colours.add(`${r},${g},${b}`);
    }
    assert.ok(colours.size >= 8, `${colours.size} colours`);
    await tab.page.mouse.move(180, 180);
    await tab.page.mouse.move(181, 181);
    const value = tab.page.locator(".neuroglancer-layer-item-value").first();
    await value.filter({ hasText: /\d/ }).waitFor();
    assert.equal((await value.textContent())?.trim(), String(id));
  });
});
