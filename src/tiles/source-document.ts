/** A tile source as a job keeps it: enough to open it again in any process, and to place its tiles. */
import type { BoundingBox } from "../core/bounding-box.js";
import type { DataType } from "../core/data-type.js";
import type { Interval } from "./contracts.js";
import type { Vec3 } from "../core/vec3.js";

/** How source tiles lie in the volume. */
export interface TileLayout {
  readonly dataType: DataType;
  /** Of one time. */
  readonly channels: number;
  /** Volume voxel = source voxel + shift. */
  readonly shift: Vec3;
  readonly tileSizePx: readonly [number, number];
  /** Source voxels that there are. */
  readonly stack: BoundingBox;
  /** How often a tile is decoded on average, 1 = once. */
  readonly decodesPerTile: number;
}

export type Times = number | Interval;

/** Every time that a job reads; undefined for sources without times. */
export const timesOf = (t: Times | undefined): readonly (number | undefined)[] =>
  t === undefined || typeof t === "number" ? [t] : Array.from({ length: t[1] - t[0] }, (_, i) => t[0] + i);

export const firstTime = (t: Times): number => (typeof t === "number" ? t : t[0]);

export interface SourceDocument {
  readonly plugin: string;
  readonly params: Readonly<Record<string, unknown>>;
  /** Absolute: what relative paths in params and plugin are relative to. */
  readonly baseFolder: string;
  /** One time, or `[start, stop)` whose times become channels. */
  readonly t?: Times;
  readonly tiles: TileLayout;
  /** Value of filled tiles. */
  readonly background: number;
  readonly missing: "fail" | "fill";
  readonly corrupt: "fail" | "fill";
}
