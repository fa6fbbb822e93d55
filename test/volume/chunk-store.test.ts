import { describe, it } from "node:test";
import assert from "node:assert/strict";
import { createHash } from "node:crypto";
import { readdir, rename, truncate, writeFile, readFile } from "node:fs/promises";
import { join } from "node:path";
import { brotliCompressSync } from "node:zlib";
import { dataTypes } from "#src/core/data-type.js";
import { boundsOf } from "#src/formats/precomputed/volume-info.js";
import { openWritable } from "#src/storage/open.js";
import { hasChunk, readChunk, seriesOf, writeChunk } from "#src/volume/chunk-store.js";
import { openVolume } from "#src/volume/open-volume.js";
import { readBox } from "#src/volume/read-box.js";
import { chooseForm } from "#src/volume/stored-form.js";
import { emptyMemory, infoWith, temporaryFolder, ticketFor, valueAt, voxelsOf, writeVolume } from "./fixture.js";

describe("chunks in a store", () => {
  it("get plain names and plain bytes by default", async (t) => {
    const folder = await temporaryFolder(t);
    await writeVolume(t, folder, { info: infoWith() });
    const names = await readdir(join(folder, "4_4_40"));
    assert.equal(names.length, 3 * 2 * 3);
    assert.deepEqual(names.toSorted().slice(0, 4), [
      "-10-22_37-55_100-104",
      "-10-22_37-55_104-108",
      "-10-22_37-55_108-109",
      "-10-22_5-37_100-104",
    ]);
    assert.equal((await readFile(join(folder, "4_4_40/54-60_37-55_108-109"))).length, 6 * 18 * 1);
  });

  it("give a receipt of the stored bytes", async (t) => {
    const info = infoWith();
    const path = emptyMemory(t);
    const store = await openWritable(path, ticketFor(path));
    const box = { min: [-10, 5, 100], max: [22, 37, 104] } as const;
    for (const form of ["plain", "gz-name", "br-name", "content-encoding"] as const) {
      const receipt = await writeChunk(
        { store, series: seriesOf(info, 0), form },
        { box, voxels: voxelsOf(info, box) },
      );
      assert.equal(receipt.key, `4_4_40/-10-22_5-37_100-104${form.endsWith("-name") ? `.${form.slice(0, 2)}` : ""}`);
      const stored = (await store.get(receipt.key))!;
      assert.equal(receipt.bytes, stored.bytes.length);
      assert.equal(receipt.sha256, createHash("sha256").update(stored.bytes).digest("hex"));
      assert.equal(stored.contentEncoding, form === "content-encoding" ? "gzip" : undefined);
    }
  });

  for (const form of ["plain", "gz-name", "br-name", "content-encoding"] as const)
    it(`are read back exactly in the form ${form}, for every data type`, async (t) => {
      for (const dataType of dataTypes) {
        const info = infoWith({ dataType, channels: 2 });
        const path = `memory://chunks-${form}-${dataType}`;
        await writeVolume(t, path, { info, form });
        const volume = await openVolume(path);
        const bounds = boundsOf(info.scales[0]!);
        const cutout = await readBox(volume, bounds);
        assert.deepEqual(cutout.data, voxelsOf(info, bounds), dataType);
      }
    });

  it("are found under brotli names too, and a plain name comes first", async (t) => {
    const folder = await temporaryFolder(t);
    const info = infoWith();
    const store = await writeVolume(t, folder, { info });
    const box = { min: [-10, 5, 100], max: [22, 37, 104] } as const;
    const file = join(folder, "4_4_40/-10-22_5-37_100-104");
    const bytes = await readFile(file);
    await rename(file, `${file}.old`);
    await writeFile(`${file}.br`, brotliCompressSync(bytes));
    assert.deepEqual(await readChunk(store, seriesOf(info, 0), box), new Uint8Array(bytes));
    await writeFile(file, Buffer.alloc(bytes.length, 3));
    assert.deepEqual(await readChunk(store, seriesOf(info, 0), box), new Uint8Array(bytes.length).fill(3));
    assert.equal(await hasChunk(store, "4_4_40/-10-22_5-37_100-104"), true);
    assert.equal(await hasChunk(store, "4_4_40/0-1_0-1_0-1"), false);
  });

  it("are errors when cut off or altered, naming the key", async (t) => {
    const folder = await temporaryFolder(t);
    const store = await writeVolume(t, folder, { info: infoWith(), form: "gz-name" });
    const key = "4_4_40/-10-22_5-37_100-104.gz";
    await truncate(join(folder, key), 100);
    const series = seriesOf(infoWith(), 0);
    await assert.rejects(readChunk(store, series, { min: [-10, 5, 100], max: [22, 37, 104] }), {
      code: "E_CHUNK_CORRUPT",
      message: /^chunk 4_4_40\/-10-22_5-37_100-104\.gz of file:\/\/.* is damaged: gzip: /,
    });
    await store.put("4_4_40/22-54_5-37_100-104.gz", new Uint8Array(4096));
    await assert.rejects(readChunk(store, series, { min: [22, 5, 100], max: [54, 37, 104] }), {
      code: "E_CHUNK_CORRUPT",
    });
    await store.put("4_4_40/54-60_5-37_100-104.zstd", new Uint8Array(40));
    await store.delete("4_4_40/54-60_5-37_100-104.gz");
    await assert.rejects(readChunk(store, series, { min: [54, 5, 100], max: [60, 37, 104] }), {
      code: "E_ENCODING_UNSUPPORTED",
    });
  });
});

