/** The library's public names. Plugins use `cirrus/plugin`. */
export { CirrusVolume } from "./library/cirrus-volume.js";
export type { CreateOptions, OpenOptions, Provenance } from "./library/cirrus-volume.js";
export type { VolumeSpec } from "./library/volume-spec.js";
export type { ReadOptions } from "./volume/read-box.js";
export type { StoredChunk } from "./volume/chunk-store.js";
export type { Preview } from "./volume/preview/preview.js";
export type { Scale, VolumeInfo, VolumeType } from "./formats/precomputed/volume-info.js";
export type { BoundingBox } from "./core/bounding-box.js";
export type { Cutout } from "./core/cutout.js";
export { dataTypes } from "./core/data-type.js";
export type { DataType, VoxelArray } from "./core/data-type.js";
export { CirrusError, isCirrusError } from "./core/errors.js";
export { errorKinds, exitCodes } from "./core/error-codes.js";
export type { ErrorCode, ExitCode } from "./core/error-codes.js";
export type { Vec3 } from "./core/vec3.js";
export type { StoreOptions } from "./storage/store.js";
