/** From pixels side by side, as image files keep them, to one plane per channel, as a Tile does. */
import { newVoxels, type DataType, type VoxelArray } from "../../core/data-type.js";

/**
 * @param samples - `pixels * channels` values, the channels of a pixel side by side
 * @returns the same values, channel by channel; the same array when there is one channel
 */
export function toPlanes(samples: VoxelArray, dataType: DataType, channels: number): VoxelArray {
  if (channels === 1) return samples;
  const planes = newVoxels(dataType, samples.length);
  const pixels = samples.length / channels;
  for (let channel = 0; channel < channels; channel++) {
    const first = channel * pixels;
    for (let i = 0, from = channel; i < pixels; i++, from += channels) planes[first + i] = samples[from]!;
  }
  return planes;
}
