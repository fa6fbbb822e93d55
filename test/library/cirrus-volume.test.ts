import { describe, it, type TestContext } from "node:test";
import assert from "node:assert/strict";
import { mkdtemp, readdir, rm, writeFile } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { CirrusVolume, DockerEnv, Process, type Provenance, type VolumeSpec } from "#src/index.js";
import { listManifests, readManifest } from "#src/engine/manifest.js";
import { listEvents, readProvenance } from "#src/provenance/log.js";
import { verifyVolume } from "#src/verify/verify-volume.js";
import { openStore } from "#src/storage/open.js";
import { downsampleCutout } from "#src/geometry/downsample/cutout.js";
import { infoWith, temporaryFolder, voxelsOf, writeVolume } from "../volume/fixture.js";

const spec: VolumeSpec = {
  type: "image",
  dataType: "uint8",
  size: [70, 50, 9],
  voxelOffset: [-10, 5, 100],
  resolutionNm: [4, 4, 40],
  chunkSize: [32, 32, 4],
  factors: [[2, 2, 1]],
};
const provenance: Provenance = {
  sources: ["file:///data/stack"],
  motivation: "to see it written",
  process: { description: "made by a test", parameters: { id: 648518346349515986n, gain: 1.5 } },
};
const whole = { min: [-10, 5, 100], max: [60, 55, 109] } as const;
const corner = { min: [-10, 5, 100], max: [22, 37, 104] } as const;
const gray = { dataType: "uint8", channels: 1 } as const;

/** A new volume in an empty folder that is no git repository, closed with the test. */
async function create(t: TestContext, changes: Partial<VolumeSpec> = {}, options = {}) {
  const folder = await mkdtemp(join(tmpdir(), "cirrus-library-"));
  const path = join(folder, "volume");
  const volume = await CirrusVolume.create(path, { ...spec, ...changes }, provenance, {
    codeFolder: folder,
    store: { fsync: false },
    ...options,
  });
  t.after(async () => {
    await volume.close();
    await rm(folder, { recursive: true });
  });
  return { volume, folder, path };
}
const runsOf = async (path: string) => {
  const { events } = await listEvents(path);
  return events.map(({ event: { kind, status, message } }) => ({ kind, status, message }));
};

