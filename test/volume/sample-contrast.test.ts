import { describe, it } from "node:test";
import assert from "node:assert/strict";
import { openStore } from "#src/storage/open.js";
import { sampleContrast } from "#src/volume/sample-contrast.js";
import { emptyMemory, infoWith, scaleWith, writeVolume } from "./fixture.js";

describe("sampleContrast", () => {
  it("gives the values below which 1 % and 99 % of the voxels lie", async (t) => {
    const url = emptyMemory(t);
    const info = infoWith({ dataType: "uint16" });
    await writeVolume(t, url, { info });
    // valueAt: multiples of 250 up to 59,750, each about equally often.
    const contrast = await sampleContrast({ store: await openStore(url), info });
    assert.ok(contrast && contrast.low > 0 && contrast.low < 30_000, JSON.stringify(contrast));
    assert.ok(contrast.high > 50_000 && contrast.high <= 59_750, JSON.stringify(contrast));
    assert.deepEqual(await sampleContrast({ store: await openStore(url), info }), contrast);
  });

  it("passes over chunks that are not there, and leaves out zeros", async (t) => {
    const url = emptyMemory(t);
    const info = infoWith({ scales: [scaleWith({ size: [64, 32, 4], voxelOffset: [0, 0, 0] })] });
    const store = await writeVolume(t, url, { info });
    await store.delete("4_4_40/0-32_0-32_0-4");
    const voxels = new Uint8Array(32 * 32 * 4).fill(7, 0, 100);
    await store.put("4_4_40/32-64_0-32_0-4", voxels);
    assert.deepEqual(await sampleContrast({ store: await openStore(url), info }), { low: 7, high: 7 });
  });

  it("is null for labels, for colours, for a volume without chunks and for one with a damaged chunk", async (t) => {
    const url = emptyMemory(t);
    const store = await writeVolume(t, url, { info: infoWith() });
    const of = async (info = infoWith()) => sampleContrast({ store: await openStore(url), info });
    assert.equal(await of(infoWith({ type: "segmentation" })), null);
    assert.equal(await of(infoWith({ channels: 3 })), null);
    assert.equal(await of(infoWith({ scales: [scaleWith({ key: "other" })] })), null);
    await store.put("4_4_40/-10-22_5-37_100-104", new Uint8Array(3));
    assert.equal(await of(), null);
  });
});
