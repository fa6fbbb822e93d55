// Volumes between cirrus, cloud-volume and TensorStore, both ways: data type x encoding x odd size x negative offset x names.
import assert from "node:assert/strict";
import { readFile, writeFile } from "node:fs/promises";
import { join } from "node:path";
import { describe, it, type TestContext } from "node:test";
import { asBytes, asVoxels, dataTypes, type DataType, type VoxelArray } from "#src/core/data-type.js";
import type { Vec3 } from "#src/core/vec3.js";
import { coarserScale } from "#src/formats/precomputed/scales.js";
import { boundsOf, gridOf, type EncodingName, type VolumeInfo } from "#src/formats/precomputed/volume-info.js";
import { chunksIn } from "#src/geometry/chunk-grid.js";
import { downsampleCutout } from "#src/geometry/downsample/cutout.js";
import { seriesOf, writeChunk } from "#src/volume/chunk-store.js";
import { copyVoxels } from "#src/volume/copy-voxels.js";
import { openVolume } from "#src/volume/open-volume.js";
import { readBox } from "#src/volume/read-box.js";
import { askPython, type Answer, type Order, type Program, type WrittenVolume } from "../fixtures/python-readers.js";
import { infoWith, scaleWith, temporaryFolder, voxelsOf, writeVolume } from "../volume/fixture.js";

const programs: readonly Program[] = ["cloudvolume", "tensorstore"];
const size: Vec3 = [70, 50, 9];
const offset: Vec3 = [-10, 5, 100];
const chunk: Vec3 = [32, 32, 4];

interface Case {
  readonly dataType: DataType;
  readonly channels: number;
  readonly encoding: EncodingName;
}
const cases: readonly Case[] = [
  ...dataTypes.map((dataType) => ({ dataType, channels: 1, encoding: "raw" as const })),
  { dataType: "uint8", channels: 3, encoding: "raw" },
  { dataType: "uint16", channels: 2, encoding: "raw" },
  { dataType: "uint8", channels: 1, encoding: "png" },
  { dataType: "uint8", channels: 1, encoding: "jpeg" },
  { dataType: "uint32", channels: 1, encoding: "compressed_segmentation" },
  { dataType: "uint64", channels: 1, encoding: "compressed_segmentation" },
];
const nameOf = ({ dataType, channels, encoding }: Case): string => `${encoding}-${dataType}-${channels}`;
const infoOf = ({ dataType, channels, encoding }: Case): VolumeInfo =>
  infoWith({
    dataType,
    channels,
    scales: [scaleWith({ encoding, ...(encoding === "compressed_segmentation" && { blockSize: [8, 8, 8] }) })],
  });

/** jpeg moves values a little; everything else must be exact. */
function assertVoxels(actual: VoxelArray, expected: VoxelArray, what: string, encoding = "raw"): void {
  if (encoding !== "jpeg")
    return assert.ok(Buffer.compare(asBytes(actual), asBytes(expected)) === 0, `${what}: other voxels`);
  assert.equal(actual.length, expected.length, what);
  let most = 0;
  for (let i = 0; i < actual.length; i++) most = Math.max(most, Math.abs(Number(actual[i]) - Number(expected[i])));
  assert.ok(most <= 40, `${what}: up to ${most} grey values off`);
}

const voxelsIn = async (file: string, dataType: DataType): Promise<VoxelArray> =>
  asVoxels(dataType, new Uint8Array(await readFile(file)));

/** One order per case and program; the answers come with the case and the file of voxels. */
async function readAll(
  t: TestContext,
  orders: readonly (Case & { readonly path: string; readonly program: Program; readonly mip?: number })[],
) {
  const folder = await temporaryFolder(t);
  const asked = orders.map((order, i): Order & { action: "read" } => ({
    ...order,
    action: "read",
    file: join(folder, `${i}.raw`),
  }));
  return askPython(asked).map((answer, i) => ({
    answer,
    order: orders[i]!,
    file: asked[i]!.file,
    what: `${nameOf(orders[i]!)} by ${orders[i]!.program}`,
  }));
}