describe("the stored form", () => {
  const choice = { url: "file:///v", encoding: "raw", compression: "auto", layout: "plain" } as const;

  it("is what every reader takes, unless another is asked for", () => {
    assert.equal(chooseForm(choice), "plain");
    assert.equal(chooseForm({ ...choice, layout: "cloudvolume" }), "gz-name");
    assert.equal(chooseForm({ ...choice, layout: "cloudvolume", encoding: "jpeg" }), "plain");
    assert.equal(chooseForm({ ...choice, layout: "cloudvolume", compression: "none" }), "plain");
    assert.equal(chooseForm({ ...choice, url: "gs://b/v" }), "content-encoding");
    assert.equal(chooseForm({ ...choice, url: "gs://b/v", encoding: "png" }), "plain");
    assert.equal(chooseForm({ ...choice, url: "gs://b/v", compression: "none" }), "plain");
  });

  it("is brotli under .br names alone", () => {
    const brotli = { ...choice, compression: "brotli" } as const;
    assert.equal(chooseForm({ ...brotli, layout: "cloudvolume" }), "br-name");
    assert.throws(() => chooseForm(brotli), /no reader takes brotli under plain names/);
    assert.throws(
      () => chooseForm({ ...brotli, url: "gs://b/v" }),
      /brotli on buckets is read by no reader that cirrus was tried with/,
    );
  });

  it("refuses gzip where no reader would know of it", () => {
    assert.throws(() => chooseForm({ ...choice, compression: "gzip" }), { code: "E_CONFIG_INVALID" });
    assert.throws(() => chooseForm({ ...choice, url: "gs://b/v", layout: "cloudvolume" }), {
      code: "E_CONFIG_INVALID",
    });
  });
});

describe("reading a box", () => {
  it("gives any box across chunks, absolute in voxels", async (t) => {
    const info = infoWith({ channels: 3, dataType: "uint16" });
    const path = emptyMemory(t);
    await writeVolume(t, path, { info });
    const box = { min: [15, 30, 102], max: [60, 41, 109] } as const;
    const cutout = await readBox(await openVolume(path), box, { concurrency: 3 });
    assert.deepEqual(cutout.data, voxelsOf(info, box));
    assert.deepEqual({ ...cutout, data: 0 }, { data: 0, box, mip: 0, channels: 3, dataType: "uint16" });
    const one = await readBox(await openVolume(path), { min: [-10, 54, 108], max: [-9, 55, 109] });
    assert.deepEqual(
      [...one.data],
      [0, 1, 2].map((channel) => valueAt("uint16", [-10, 54, 108], channel)),
    );
  });

  it("says which chunk is missing, or puts background there", async (t) => {
    const path = emptyMemory(t);
    const store = await writeVolume(t, path, { info: infoWith() });
    await store.delete("4_4_40/22-54_5-37_100-104");
    const volume = await openVolume(path);
    const box = { min: [20, 10, 100], max: [24, 11, 101] } as const;
    await assert.rejects(readBox(volume, box), {
      code: "E_CHUNK_MISSING",
      message: `there is no chunk 4_4_40/22-54_5-37_100-104 in ${path}`,
    });
    const [a, b] = [20, 21].map((x) => Number(valueAt("uint8", [x, 10, 100], 0)));
    assert.deepEqual([...(await readBox(volume, box, { missing: "background" })).data], [a, b, 0, 0]);
    assert.deepEqual([...(await readBox(volume, box, { missing: "background", background: 9 })).data], [a, b, 9, 9]);
  });

  it("refuses boxes that are empty, fractional or outside, and mips that are not there", async (t) => {
    const path = emptyMemory(t);
    await writeVolume(t, path, { info: infoWith() });
    const volume = await openVolume(path);
    const refusal = (min: [number, number, number], max: [number, number, number]) =>
      assert.rejects(readBox(volume, { min, max }), { code: "E_BOX_OUTSIDE" });
    await refusal([0, 10, 100], [0, 20, 101]);
    await refusal([0, 10, 100], [1.5, 20, 101]);
    await refusal([-11, 10, 100], [1, 20, 101]);
    await assert.rejects(readBox(volume, { min: [0, 0, 0], max: [61, 20, 101] }), {
      message: "the box x 0:61, y 0:20, z 0:101 at mip 0 leaves the volume (x -10:60, y 5:55, z 100:109)",
    });
    await assert.rejects(readBox(volume, { min: [0, 10, 100], max: [1, 11, 101] }, { mip: 1 }), {
      code: "E_SCALE_UNKNOWN",
    });
  });

  it("says that there is no volume where there is no info", async (t) => {
    await assert.rejects(openVolume(await temporaryFolder(t)), { code: "E_VOLUME_NOT_FOUND" });
  });
});
