/** A tile source as a job keeps it: enough to open it again in any process, and to place its tiles. */
import type { BoundingBox } from "../core/bounding-box.js";
import type { DataType } from "../core/data-type.js";
import type { Vec3 } from "../core/vec3.js";

/** How source tiles lie in the volume. */
export interface TileLayout {
  readonly dataType: DataType;
  readonly channels: number;
  /** Volume voxel = source voxel + shift. */
  readonly shift: Vec3;
  readonly tileSizePx: readonly [number, number];
  /** Source voxels that there are. */
  readonly stack: BoundingBox;
  /** How often a tile is decoded on average, 1 = once. */
  readonly decodesPerTile: number;
}

export interface SourceDocument {
  readonly plugin: string;
  readonly params: Readonly<Record<string, unknown>>;
  /** Absolute: what relative paths in params and plugin are relative to. */
  readonly baseFolder: string;
  readonly t?: number;
  readonly tiles: TileLayout;
  /** Value of filled tiles. */
  readonly background: number;
  readonly missing: "fail" | "fill";
  readonly corrupt: "fail" | "fill";
}
