/** Any box of a volume at a mip, out of its chunks. */
import pLimit from "p-limit";
import { contains, describeBox, intersect, isEmpty, type BoundingBox } from "../core/bounding-box.js";
import { newCutout, type Cutout } from "../core/cutout.js";
import { CirrusError } from "../core/errors.js";
import { chunkKey } from "../formats/precomputed/chunk-key.js";
import { boundsOf, gridOf, type VolumeInfo } from "../formats/precomputed/volume-info.js";
import { chunksIn } from "../geometry/chunk-grid.js";
import type { KeyValueStore } from "../storage/store.js";
import { readChunk, seriesOf } from "./chunk-store.js";
import { copyVoxels } from "./copy-voxels.js";

export interface ReadableVolume {
  readonly store: KeyValueStore;
  readonly info: VolumeInfo;
  /** True for keys of chunks that were left out because all their voxels are 0; absent: there are none. */
  readonly isBackground?: (key: string) => Promise<boolean>;
}

export interface ReadOptions {
  /** Default 0. */
  readonly mip?: number;
  /** `fail` (default): a chunk that is not there is an error. `background`: its voxels take that value. */
  readonly missing?: "fail" | "background";
  /** Value of voxels in missing chunks, default 0. */
  readonly background?: number;
  /** Chunks read at the same time, default 8. */
  readonly concurrency?: number;
}

/**
 * @param box - voxels of the mip that is read, absolute (they include voxel_offset), inside of the volume
 * @throws CirrusError `E_BOX_OUTSIDE`, `E_SCALE_UNKNOWN`, `E_CHUNK_MISSING`, `E_CHUNK_CORRUPT`, `E_ENCODING_UNSUPPORTED`
 */
export async function readBox(
  { store, info, isBackground }: ReadableVolume,
  box: BoundingBox,
  { mip = 0, missing = "fail", background = 0, concurrency = 8 }: ReadOptions = {},
): Promise<Cutout> {
  const series = seriesOf(info, mip);
  const bounds = boundsOf(series.scale);
  checkBox(box, bounds, mip);
  const cutout = newCutout({ box, mip, channels: info.channels, dataType: info.dataType });
  if (background !== 0) fill(cutout, background);
  const limit = pLimit(concurrency);
  const reading = limit.map(chunksIn(box, gridOf(series.scale)), async (chunk) => {
    const data = await readChunk(store, series, chunk.box);
    if (data) return copyVoxels({ ...cutout, data, box: chunk.box }, cutout, intersect(box, chunk.box));
    const key = chunkKey(series.scale.key, chunk.box);
    // What was left out as background is 0, whatever else the caller wants where a chunk is missing.
    if (background === 0 && missing !== "fail") return undefined;
    if (await isBackground?.(key)) return background === 0 ? undefined : clear(cutout, chunk.box);
    if (missing === "fail") throw missingChunk(store, key);
  });
  try {
    await reading;
  } finally {
    limit.clearQueue(); // after a failure nobody waits for the rest
  }
  return cutout;
}

/** @throws CirrusError `E_BOX_OUTSIDE` when the box is empty, not whole, or leaves `bounds` */
export function checkBox(box: BoundingBox, bounds: BoundingBox, mip: number): void {
  const problem = ![...box.min, ...box.max].every(Number.isSafeInteger)
    ? "has corners that are no whole numbers"
    : isEmpty(box)
      ? "is empty"
      : contains(bounds, box)
        ? undefined
        : `leaves the volume (${describeBox(bounds)})`;
  if (problem)
    throw new CirrusError("E_BOX_OUTSIDE", `the box ${describeBox(box)} at mip ${mip} ${problem}`, {
      context: { box, bounds, mip },
    });
}

function clear(cutout: Cutout, box: BoundingBox): undefined {
  const part = intersect(box, cutout.box);
  copyVoxels(newCutout({ ...cutout, box: part }), cutout, part);
}

function fill({ data }: Cutout, value: number): void {
  if (data instanceof BigUint64Array) data.fill(BigInt(value));
  else data.fill(value);
}

const missingChunk = (store: KeyValueStore, key: string): CirrusError =>
  new CirrusError("E_CHUNK_MISSING", `there is no chunk ${key} in ${store.url}`, {
    context: { key },
    hint: 'read with missing: "background" to have zeros there; `cirrus verify` lists every missing chunk',
  });
