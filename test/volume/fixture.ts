/** Volumes for tests: a fresh folder or memory store with a ticket, and voxels that tell where they are. */
import { mkdtemp, rm } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import type { TestContext } from "node:test";
import { product } from "#src/core/vec3.js";
import { sizeOf, type BoundingBox } from "#src/core/bounding-box.js";
import { newVoxels, type DataType, type VoxelArray } from "#src/core/data-type.js";
import { mintTicket, type WriteTicket } from "#src/core/write-ticket.js";
import { serializeInfo } from "#src/formats/precomputed/info.js";
import { boundsOf, gridOf, type Scale, type VolumeInfo } from "#src/formats/precomputed/volume-info.js";
import { chunksIn } from "#src/geometry/chunk-grid.js";
import { openWritable } from "#src/storage/open.js";
import type { WritableStore } from "#src/storage/store.js";
import { normaliseUrl } from "#src/storage/url.js";
import { seriesOf, writeChunk } from "#src/volume/chunk-store.js";
import type { StoredForm } from "#src/volume/stored-form.js";

export async function temporaryFolder(context: TestContext): Promise<string> {
  const folder = await mkdtemp(join(tmpdir(), "cirrus-volume-"));
  context.after(() => rm(folder, { recursive: true, force: true }));
  return folder;
}

export const ticketFor = (path: string): WriteTicket => mintTicket(normaliseUrl(path), "provenance.d/events/test.json");

export const scaleWith = (changes: Partial<Scale> = {}): Scale => ({
  key: "4_4_40",
  resolutionNm: [4, 4, 40],
  size: [70, 50, 9],
  voxelOffset: [-10, 5, 100],
  chunkSize: [32, 32, 4],
  encoding: "raw",
  ...changes,
});

export const infoWith = (changes: Partial<VolumeInfo> = {}): VolumeInfo => ({
  type: "image",
  dataType: "uint8",
  channels: 1,
  scales: [scaleWith()],
  ...changes,
});

/** Numbers that change slowly, other ones in each channel. */
export function valueAt(dataType: DataType, [x, y, z]: readonly number[], channel: number): number | bigint {
  const value = ((x! + 50) * 2 + y! * 3 + (z! - 90) * 5 + channel * 40) % 240;
  if (dataType === "uint64") return 2n ** 63n + BigInt(value);
  if (dataType === "uint32") return 4_000_000_000 + value;
  if (dataType === "uint16") return value * 250;
  if (dataType === "int8") return value - 120;
  if (dataType === "int16") return value * 100 - 12_000;
  if (dataType === "int32") return value * 10_000_000 - 1_200_000_000;
  return dataType === "float32" ? Math.fround(value / 7) : value;
}

/** `valueAt` of every voxel, x fastest, then y, z, channel. */
export function voxelsOf(info: Pick<VolumeInfo, "dataType" | "channels">, box: BoundingBox): VoxelArray {
  const voxels = newVoxels(info.dataType, product(sizeOf(box)) * info.channels);
  let i = 0;
  for (let channel = 0; channel < info.channels; channel++)
    for (let z = box.min[2]; z < box.max[2]; z++)
      for (let y = box.min[1]; y < box.max[1]; y++)
        for (let x = box.min[0]; x < box.max[0]; x++) voxels[i++] = valueAt(info.dataType, [x, y, z], channel);
  return voxels;
}

/** A test, or a file of tests. */
export interface Releases {
  after(release: () => unknown): unknown;
}

/** Info and every chunk of mip 0, and the store to go on with; closed with the test. */
export async function writeVolume(
  context: Releases,
  path: string,
  { info, form = "plain" }: { readonly info: VolumeInfo; readonly form?: StoredForm },
): Promise<WritableStore> {
  const store = await openWritable(path, ticketFor(path));
  context.after(() => store.close());
  await store.put("info", new TextEncoder().encode(serializeInfo(info)));
  const series = seriesOf(info, 0);
  for (const { box } of chunksIn(boundsOf(series.scale), gridOf(series.scale)))
    await writeChunk({ store, series, form }, { box, voxels: voxelsOf(info, box) });
  return store;
}

export const emptyMemory = (context: TestContext): string =>
  `memory://${context.name.replace(/[^\w]+/g, "-").slice(0, 100)}`;
