/** Chunked volumes as sources, chunk by chunk: precomputed and Zarr, wherever they are stored. */
import { definePlugin, type BoxSource } from "cirrus/plugin";
import { openArray } from "./open-array.js";
import { paramsSchema, type VolumeParams } from "./params.js";
import { probeVolume } from "./probe.js";
import { readPieces } from "./read-pieces.js";
import { recogniseVolume } from "./recognise.js";

export default definePlugin<VolumeParams, BoxSource>({
  name: "volume",
  aliases: [
    "CloudVolumePathProcessor",
    "CloudVolumeChunkProcessor",
    "CloudVolumeTileProcessor",
    "ZarrPathProcessor",
    "ZarrChunkProcessor",
  ],
  description: "precomputed and Zarr volumes, local or in a store; `cirrus copy` uses it",
  params: paramsSchema,
  recognise: recogniseVolume,
  probe: probeVolume,
  async open(params, context) {
    const array = await openArray(params, context);
    return {
      readBox: (box, t) => readPieces(array, box, t ?? context.t ?? 0),
      close: () => array.close(),
    };
  },
});
