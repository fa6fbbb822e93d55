// Volumes on gs:// (fake-gcs-server): Content-Encoding gzip, read by cloud-volume and TensorStore through their own GCS clients.
import assert from "node:assert/strict";
import { mkdtemp, readFile, rm } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { after, before, describe, it } from "node:test";
import { asBytes } from "#src/core/data-type.js";
import { serializeInfo } from "#src/formats/precomputed/info.js";
import { boundsOf, gridOf } from "#src/formats/precomputed/volume-info.js";
import { chunksIn } from "#src/geometry/chunk-grid.js";
import { seriesOf, writeChunk } from "#src/volume/chunk-store.js";
import { openVolume } from "#src/volume/open-volume.js";
import { readBox } from "#src/volume/read-box.js";
import { chooseForm } from "#src/volume/stored-form.js";
import { openDestination } from "../fixtures/destination.js";
import { startFakeGcs, type FakeGcs } from "../fixtures/fake-gcs.js";
import { askPython, type Program } from "../fixtures/python-readers.js";
import { infoWith, scaleWith, voxelsOf } from "../volume/fixture.js";

let gcs: FakeGcs;
let folder: string;
before(async () => {
  folder = await mkdtemp(join(tmpdir(), "cirrus-gcs-volume-"));
  gcs = await startFakeGcs();
  await gcs.createBucket("volumes");
});
after(async () => {
  await gcs.stop();
  await rm(folder, { recursive: true, force: true });
});

describe("volumes on gs://", () => {
  it("are gzip with Content-Encoding where that helps, and read exactly by cirrus, cloud-volume and TensorStore", async () => {
    for (const encoding of ["raw", "png"] as const) {
      const url = `gs://volumes/${encoding}/volume`;
      const info = infoWith({ scales: [scaleWith({ encoding })] });
      const store = await openDestination(url, { endpoint: gcs.endpoint });
      const form = chooseForm({ url, encoding, compression: "auto", layout: "plain" });
      assert.equal(form, encoding === "raw" ? "content-encoding" : "plain");
      await store.put("info", new TextEncoder().encode(serializeInfo(info)), { contentType: "application/json" });
      const bounds = boundsOf(info.scales[0]!);
      const writer = { store, series: seriesOf(info, 0), form };
      for (const { box } of chunksIn(bounds, gridOf(info.scales[0]!)))
        await writeChunk(writer, { box, voxels: voxelsOf(info, box) });
      await store.close();

      const expected = voxelsOf(info, bounds);
      const volume = await openVolume(url, { endpoint: gcs.endpoint });
      assert.deepEqual((await readBox(volume, bounds)).data, expected);
      await volume.close();
      const programs: readonly Program[] = ["cloudvolume", "tensorstore"];
      const orders = programs.map(
        (program) => ({ action: "read", program, path: url, file: join(folder, program) }) as const,
      );
      const emulator = {
        STORAGE_EMULATOR_HOST: gcs.endpoint,
        TENSORSTORE_GCS_HTTP_URL: gcs.endpoint,
        GCE_METADATA_HOST: "127.0.0.1:9",
      };
      for (const [i, answer] of askPython(orders, emulator).entries()) {
        assert.equal(answer.error, undefined, programs[i]);
        assert.deepEqual(
          new Uint8Array(await readFile(orders[i]!.file)),
          asBytes(expected),
          `${encoding} by ${programs[i]}`,
        );
      }
    }
  });
});
