/** What the plan needs to know, from the volume's metadata alone. */
import type { PluginContext, SourceProbe } from "cirrus/plugin";
import { openArray } from "./open-array.js";
import type { VolumeParams } from "./params.js";

/** Wide enough that tasks are not cut finer than chunks. */
const leastTilePx = 512;

export async function probeVolume(params: VolumeParams, context: PluginContext): Promise<SourceProbe> {
  const array = await openArray(params, context);
  try {
    const { bounds, chunkSize, channels, dataType, times } = array;
    const tileSide = (axis: 0 | 1): number =>
      Math.min(bounds.max[axis] - bounds.min[axis], chunkSize[axis] * Math.ceil(leastTilePx / chunkSize[axis]));
    return {
      extent: {
        x: [bounds.min[0], bounds.max[0]],
        y: [bounds.min[1], bounds.max[1]],
        z: [bounds.min[2], bounds.max[2]],
        ...(times > 1 ? { t: [0, times] as const } : {}),
      },
      tileSizePx: [tileSide(0), tileSide(1)],
      dataType,
      channels,
      resolutionNm: array.resolutionNm,
      resolutionFrom: array.resolutionFrom,
      missing: [],
      missingCount: 0,
      odd: [],
      files: 1,
      sizeBytes: 0,
      warnings: [],
      access: "blocks",
      summary: [
        `${array.form}: ${array.url}, ${array.type}, chunks of ${chunkSize.join(" x ")}`,
        `${dataType}, ${channels === 1 ? "1 channel" : `${channels} channels`}${times > 1 ? `, ${times} times` : ""}`,
      ],
    };
  } finally {
    await array.close();
  }
}
