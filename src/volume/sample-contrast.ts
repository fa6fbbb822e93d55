/** Contrast of an image from voxels all over it: what the viewer shows black and white. Read once, kept in the provenance. */
import pLimit from "p-limit";
import type { BoundingBox } from "../core/bounding-box.js";
import { isCirrusError } from "../core/errors.js";
import type { Vec3 } from "../core/vec3.js";
import { boundsOf, gridOf, type VolumeInfo } from "../formats/precomputed/volume-info.js";
import { cellsTouching, chunkAt } from "../geometry/chunk-grid.js";
import type { KeyValueStore } from "../storage/store.js";
import { readChunk, seriesOf } from "./chunk-store.js";
import { contrastOf, type Contrast } from "./preview/colours.js";

/** Chunks that are read per axis, and voxels that are looked at in each: 64 chunks, a quarter of a million voxels. */
const mostPerAxis = 4;
const mostVoxelsPerChunk = 4096;

/**
 * Values of the finest scale below which 1 % and 99 % of the sampled voxels lie, zeros apart: zero is what borders and holes are
 * filled with. The same volume always gives the same values. Chunks that are not there are passed over.
 *
 * @param box - part to look at, voxels of mip 0; default all of it
 * @returns null for labels and colours, which need none, and where no voxel can be read
 */
export async function sampleContrast(
  { store, info }: { readonly store: KeyValueStore; readonly info: VolumeInfo },
  box?: BoundingBox,
): Promise<Contrast | null> {
  if (info.type === "segmentation" || isColour(info)) return null;
  const grid = gridOf(info.scales[0]!); // parseInfo leaves no volume without scales
  const limit = pLimit(8);
  try {
    const series = seriesOf(info, 0);
    const cells = spread(cellsTouching(box ?? boundsOf(series.scale), grid));
    const samples = await limit.map(cells, async (cell) => {
      const voxels = await readChunk(store, series, chunkAt(cell, grid).box);
      return voxels ? sampled(voxels, info.channels) : [];
    });
    const values = samples.flat();
    if (!values.length) return null;
    const lit = values.filter((value) => value !== 0);
    return contrastOf(lit.length ? lit : values);
  } catch (error) {
    // A damaged chunk is for `verify` to tell; whoever wants a contrast goes without.
    if (isCirrusError(error, "E_CHUNK_CORRUPT") || isCirrusError(error, "E_ENCODING_UNSUPPORTED")) return null;
    throw error;
  } finally {
    limit.clearQueue();
  }
}

/** Shown as red, green and blue as they are. */
export const isColour = ({ channels, dataType }: VolumeInfo): boolean => channels === 3 && dataType === "uint8";

/** Cells in the middle of equal parts of each axis. */
function spread({ min, max }: BoundingBox): Vec3[] {
  const along = (axis: 0 | 1 | 2): number[] => {
    const count = max[axis] - min[axis];
    const parts = Math.min(count, mostPerAxis);
    return Array.from({ length: parts }, (_, i) => min[axis] + Math.floor(((i + 0.5) * count) / parts));
  };
  return along(2).flatMap((z) => along(1).flatMap((y) => along(0).map((x): Vec3 => [x, y, z])));
}

/** Every n-th voxel of the first channel; n is odd, so that all columns are seen. */
function sampled(voxels: ArrayLike<number | bigint>, channels: number): number[] {
  const count = voxels.length / channels;
  const step = Math.max(1, Math.floor(count / mostVoxelsPerChunk)) | 1;
  const values: number[] = [];
  for (let i = 0; i < count; i += step) values.push(Number(voxels[i]!));
  return values;
}
