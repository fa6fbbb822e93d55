/** Undoes the predictors of TIFF, row by row and in place. See the TIFF 6.0 specification, section 14, and Adobe's technical note 3. */
import type { VoxelArray } from "../../core/data-type.js";

/**
 * Predictor 2: each sample is the difference to the one of the same channel on its left, wrapping at its width.
 *
 * @param rowSamples - samples of a row, all channels
 * @param step - channels that are side by side
 */
export function undoDifferences(samples: VoxelArray, rowSamples: number, step: number): void {
  if (samples instanceof BigUint64Array) {
    for (let row = 0; row < samples.length; row += rowSamples)
      for (let i = row + step; i < row + rowSamples; i++) samples[i] = samples[i]! + samples[i - step]!;
    return;
  }
  for (let row = 0; row < samples.length; row += rowSamples)
    for (let i = row + step; i < row + rowSamples; i++) samples[i] = samples[i]! + samples[i - step]!;
}

/**
 * Predictor 3: the bytes of a row's floats sorted by significance, highest first, then differences of bytes.
 * The result is little-endian, whatever the file's byte order.
 *
 * @param rowSamples - floats of a row, all channels
 */
export function undoFloatDifferences(bytes: Uint8Array, rowSamples: number, step: number): void {
  const rowBytes = rowSamples * 4;
  const sorted = new Uint8Array(rowBytes);
  for (let row = 0; row < bytes.length; row += rowBytes) {
    for (let i = row + step; i < row + rowBytes; i++) bytes[i] = bytes[i]! + bytes[i - step]!;
    sorted.set(bytes.subarray(row, row + rowBytes));
    for (let i = 0; i < rowSamples; i++)
      for (let b = 0; b < 4; b++) bytes[row + i * 4 + b] = sorted[(3 - b) * rowSamples + i]!;
  }
}