describe("CirrusVolume", () => {
  it("reads any box of a volume without any ceremony", async (t) => {
    const folder = await temporaryFolder(t);
    await writeVolume(t, folder, { info: infoWith() });
    await using volume = await CirrusVolume.open(folder);
    assert.equal(volume.scales.length, 1);
    assert.equal(volume.info.dataType, "uint8");
    const box = { min: [0, 6, 101], max: [40, 40, 106] } as const;
    assert.deepEqual((await volume.read(box)).data, voxelsOf(gray, box));
    await volume.close();
    assert.deepEqual((await readdir(folder)).sort(), ["4_4_40", "info"]);
  });

  it("refuses to write until sources, motivation and process are given", async (t) => {
    const folder = await temporaryFolder(t);
    await writeVolume(t, folder, { info: infoWith() });
    await using volume = await CirrusVolume.open(folder, { codeFolder: folder });
    const write = () => volume.write(corner, voxelsOf(gray, corner));
    const firstLines = (defined: string) => (error: Error & { code?: string }) =>
      error.code === "E_PROVENANCE_MISSING" &&
      error.message.startsWith(
        `Need to define sources, motivation and process in order to write to this volume.\nDEFINED: ${defined}\n`,
      );
    await assert.rejects(write(), firstLines("sources: False, motivation: False, process: False"));
    volume.sources = ["file:///data/stack"];
    volume.motivation = "to see it written";
    await assert.rejects(write(), firstLines("sources: True, motivation: True, process: False"));
    volume.sources = [];
    await assert.rejects(write(), firstLines("sources: False, motivation: True, process: False"));
    assert.deepEqual((await readdir(folder)).sort(), ["4_4_40", "info"]);
    volume.sources = ["file:///data/stack"];
    volume.process = { description: "made by a test" };
    assert.equal((await write()).length, 1);
    assert.deepEqual((await readProvenance(folder)).sources, ["file:///data/stack"]);
  });

  it("creates a volume whose record comes first, and writes and reads it", async (t) => {
    const { volume, path } = await create(t);
    assert.equal((await readProvenance(path)).motivations[0], "to see it written");
    const stored = await volume.write(whole, voxelsOf(gray, whole));
    assert.equal(stored.length, 18);
    assert.deepEqual(stored[0]!.key, "4_4_40/-10-22_37-55_100-104");
    const read = await volume.read(whole);
    assert.deepEqual(read.data, voxelsOf(gray, whole));
    await volume.write({ min: [-5, 2, 100], max: [30, 28, 109] }, downsampleCutout(read, [2, 2, 1], "mean"), {
      mip: 1,
    });
    assert.equal((await volume.read({ min: [-5, 2, 100], max: [30, 28, 109] }, { mip: 1 })).data.length, 35 * 26 * 9);
    await volume.close();
    assert.deepEqual(await runsOf(path), [
      { kind: "start", status: "running", message: undefined },
      { kind: "end", status: "completed", message: `${18 + 6} chunks, ${70 * 50 * 9 + 35 * 26 * 9} bytes in 2 writes` },
    ]);
  });

  it("lists every stored chunk in a manifest, so that verify knows it", async (t) => {
    const { volume, path } = await create(t);
    const [written] = await volume.write(corner, voxelsOf(gray, corner));
    const store = await openStore(path);
    const { events } = await listEvents(path);
    const manifests = await listManifests(store, events[0]!.event.jobId);
    assert.equal(manifests.length, 1);
    assert.deepEqual((await readManifest(store, manifests[0]!.key)).done, [{ task: 0, chunks: [written], filled: [] }]);
    await volume.close();
    const { outputs } = (await listEvents(path)).events[1]!.event;
    assert.deepEqual([outputs?.chunks, outputs?.bytes], [1, 32 * 32 * 4]);
    assert.ok(await store.get(outputs!.manifestIndex!.key));
  });

  it("leaves a volume that verify finds complete, also after chunks were written again", async (t) => {
    const { volume, path } = await create(t, { factors: [] });
    await volume.write(whole, voxelsOf(gray, whole));
    await volume.write(corner, new Uint8Array(4096));
    assert.equal((await verifyVolume(path)).state, "complete");
    await volume.close();
    const { state, problems, mips } = await verifyVolume(path);
    assert.deepEqual(
      { state, problems, mips },
      {
        state: "complete",
        problems: [],
        mips: [{ mip: 0, key: "4_4_40", chunksOfScale: 18, verified: 18, background: 0, notMade: 0, outdated: 0 }],
      },
    );
  });

  it("is admitted once per opening, however many writes run at once, and anew when what is declared changes", async (t) => {
    const { volume, path } = await create(t);
    const boxes = [100, 104].map((z) => ({ min: [-10, 5, z], max: [60, 55, z + 4] }) as const);
    await Promise.all(boxes.map((box) => volume.write(box, voxelsOf(gray, box))));
    volume.motivation = "a second thought";
    await volume.write(corner, voxelsOf(gray, corner));
    await volume.close();
    await volume.close();
    assert.deepEqual(
      (await runsOf(path)).map(({ kind, message }) => message ?? kind),
      ["start", `12 chunks, ${70 * 50 * 8} bytes in 2 writes`, "start", `1 chunks, ${32 * 32 * 4} bytes in 1 writes`],
    );
    assert.deepEqual((await readProvenance(path)).motivations, ["to see it written", "a second thought"]);
  });

  it("writes whole chunks only and names the nearest legal box", async (t) => {
    const { volume } = await create(t);
    const box = { min: [0, 5, 100], max: [60, 55, 109] } as const;
    await assert.rejects(volume.write(box, voxelsOf(gray, box)), {
      code: "E_EXTENT_UNALIGNED",
      message:
        "the box x 0:60, y 5:55, z 100:109 at mip 0 cuts chunks of 32 x 32 x 4; the nearest legal box is x -10:60, y 5:55, z 100:109",
    });
    await assert.rejects(volume.write({ min: [-10, 5, 100], max: [61, 55, 109] }, new Uint8Array(1)), {
      code: "E_BOX_OUTSIDE",
    });
    await assert.rejects(volume.write(corner, new Uint8Array(5)), {
      code: "E_USAGE",
      message: /needs 4096 voxels of uint8; given are 5 of uint8/,
    });
    await assert.rejects(volume.write(corner, new Uint16Array(4096)), { code: "E_USAGE" });
    await assert.rejects(volume.write(corner, voxelsOf(gray, corner), { mip: 7 }), { code: "E_SCALE_UNKNOWN" });
  });

  it("adds scales and makes their chunks, on the record", async (t) => {
    const { volume, path } = await create(t, { factors: [] });
    await volume.write(whole, voxelsOf(gray, whole));
    const { key, size, voxelOffset } = await volume.addScale([2, 2, 1]);
    assert.deepEqual([key, size, voxelOffset], ["8_8_40", [35, 26, 9], [-5, 2, 100]]);
    await volume.addScale([1, 1, 2]);
    await assert.rejects(volume.addScale([1, 1, 1]), { code: "E_USAGE" });
    await assert.rejects(volume.downsample({ mip: 2 }), { code: "E_CHUNK_MISSING" });
    await volume.downsample({ mip: 1 });
    await volume.downsample({ mip: 2 });
    let voxels = await volume.read(whole);
    for (const [mip, factor] of [
      [1, [2, 2, 1]],
      [2, [1, 1, 2]],
    ] as const) {
      // prettier-ignore
      voxels = downsampleCutout(voxels, factor, "mean");
      assert.deepEqual((await volume.read(voxels.box, { mip })).data, voxels.data);
    }
    await volume.close();
    const { state, problems, mips } = await verifyVolume(path);
    assert.deepEqual([state, problems, mips.map(({ verified }) => verified)], ["complete", [], [18, 6, 4]]);

    await using undocumented = await CirrusVolume.open(path);
    await assert.rejects(undocumented.addScale([2, 2, 1]), { code: "E_PROVENANCE_MISSING" });
    await assert.rejects(undocumented.downsample({ mip: 1 }), { code: "E_PROVENANCE_MISSING" });
  });

  it("keeps to the names that the volume's chunks have", async (t) => {
    const { volume, path } = await create(t, {}, { layout: "cloudvolume" });
    assert.equal((await volume.write(corner, voxelsOf(gray, corner)))[0]!.key, "4_4_40/-10-22_5-37_100-104.gz");
    await using again = await CirrusVolume.open(path, { ...provenance, codeFolder: path });
    await writeFile(join(path, "4_4_40/-10-22_5-37_100-104.br"), "of some other program");
    const black = new Uint8Array(4096);
    assert.equal((await again.write(corner, black))[0]!.key, "4_4_40/-10-22_5-37_100-104.gz");
    assert.deepEqual(await readdir(join(path, "4_4_40")), ["-10-22_5-37_100-104.gz"]);
    assert.deepEqual((await again.read(corner)).data, black);
  });

  it("records a write that failed with what it had stored", async (t) => {
    const { volume, path } = await create(t);
    await volume.write(corner, voxelsOf(gray, corner));
    await rm(join(path, "4_4_40"), { recursive: true });
    await writeFile(join(path, "4_4_40"), "a file where the folder was");
    await assert.rejects(volume.write(corner, voxelsOf(gray, corner)), { code: "E_DESTINATION_UNWRITABLE" });
    await volume.close();
    assert.deepEqual((await runsOf(path))[1], {
      kind: "end",
      status: "failed",
      message: "1 chunks, 4096 bytes in 2 writes, 1 of which failed",
    });
  });

  it("creates nothing without provenance, nor with a broken geometry", async (t) => {
    const folder = await temporaryFolder(t);
    const path = join(folder, "volume");
    await assert.rejects(CirrusVolume.create(path, spec, { ...provenance, sources: [] }), {
      code: "E_PROVENANCE_MISSING",
    });
    await assert.rejects(CirrusVolume.create(path, { ...spec, size: [0, 1, 1] }, provenance), {
      code: "E_VOLUME_INVALID",
    });
    await assert.rejects(CirrusVolume.create(path, { ...spec, dataType: "uint16", encoding: "png" }, provenance), {
      code: "E_ENCODING_UNSUPPORTED",
    });
    assert.deepEqual(await readdir(folder), []);
  });

  it("opens a volume of the same geometry that is there, and refuses another", async (t) => {
    const { path, folder } = await create(t);
    const again = await CirrusVolume.create(path, spec, provenance, { codeFolder: folder });
    await again.close();
    await assert.rejects(
      CirrusVolume.create(path, { ...spec, dataType: "uint16" }, provenance, { codeFolder: folder }),
      { code: "E_DESTINATION_GEOMETRY" },
    );
  });

  it("refuses to write after it was closed", async (t) => {
    const { volume } = await create(t);
    await volume.close();
    await assert.rejects(volume.write(corner, voxelsOf(gray, corner)), { code: "E_USAGE" });
  });

  it("deletes chunks on the record: verify knows that they are gone", async (t) => {
    const { volume, path } = await create(t, { factors: [] });
    await volume.write(whole, voxelsOf(gray, whole));
    const gone = await volume.delete(corner);
    assert.deepEqual(gone, ["4_4_40/-10-22_5-37_100-104"]);
    assert.deepEqual(await volume.delete(corner), []);
    await volume.close();
    const { problems, mips } = await verifyVolume(path);
    assert.deepEqual(problems, []);
    assert.deepEqual([mips[0]!.verified, mips[0]!.notMade], [17, 1]);
    await assert.rejects((await CirrusVolume.open(path)).delete(corner), { code: "E_PROVENANCE_MISSING" });
  });

  it("writes voxels from a file, under the same guard", async (t) => {
    const { volume, folder, path } = await create(t);
    const file = join(folder, "voxels.raw");
    const voxels = new Uint8Array(32 * 32 * 4).fill(7);
    await writeFile(file, voxels);
    assert.equal((await volume.writeFile(corner, file)).length, 1);
    assert.deepEqual((await volume.read(corner)).data, voxels);
    await assert.rejects(volume.writeFile(corner, join(folder, "none")), { code: "E_SOURCE_NOT_FOUND" });
    await assert.rejects(volume.writeFile(whole, file), { code: "E_USAGE" });
    await assert.rejects((await CirrusVolume.open(path)).writeFile(corner, file), { code: "E_PROVENANCE_MISSING" });
  });

  it("records the environments that its process names", async (t) => {
    const { volume, path } = await create(t);
    volume.process = new Process("segment", { threshold: 0.5 }, await DockerEnv("lab/seg:1", { imageId: "sha256:01" }));
    await volume.write(corner, voxelsOf(gray, corner));
    await volume.close();
    const { codeEnvs, processes } = await readProvenance(path);
    assert.ok(codeEnvs.some(({ file, isUnaltered }) => file === "lab_seg_sha25601" && isUnaltered));
    assert.ok(processes.find(({ task }) => task === "segment")!.codeEnvFiles.includes("lab_seg_sha25601"));
  });
});
