// Volumes of CloudVolume and TensorStore, copied by the command line, and read by CloudVolume.
import assert from "node:assert/strict";
import { execFileSync } from "node:child_process";
import { readdir, readFile, rm, writeFile } from "node:fs/promises";
import { join } from "node:path";
import { after, describe, it } from "node:test";
import { fileURLToPath } from "node:url";
import { glob } from "tinyglobby";
import { openDestination } from "../fixtures/destination.js";
import { startFakeGcs } from "../fixtures/fake-gcs.js";
import { awsEnv, startMoto } from "../fixtures/moto.js";
import { startWebServer } from "../fixtures/web-server.js";
import { python } from "../fixtures/python-readers.js";
import { workspace } from "../fixtures/workspace.js";

const script = fileURLToPath(new URL("../../../test/interop/source_volumes.py", import.meta.url));
const place = await workspace();
const ask = (...parameters: string[]): string => execFileSync(python(), [script, ...parameters], { encoding: "utf8" });
ask("make", place.path);

describe("cirrus copy", () => {
  after(() => place.dispose());

  it("keeps voxels, offsets, types and resolutions of precomputed and Zarr volumes", async () => {
    const names = ["offset", "labels", "v2.zarr", "v2.f.zarr", "v3.zarr", "ome.zarr"];
    for (const name of names) {
      const more = name === "v2.f.zarr" ? ["--axes", "xyz"] : [];
      const resolution = /^v[23]/.test(name) ? ["--resolution-nm", "8,8,40"] : [];
      const chunks = name === "offset" ? ["--chunk-size", "16,16,8"] : [];
      const why = ["--motivation", "a test", "-p", "1", "--no-fsync"];
      await place.expect(0, ["copy", name, `copies/${name}`, ...more, ...resolution, ...chunks, ...why]);
    }
    assert.match(ask("check", place.path, ...names), /equal/);
    const shown = await place.expect(0, ["provenance", "show", "copies/offset", "--json"]);
    assert.ok(shown.stdout.includes(`file://${place.path}/offset`));
  });

  it("names chunks that the source does not have, and those that are damaged", async () => {
    const folder = place.at("offset", "8_8_40");
    const [first, second] = (await readdir(folder)).sort() as [string, string];
    await rm(join(folder, first));
    await writeFile(join(folder, second), "damaged");
    const copy = ["copy", "offset", "holes", "--motivation", "a test", "-p", "1"];
    const failed = await place.expect(6, copy);
    const jobId = /job ID: (\S+)/.exec(failed.stderr)![1]!;
    const status = await place.expect(0, ["status", "--job-id", jobId, "--json"]);
    assert.ok(status.stdout.includes(first.replace(/\.gz$/, "")), status.stdout);
    const filled = await place.expect(0, [...copy.slice(0, 2), "filled", ...copy.slice(3), "--missing", "fill"]);
    assert.match(filled.stdout, /2 tiles were filled with background/);
  });

  it("reads Zarr out of buckets and from a web server as on disk", async () => {
    const [gcs, moto, web] = await Promise.all([startFakeGcs(), startMoto(), startWebServer(place.path)]);
    try {
      await Promise.all([gcs.createBucket("zarr"), moto.createBucket("zarr")]);
      const env = { ...awsEnv(moto.endpoint), CIRRUS_GCS_ENDPOINT: gcs.endpoint };
      Object.assign(process.env, awsEnv(moto.endpoint));
      for (const url of ["gs://zarr/in", "s3://zarr/in"]) {
        const store = await openDestination(url, { endpoint: gcs.endpoint });
        for (const path of await glob("*.zarr/**", { cwd: place.path, dot: true }))
          await store.put(path, await readFile(place.at(path)));
        await store.close();
      }
      for (const [name, at] of [
        ["gs", "gs://zarr/in"],
        ["s3", "s3://zarr/in"],
        ["http", web.url],
      ] as const)
        // prettier-ignore
        for (const zarr of ["v2.zarr", "v3.zarr", "ome.zarr"]) {
          const resolution = zarr === "ome.zarr" ? [] : ["--resolution-nm", "8,8,40"];
          const how = ["--motivation", "a test", "-p", "1", "--no-fsync", ...resolution];
          await place.expect(0, ["copy", `${at}/${zarr}`, `${name}/copies/${zarr}`, ...how], { env });
        }
      for (const name of ["gs", "s3", "http"])
        assert.match(ask("check", place.at(name), "v2.zarr", "v3.zarr", "ome.zarr"), /equal/);
    } finally {
      await Promise.all([gcs.stop(), moto.stop(), web.stop()]);
    }
  });

  it("refuses what is no volume, and itself", async () => {
    await place.expect(4, ["copy", "nothing", "x", "--motivation", "a test"]);
    await place.expect(2, ["copy", "offset", "./offset", "--motivation", "a test"]);
  });
});
