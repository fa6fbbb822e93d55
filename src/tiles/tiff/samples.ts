/** From decompressed rows of a strip or tile to values in their places: byte order, predictor, channels. */
import { asVoxels, bytesPerVoxel, type DataType, type VoxelArray } from "../../core/data-type.js";
import { rectCopier } from "../../geometry/copy-rect.js";
import { undoDifferencesInPlace } from "../../kernels/tiff-blocks.js";
import type { PixelBox } from "../contracts.js";
import type { Block } from "./blocks.js";
import { uncompressed } from "./decompress.js";
import { readableType, type Page } from "./page.js";
import { undoDifferences, undoFloatDifferences } from "./predictor.js";

/**
 * Samples of whole rows, channels side by side.
 *
 * @param bytes - changed in place when they are compressed ones; what is stored as it is belongs to the source
 */
export function toSamples({ form, file, name }: Page, block: Block, bytes: Uint8Array): VoxelArray {
  const dataType = readableType(form, name);
  const isChanged = form.predictor !== 1 || (!file.isLittleEndian && bytesPerVoxel(dataType) > 1);
  const own = isChanged && form.compression === uncompressed ? new Uint8Array(bytes) : bytes;
  const rowSamples = block.storedWidthPx * block.channels;
  if (form.predictor === 3) undoFloatDifferences(own, rowSamples, block.channels);
  else if (!file.isLittleEndian) swapBytes(own, dataType);
  const samples = asVoxels(dataType, own);
  const isDone =
    form.predictor !== 2 || (block.channels === 1 && undoDifferencesInPlace(own, rowSamples, bytesPerVoxel(dataType)));
  if (!isDone) undoDifferences(samples, rowSamples, block.channels);
  return samples;
}

function swapBytes(bytes: Uint8Array, dataType: DataType): void {
  const width = bytesPerVoxel(dataType);
  const buffer = Buffer.from(bytes.buffer, bytes.byteOffset, bytes.byteLength);
  if (width === 2) buffer.swap16();
  else if (width === 4) buffer.swap32();
  else if (width === 8) buffer.swap64();
}

/** The voxels of a tile, channel by channel. */
export interface Target {
  readonly data: VoxelArray;
  readonly covers: PixelBox;
}

/** Copies what `covers` wants of the block's rows. */
export function pasteRows(samples: VoxelArray, block: Block, { data, covers }: Target): void {
  const x0 = Math.max(block.covers.x0, covers.x0);
  const x1 = Math.min(block.covers.x1, covers.x1);
  const y0 = Math.max(block.covers.y0, covers.y0);
  const y1 = Math.min(block.covers.y1, covers.y1);
  const width = covers.x1 - covers.x0;
  const area = width * (covers.y1 - covers.y0);
  const { channels } = block;
  if (channels === 1) {
    if (x0 >= x1 || y0 >= y1) return;
    rectCopier(
      samples,
      data,
    )({
      from: (y0 - block.covers.y0) * block.storedWidthPx + (x0 - block.covers.x0),
      fromStride: block.storedWidthPx,
      to: block.channel * area + (y0 - covers.y0) * width + (x0 - covers.x0),
      toStride: width,
      width: x1 - x0,
      height: y1 - y0,
    });
    return;
  }
  for (let y = y0; y < y1; y++) {
    const from = ((y - block.covers.y0) * block.storedWidthPx + (x0 - block.covers.x0)) * channels;
    const to = block.channel * area + (y - covers.y0) * width + (x0 - covers.x0);
    for (let channel = 0; channel < channels; channel++)
      for (let i = 0; i < x1 - x0; i++) data[to + channel * area + i] = samples[from + i * channels + channel]!;
  }
}
