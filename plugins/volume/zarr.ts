/**
 * Zarr arrays, version 2 and 3, also those that are a scale of an OME-Zarr image. A chunk that is not stored holds the array's fill value:
 * so the format says. zarrita (0.7.5) does not check crc32c checksums.
 */
import {
  CirrusError,
  dataTypes,
  messageOf,
  newVoxels,
  openStore,
  type BoundingBox,
  type PluginContext,
  type Vec3,
  type VoxelArray,
} from "cirrus/plugin";
import type { VolumeArray } from "./array.js";
import { omeScale, type OmeScale } from "./ome.js";
import type { VolumeParams } from "./params.js";

type Store = Awaited<ReturnType<typeof openStore>>;

export async function openZarr(
  url: string,
  params: VolumeParams,
  stores: NonNullable<PluginContext["stores"]>,
): Promise<VolumeArray> {
  const store = await openStore(url, stores);
  try {
    return await openIn(store, params);
  } catch (error) {
    await store.close();
    throw error;
  }
}

async function openIn(store: Store, params: VolumeParams): Promise<VolumeArray> {
  const zarr = await import("zarrita");
  const root = zarr.root({
    get: async (key: string) => (await store.get(key.slice(1)))?.bytes,
    // Shards are read in parts; their index is at the end.
    getRange: async (key: string, range: { offset: number; length: number } | { suffixLength: number }) => {
      if ("offset" in range) return store.getRange(key.slice(1), range);
      const size = (await store.stat(key.slice(1)))?.sizeBytes;
      if (size === undefined) return undefined;
      const length = Math.min(size, range.suffixLength);
      return store.getRange(key.slice(1), { offset: size - length, length });
    },
  });
  const opened = await zarr.open(params.array ? root.resolve(params.array) : root).catch((error: unknown) => {
    if (!zarr.isZarritaError(error, "NotFoundError")) throw refused(store.url, messageOf(error), error);
    throw new CirrusError(
      "E_SOURCE_NOT_FOUND",
      `there is no volume at ${store.url}${params.array ? `/${params.array}` : ""}: neither an info file nor Zarr metadata`,
      { cause: error },
    );
  });
  const ome: OmeScale | undefined = opened instanceof zarr.Group ? omeScale(opened.attrs, params.mip) : undefined;
  if (opened instanceof zarr.Group && !ome)
    throw new CirrusError(
      "E_SOURCE_UNSUPPORTED",
      `${store.url} is a Zarr group, and no OME image with a scale ${params.mip}`,
      {
        hint: 'name the array below it as "array" in the params of the source',
      },
    );
  const array = opened instanceof zarr.Group ? await zarr.open(opened.resolve(ome!.path), { kind: "array" }) : opened;
  const { shape, chunks } = array;
  const dataType = dataTypes.find((name) => name === array.dtype);
  if (!dataType) throw refused(store.url, `${String(array.dtype)} values`);
  const axes =
    params.axes ?? ome?.axes ?? ({ 2: "yx", 3: "zyx", 4: "czyx", 5: "tczyx" } as Record<number, string>)[shape.length];
  if (axes === undefined || axes.length !== shape.length || !axes.includes("x") || !axes.includes("y"))
    throw new CirrusError(
      "E_CONFIG_INVALID",
      `${store.url} has ${shape.length} axes (${shape.join(" x ")}), and they are "${axes ?? ""}"`,
      {
        hint: 'state "axes" in the params of the source: one letter per axis, the slowest first',
      },
    );
  const side = (axis: string, of: readonly number[]): number => of[axes.indexOf(axis)] ?? 1;
  const size: Vec3 = [side("x", shape), side("y", shape), side("z", shape)];
  const chunkSize: Vec3 = [side("x", chunks), side("y", chunks), side("z", chunks)];
  const channels = side("c", shape);
  const perChunk = side("c", chunks);
  return {
    url: store.url,
    form: `Zarr, axes ${axes}`,
    type: dataType === "uint32" || dataType === "uint64" ? "segmentation" : "image",
    dataType,
    channels,
    times: side("t", shape),
    bounds: { min: [0, 0, 0], max: size },
    chunkSize,
    resolutionNm: ome?.resolutionNm ?? null,
    resolutionFrom: "OME's coordinate transformations",
    chunksIn: (box) => gridBoxes(box, size, chunkSize),
    nameOf: ({ min }) => `${store.url} at ${min.join(", ")}`,
    async read({ min, max }, t) {
      const inBox: Vec3 = [max[0] - min[0], max[1] - min[1], max[2] - min[2]];
      const voxels = newVoxels(dataType, inBox[0] * inBox[1] * inBox[2] * channels);
      const cell: Readonly<Record<string, number>> = {
        x: min[0] / chunkSize[0],
        y: min[1] / chunkSize[1],
        z: min[2] / chunkSize[2],
        t: Math.floor(t / side("t", chunks)),
      };
      for (let c0 = 0; c0 < channels; c0 += perChunk) {
        const chunk = await array.getChunk([...axes].map((axis) => (axis === "c" ? c0 / perChunk : cell[axis]!)));
        const stride = (axis: string): number => chunk.stride[axes.indexOf(axis)] ?? 0;
        const first = (t % side("t", chunks)) * stride("t");
        for (let c = c0; c < Math.min(c0 + perChunk, channels); c++)
          // The type is the array's, as looked at above.
          copyPlane(chunk.data as VoxelArray, voxels, {
            from: first + (c - c0) * stride("c"),
            steps: [stride("x"), stride("y"), stride("z")],
            to: c * inBox[0] * inBox[1] * inBox[2],
            size: inBox,
          });
      }
      return voxels;
    },
    close: () => store.close(),
  };
}

interface Copy {
  readonly from: number;
  readonly steps: Vec3;
  readonly to: number;
  readonly size: Vec3;
}

function copyPlane(source: VoxelArray, target: VoxelArray, { from, steps, to, size }: Copy): void {
  for (let z = 0, at = to; z < size[2]; z++)
    for (let y = 0; y < size[1]; y++) {
      const row = from + z * steps[2] + y * steps[1];
      // Both arrays are of one type, which their types do not show.
      if (steps[0] === 1) (target as Uint8Array).set((source as Uint8Array).subarray(row, row + size[0]), at);
      else for (let x = 0; x < size[0]; x++) target[at + x] = source[row + x * steps[0]]!;
      at += size[0];
    }
}

/** Chunks of a grid that begins at the origin, clipped to the array. */
function* gridBoxes(box: BoundingBox, size: Vec3, chunk: Vec3): Generator<BoundingBox> {
  const first = (axis: 0 | 1 | 2): number => Math.floor(box.min[axis] / chunk[axis]) * chunk[axis];
  for (let z = first(2); z < box.max[2]; z += chunk[2])
    for (let y = first(1); y < box.max[1]; y += chunk[1])
      for (let x = first(0); x < box.max[0]; x += chunk[0])
        yield {
          min: [x, y, z],
          max: [Math.min(x + chunk[0], size[0]), Math.min(y + chunk[1], size[1]), Math.min(z + chunk[2], size[2])],
        };
}

const refused = (url: string, form: string, cause?: unknown): CirrusError =>
  new CirrusError("E_SOURCE_UNSUPPORTED", `${url} cannot be read exactly: ${form}`, { context: { url, form }, cause });
