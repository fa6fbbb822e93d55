// Volumes of every stored form through `listen`, read exactly by cloud-volume and TensorStore over HTTP.
import assert from "node:assert/strict";
import { mkdtemp, readFile, rm } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { after, before, describe, it } from "node:test";
import { asBytes } from "#src/core/data-type.js";
import { startFakeGcs, type FakeGcs } from "../fixtures/fake-gcs.js";
import { startMoto, type Moto } from "../fixtures/moto.js";
import { runCli } from "../cli/run-cli.js";
import { askPythonMeanwhile, type Program } from "../fixtures/python-readers.js";
import { formsInfo, formsVoxels, writeForms } from "../fixtures/stored-forms.js";
import { serving } from "../server/serving.js";

let gcs: FakeGcs;
let moto: Moto;
let folder: string;
before(async () => {
  folder = await mkdtemp(join(tmpdir(), "cirrus-serve-readers-"));
  [gcs, moto] = await Promise.all([startFakeGcs(), startMoto()]);
});
after(async () => {
  await Promise.all([gcs.stop(), moto.stop()]);
  await rm(folder, { recursive: true, force: true });
});

const programs: readonly Program[] = ["cloudvolume", "tensorstore"];

describe("a served volume", () => {
  it("is read exactly by cloud-volume and TensorStore, in every stored form, from folders and buckets", async (t) => {
    const forms = await writeForms(t, folder, { gcs, moto });
    const orders: { what: string; program: Program; path: string; file: string }[] = [];
    for (const { form, path, store } of forms) {
      const { url } = await serving(t, [path], { store });
      const source = `${url}/volumes/volume`;
      for (const program of programs) {
        const file = join(folder, `${orders.length}.raw`);
        const spelling = program === "cloudvolume" ? `precomputed://${source}` : `${source}/`;
        orders.push({ what: `${form} by ${program}`, program, path: spelling, file });
      }
    }
    const answers = await askPythonMeanwhile(orders.map((order) => ({ action: "read", ...order }) as const));
    for (const [i, { error, offset }] of answers.entries()) {
      const { what, file } = orders[i]!;
      assert.equal(error, undefined, what);
      assert.deepEqual(offset, formsInfo.scales[0]!.voxelOffset, what);
      assert.ok(Buffer.compare(await readFile(file), asBytes(formsVoxels)) === 0, `${what}: other voxels`);
    }
  });

  it("is shown to other people by a link to the bucket itself", async () => {
    const args = ["view", "gs://forms/deep/volume", "--print-url", "--gcs-endpoint", gcs.endpoint, "--json"];
    const { code, stdout, stderr } = await runCli(args, { cwd: folder });
    assert.equal(code, 0, stderr);
    const { url, publicUrl } = JSON.parse(stdout) as { url: string; publicUrl: string }; // what `view` prints
    assert.match(decodeURIComponent(url), /"precomputed:\/\/http:\/\/127\.0\.0\.1:8\d\d\d\/volumes\/volume"/);
    assert.match(
      decodeURIComponent(publicUrl),
      /^https:\/\/neuroglancer-demo.*"precomputed:\/\/gs:\/\/forms\/deep\/volume"/,
    );
  });
});
