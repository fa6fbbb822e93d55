/** The plugin API: what a tile source may use. Built-in plugins import nothing else of cirrus either. */
export { z } from "zod";
export { bytesPerVoxel, dataTypes, newVoxels, asVoxels, asBytes } from "./core/data-type.js";
export type { DataType, VoxelArray } from "./core/data-type.js";
export { CirrusError, codeOf, isCirrusError, messageOf } from "./core/errors.js";
export type { ErrorCode } from "./core/error-codes.js";
export type { BoundingBox } from "./core/bounding-box.js";
export type { Vec3 } from "./core/vec3.js";
export { openStore } from "./storage/open.js";
export type { KeyValueStore, StoreOptions } from "./storage/store.js";
export { normaliseUrl } from "./storage/url.js";
export { openVolumeScale } from "./volume/volume-scale.js";
export type { VolumeScale } from "./volume/volume-scale.js";
export { backgroundChunks } from "./verify/background-chunks.js";
export type { IsBackground } from "./verify/background-chunks.js";
export { isRemoteUrl, memorySource, openByteSource } from "./tiles/byte-source.js";
export type { ByteSource } from "./tiles/byte-source.js";
export { clipPart } from "./tiles/clip-part.js";
export { definePlugin } from "./tiles/contracts.js";
export type {
  BadPiece,
  BoxSource,
  Interval,
  MissingTile,
  OddTile,
  OpenSource,
  PathProcessor,
  PixelBox,
  PluginContext,
  SourceProbe,
  Tile,
  TileIndex,
  TileLocation,
  TilePlugin,
  TileProcessor,
  VoxelPiece,
} from "./tiles/contracts.js";
export { decodeImage, decodeImageTile } from "./tiles/images/decode-image.js";
export type { ImageFormat, ImageHeader } from "./tiles/images/image-form.js";
export { readImageHeader } from "./tiles/images/read-image-header.js";
export { findFiles, isPlainPath } from "./tiles/find-files.js";
export { canList, childOf, folderOf, listFolder, listIfThere, presentFiles } from "./tiles/folder.js";
export type { FolderEntry } from "./tiles/folder.js";
export { compareNaturally } from "./tiles/natural-order.js";
export type { Section } from "./tiles/stack/grid.js";
export { listRanges } from "./tiles/stack/list-ranges.js";
export { namePattern, patternIn } from "./tiles/stack/name-pattern.js";
export type { NamePattern } from "./tiles/stack/name-pattern.js";
export { probeImages } from "./tiles/stack/probe-images.js";
export type { ImageStack } from "./tiles/stack/probe-images.js";
export { fullSections, sectionsOfTiles } from "./tiles/stack/sections-of.js";
export { toPlanes } from "./tiles/images/planes.js";
export { decodePage } from "./tiles/tiff/decode-page.js";
export { openTiff, pageAt } from "./tiles/tiff/open-tiff.js";
export type { TiffIndex } from "./tiles/tiff/open-tiff.js";
export type { Page, PageForm } from "./tiles/tiff/page.js";
export { completeResolution, hyperstackOf, readDescription, readResolution } from "./tiles/tiff/resolution.js";
export type { PageOrder, Resolution } from "./tiles/tiff/resolution.js";
