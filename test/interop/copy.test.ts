// Volumes of CloudVolume and TensorStore, copied by the command line, and read by CloudVolume.
import assert from "node:assert/strict";
import { execFileSync } from "node:child_process";
import { readdir, rm, writeFile } from "node:fs/promises";
import { join } from "node:path";
import { after, describe, it } from "node:test";
import { fileURLToPath } from "node:url";
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

  it("refuses what is no volume, and itself", async () => {
    await place.expect(4, ["copy", "nothing", "x", "--motivation", "a test"]);
    await place.expect(2, ["copy", "offset", "./offset", "--motivation", "a test"]);
  });
});