const noError = (answer: Answer, what: string): void => assert.equal(answer.error, undefined, what);

describe("volumes that cirrus writes", () => {
  it("are read exactly by cloud-volume and TensorStore, in every type and encoding", async (t) => {
    const folder = await temporaryFolder(t);
    for (const one of cases) await writeVolume(t, join(folder, nameOf(one)), { info: infoOf(one) });
    const orders = cases.flatMap((one) =>
      programs.map((program) => ({ ...one, program, path: `file://${join(folder, nameOf(one))}` })),
    );
    for (const { answer, order, file, what } of await readAll(t, orders)) {
      noError(answer, what);
      assert.deepEqual(
        answer,
        { dataType: order.dataType, shape: [...size, order.channels], offset: [...offset] },
        what,
      );
      const info = infoOf(order);
      assertVoxels(
        await voxelsIn(file, order.dataType),
        voxelsOf(info, boundsOf(info.scales[0]!)),
        what,
        order.encoding,
      );
    }
  });

  it("give the readers the same pixels of jpeg as cirrus (with 3 channels only TensorStore: cloud-volume shuffles its own too)", async (t) => {
    const folder = await temporaryFolder(t);
    for (const channels of [1, 3]) {
      const one: Case = { dataType: "uint8", channels, encoding: "jpeg" };
      const path = join(folder, nameOf(one));
      await writeVolume(t, path, { info: infoOf(one) });
      const volume = await openVolume(path);
      const own = await readBox(volume, boundsOf(volume.info.scales[0]!));
      const readers = programs.filter((program) => channels === 1 || program === "tensorstore");
      const orders = readers.map((program) => ({ ...one, program, path: `file://${path}` }));
      for (const { answer, file, what } of await readAll(t, orders)) {
        noError(answer, what);
        assertVoxels(await voxelsIn(file, "uint8"), own.data, what);
      }
    }
  });

  it("are read by cloud-volume under .gz and .br names, and by TensorStore as zeros (the reason for the warning)", async (t) => {
    const one: Case = { dataType: "uint16", channels: 1, encoding: "raw" };
    const expected = voxelsOf(infoOf(one), boundsOf(infoOf(one).scales[0]!));
    for (const form of ["gz-name", "br-name"] as const) {
      const path = await temporaryFolder(t);
      await writeVolume(t, path, { info: infoOf(one), form });
      const [byCloudVolume, byTensorStore] = await readAll(
        t,
        programs.map((program) => ({ ...one, program, path: `file://${path}` })),
      );
      assertVoxels(await voxelsIn(byCloudVolume!.file, "uint16"), expected, `cloud-volume, ${form}`);
      assert.ok((await voxelsIn(byTensorStore!.file, "uint16")).every((value) => Number(value) === 0));
    }
  });

  it("have mips that equal TensorStore's means, on the global grid and at odd edges", async (t) => {
    const folder = await temporaryFolder(t);
    const factor: Vec3 = [2, 2, 1];
    const types = ["uint8", "uint16", "uint32", "int8", "int16", "int32"] as const;
    const made = [];
    for (const dataType of types) {
      const base = infoOf({ dataType, channels: 1, encoding: "raw" });
      const info = { ...base, scales: [base.scales[0]!, coarserScale(base.scales[0]!, factor)] };
      const path = join(folder, dataType);
      const store = await writeVolume(t, path, { info });
      const coarse = downsampleCutout(await readBox({ store, info }, boundsOf(base.scales[0]!)), factor, "mean");
      for (const { box } of chunksIn(coarse.box, gridOf(info.scales[1]!))) {
        const part = { ...coarse, box, data: voxelsOf(info, box) };
        copyVoxels(coarse, part, box);
        await writeChunk({ store, series: seriesOf(info, 1), form: "plain" }, { box, voxels: part.data });
      }
      made.push({ dataType, path: `file://${path}`, coarse });
    }
    const means = askPython(
      made.map(({ path, dataType }) => ({
        action: "downsample",
        path,
        factor: [...factor],
        file: join(folder, `${dataType}.mean`),
      })),
    );
    const read = await readAll(
      t,
      made.flatMap(({ dataType, path }) =>
        programs.map((program) => ({ dataType, channels: 1, encoding: "raw" as const, program, path, mip: 1 })),
      ),
    );
    for (const [i, { dataType, coarse }] of made.entries()) {
      assert.deepEqual(means[i], { dataType, shape: [35, 26, 9, 1], offset: [-5, 2, 100] }, dataType);
      assertVoxels(await voxelsIn(join(folder, `${dataType}.mean`), dataType), coarse.data, `mean of ${dataType}`);
    }
    for (const { answer, order, file, what } of read) {
      assert.deepEqual(answer, { dataType: order.dataType, shape: [35, 26, 9, 1], offset: [-5, 2, 100] }, what);
      assertVoxels(
        await voxelsIn(file, order.dataType),
        made.find(({ dataType }) => dataType === order.dataType)!.coarse.data,
        what,
      );
    }
  });
});

