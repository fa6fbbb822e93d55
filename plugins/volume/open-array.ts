/** A volume of either format. */
import {
  backgroundChunks,
  CirrusError,
  isCirrusError,
  newVoxels,
  normaliseUrl,
  openStore,
  openVolumeScale,
  type BoundingBox,
  type PluginContext,
  type VolumeScale,
  type VoxelArray,
} from "cirrus/plugin";
import type { VolumeArray } from "./array.js";
import type { VolumeParams } from "./params.js";
import { openZarr } from "./zarr.js";

/** @throws CirrusError `E_SOURCE_NOT_FOUND` when there is no volume, `E_SOURCE_UNSUPPORTED`, errors of the store */
export async function openArray(
  params: VolumeParams,
  { baseFolder, stores = {} }: PluginContext,
): Promise<VolumeArray> {
  const url = normaliseUrl(params.path, baseFolder);
  const isZarr = params.format === "zarr" || (params.format === "auto" && !(await hasInfo(url, stores)));
  if (isZarr) return openZarr(url, params, stores);
  const scale = await openVolumeScale(url, params.mip, stores).catch((error: unknown) => {
    if (!isCirrusError(error, "E_VOLUME_NOT_FOUND")) throw error;
    throw new CirrusError("E_SOURCE_NOT_FOUND", error.message, { cause: error });
  });
  const isBackground = backgroundChunks(url, stores);
  return {
    ...scale,
    form: "precomputed",
    times: 1,
    resolutionFrom: "the volume's info",
    read: async (chunk) => {
      const voxels = await scale.read(chunk);
      return voxels ?? ((await isBackground(scale.keyOf(chunk))) ? zerosOf(scale, chunk) : undefined);
    },
  };
}

/** A chunk that was left out because it holds background alone. */
function zerosOf({ dataType, channels }: VolumeScale, { min, max }: BoundingBox): VoxelArray {
  return newVoxels(dataType, (max[0] - min[0]) * (max[1] - min[1]) * (max[2] - min[2]) * channels);
}

async function hasInfo(url: string, stores: NonNullable<PluginContext["stores"]>): Promise<boolean> {
  const store = await openStore(url, stores);
  try {
    return (await store.stat("info")) !== undefined;
  } finally {
    await store.close();
  }
}
