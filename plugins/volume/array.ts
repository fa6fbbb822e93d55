/** What the two formats have in common. */
import type { BoundingBox, DataType, Vec3, VoxelArray } from "cirrus/plugin";

export interface VolumeArray {
  readonly url: string;
  /** For people: "precomputed, raw". */
  readonly form: string;
  readonly type: "image" | "segmentation";
  readonly dataType: DataType;
  readonly channels: number;
  readonly times: number;
  readonly bounds: BoundingBox;
  readonly chunkSize: Vec3;
  readonly resolutionNm: Vec3 | null;
  readonly resolutionFrom: string;
  /** Boxes of the chunks that `box` touches. */
  chunksIn(box: BoundingBox): Iterable<BoundingBox>;
  nameOf(chunk: BoundingBox): string;
  /** x fastest, then y, z, channel; undefined when it is missing. */
  read(chunk: BoundingBox, t: number): Promise<VoxelArray | undefined>;
  close(): Promise<void>;
}