describe("volumes that others write", () => {
  it("are read exactly by cirrus from TensorStore's shards: both hashes, with and without gzip inside", async (t) => {
    const folder = await temporaryFolder(t);
    const file = join(folder, "voxels.raw");
    const one: Case = { dataType: "uint16", channels: 1, encoding: "raw" };
    const bounds = boundsOf(infoOf(one).scales[0]!);
    await writeFile(file, asBytes(voxelsOf(one, bounds)));
    const shardings = (["identity", "murmurhash3_x86_128"] as const).flatMap((hash) =>
      ["raw", "gzip"].map((encoding) => ({
        "@type": "neuroglancer_uint64_sharded_v1",
        hash,
        preshift_bits: 1,
        minishard_bits: 1,
        shard_bits: 2,
        minishard_index_encoding: encoding,
        data_encoding: encoding,
      })),
    );
    const pathOf = (i: number) => join(folder, String(i));
    const answers = askPython(
      shardings.map((sharding, i) => ({
        ...one,
        action: "write",
        program: "tensorstore",
        path: `file://${pathOf(i)}`,
        file,
        size,
        offset,
        chunk,
        resolution: [4, 4, 40],
        sharding,
      })),
    );
    for (const [i, answer] of answers.entries()) {
      noError(answer, JSON.stringify(shardings[i]));
      assertVoxels((await readBox(await openVolume(pathOf(i)), bounds)).data, voxelsOf(one, bounds), `shards ${i}`);
    }
  });

  it("are read exactly by cirrus: .gz, .br and plain names, every type and encoding", async (t) => {
    const folder = await temporaryFolder(t);
    const forms: readonly { readonly program: Program; readonly compress?: boolean | "br" }[] = [
      { program: "tensorstore" },
      { program: "cloudvolume", compress: false },
      { program: "cloudvolume", compress: true },
      { program: "cloudvolume", compress: "br" },
    ];
    const jobs = cases.flatMap((one) =>
      forms.map((form, i) => ({
        ...one,
        ...form,
        path: join(folder, `${nameOf(one)}-${i}`),
        file: join(folder, `${nameOf(one)}.raw`),
      })),
    );
    for (const one of cases)
      await writeFile(join(folder, `${nameOf(one)}.raw`), asBytes(voxelsOf(one, boundsOf(infoOf(one).scales[0]!))));
    const shape: Pick<WrittenVolume, "size" | "offset" | "chunk" | "resolution"> = {
      size,
      offset,
      chunk,
      resolution: [4, 4, 40],
    };
    const answers = askPython(jobs.map((job) => ({ ...job, ...shape, action: "write", path: `file://${job.path}` })));
    for (const [i, job] of jobs.entries()) {
      const what = `${nameOf(job)} by ${job.program}, compress ${job.compress}`;
      noError(answers[i]!, what);
      const volume = await openVolume(job.path);
      assert.equal(volume.info.dataType, job.dataType, what);
      const bounds = boundsOf(volume.info.scales[0]!);
      assert.deepEqual(bounds, { min: offset, max: [60, 55, 109] }, what);
      assertVoxels((await readBox(volume, bounds)).data, voxelsOf(job, bounds), what, job.encoding);
    }
  });
});
