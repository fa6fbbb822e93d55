// Volumes that CloudVolume and TensorStore wrote, on disks and in buckets: coarser mips added, moved, re-chunked, re-encoded, read back by both.
import assert from "node:assert/strict";
import { after, before, describe, it } from "node:test";
import { startFakeGcs, type FakeGcs } from "../fixtures/fake-gcs.js";
import { awsEnv, startMoto, type Moto } from "../fixtures/moto.js";
import { assertReadAlike, emulator, makeVolumes, type PythonVolume } from "../fixtures/python-stacks.js";
import { workspace, type Workspace } from "../fixtures/workspace.js";

let gcs: FakeGcs;
let moto: Moto;
let ws: Workspace;
const env = (): Record<string, string> => ({ ...emulator(gcs.endpoint), ...awsEnv(moto.endpoint) });
const offset = [64, 0, 6];
const volume = (name: string, writer: PythonVolume["writer"], path: string): PythonVolume => ({
  file: ws.at(`${name}.npy`),
  writer,
  path,
  dataType: name === "sharded" ? "uint16" : "uint8",
  size: [150, 90, 30],
  offset,
});
let plain: PythonVolume, sharded: PythonVolume, inGs: PythonVolume, inS3: PythonVolume;

before(async () => {
  [gcs, moto] = await Promise.all([startFakeGcs(), startMoto()]);
  await Promise.all([gcs.createBucket("volumes"), moto.createBucket("volumes")]);
  ws = await workspace({ ...awsEnv(moto.endpoint), CIRRUS_GCS_ENDPOINT: gcs.endpoint });
  plain = volume("plain", "cloudvolume", ws.at("plain"));
  sharded = volume("sharded", "tensorstore, sharded", ws.at("sharded"));
  inGs = volume("gs", "tensorstore", "gs://volumes/others");
  inS3 = volume("s3", "cloudvolume", "s3://volumes/others");
  makeVolumes([plain, sharded, inGs, inS3], env());
});
after(async () => {
  await ws.dispose();
  await Promise.all([gcs.stop(), moto.stop()]);
});

const why = ["--motivation", "a test", "-p", "1"];

describe("a volume of others", () => {
  for (const [name, of] of [
    ["CloudVolume, on a disk", () => plain],
    ["TensorStore, sharded", () => sharded],
    ["TensorStore, in gs://", () => inGs],
    ["CloudVolume, in s3://", () => inS3],
  ] as const)
    it(`gets coarser mips, with a record: ${name}`, async () => {
      const { path } = of();
      await ws.expect(0, ["downsample", path, ...why]);
      const shown = await ws.json<{ motivations?: unknown }>(["provenance", "show", path]);
      assert.match(JSON.stringify(shown), /a test/);
    });

  it("is moved between stores, re-chunked, sharded and re-encoded", async () => {
    await ws.expect(0, [
      "copy",
      inGs.path,
      "s3://volumes/copied",
      "--chunk-size",
      "32,32,16",
      "--sharding",
      "auto",
      ...why,
    ]);
    await ws.expect(0, ["copy", inS3.path, ws.at("copied"), "--encoding", "png", ...why]);
    await ws.expect(0, ["copy", sharded.path, "gs://volumes/copied", ...why]);
    const { stdout } = await ws.expect(0, ["verify", "gs://volumes/copied"]);
    assert.match(stdout, /complete/);
  });

  it("is then read by both as defined, at every mip", () => {
    const copies = [
      { file: inGs.file, path: "s3://volumes/copied" },
      { file: inS3.file, path: ws.at("copied") },
      { file: sharded.file, path: "gs://volumes/copied" },
    ];
    const all = [plain, sharded, inGs, inS3, ...copies];
    assertReadAlike(
      all.map(({ file, path }) => ({ file, path, offset, ...(path === plain.path ? { only: "CloudVolume" } : {}) })),
      env(),
    );
  });
});
