/** One scale of a volume, chunk by chunk: for what reads much of it and can hold little. */
import type { BoundingBox } from "../core/bounding-box.js";
import type { DataType, VoxelArray } from "../core/data-type.js";
import type { Vec3 } from "../core/vec3.js";
import { chunkKey } from "../formats/precomputed/chunk-key.js";
import { boundsOf, gridOf } from "../formats/precomputed/volume-info.js";
import { chunksIn } from "../geometry/chunk-grid.js";
import type { StoreOptions } from "../storage/store.js";
import { readChunk, seriesOf } from "./chunk-store.js";
import { openVolume } from "./open-volume.js";

export interface VolumeScale {
  /** Normalised, of the volume. */
  readonly url: string;
  readonly type: "image" | "segmentation";
  readonly dataType: DataType;
  readonly channels: number;
  readonly resolutionNm: Vec3;
  readonly bounds: BoundingBox;
  readonly chunkSize: Vec3;
  /** Boxes of the chunks that `box` touches, clipped to the volume. */
  chunksIn(box: BoundingBox): Iterable<BoundingBox>;
  /** Of a chunk, within the volume. */
  keyOf(chunk: BoundingBox): string;
  /** Where a chunk is, for messages. */
  nameOf(chunk: BoundingBox): string;
  /** x fastest, then y, z, channel; undefined when there is no such chunk. @throws CirrusError `E_CHUNK_CORRUPT` */
  read(chunk: BoundingBox): Promise<VoxelArray | undefined>;
  close(): Promise<void>;
}

/** @throws CirrusError `E_VOLUME_NOT_FOUND`, `E_VOLUME_INVALID`, `E_SCALE_UNKNOWN`, `E_ENCODING_UNSUPPORTED` */
export async function openVolumeScale(path: string, mip: number, options: StoreOptions = {}): Promise<VolumeScale> {
  const volume = await openVolume(path, options);
  try {
    const { info, store } = volume;
    const series = seriesOf(info, mip);
    const { scale } = series;
    const grid = gridOf(scale);
    return {
      url: volume.url,
      type: info.type,
      dataType: info.dataType,
      channels: info.channels,
      resolutionNm: scale.resolutionNm,
      bounds: boundsOf(scale),
      chunkSize: scale.chunkSize,
      *chunksIn(box) {
        for (const chunk of chunksIn(box, grid)) yield chunk.box;
      },
      keyOf: (chunk) => chunkKey(scale.key, chunk),
      nameOf: (chunk) => `${volume.url}/${chunkKey(scale.key, chunk)}`,
      read: (chunk) => readChunk(store, series, chunk),
      close: () => volume.close(),
    };
  } catch (error) {
    await volume.close();
    throw error;
  }
}
