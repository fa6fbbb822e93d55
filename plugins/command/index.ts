/** A program in any language as a source of tiles. */
import {
  asVoxels,
  bytesPerVoxel,
  CirrusError,
  definePlugin,
  type PluginContext,
  type SourceProbe,
  type Tile,
} from "cirrus/plugin";
import { paramsSchema, type CommandParams } from "./params.js";
import { Program } from "./program.js";

export default definePlugin<CommandParams>({
  name: "command",
  aliases: [],
  description: "a program of your own, in any language: one JSON line per tile in, raw voxels out",
  params: paramsSchema,
  probe: probeProgram,
  open(params, { baseFolder, t = 0 }) {
    const program = new Program(params.command, baseFolder);
    return Promise.resolve({
      isSelfReading: true,
      pathProcessor: ({ column, row, z, t: own = t }) => {
        const { x, y, z: sections } = params.extent;
        const [width, height] = params.tileSize;
        const isInside =
          column >= Math.floor(x[0] / width) &&
          row >= Math.floor(y[0] / height) &&
          column * width < x[1] &&
          row * height < y[1];
        if (!isInside || z < sections[0] || z >= sections[1] || own < 0 || own >= params.times) return undefined;
        return { url: `${params.command[0]}: ${JSON.stringify({ column, row, z, t: own })}` };
      },
      tileProcessor: {
        decode: async ({ url }) => askTile(program, params, JSON.parse(url.slice(url.indexOf("{"))) as Place),
      },
      close: () => Promise.resolve(program.close()),
    });
  },
});

interface Place {
  readonly column: number;
  readonly row: number;
  readonly z: number;
  readonly t: number;
}

/** @throws CirrusError `E_TILE_MISSING`, `E_TILE_CORRUPT` for what the program says, `E_PLUGIN_FAILED` for what it does */
async function askTile(
  program: Program,
  { extent, tileSize, dataType, channels, command }: CommandParams,
  place: Place,
): Promise<Tile> {
  const widthPx = Math.min(tileSize[0], extent.x[1] - place.column * tileSize[0]);
  const heightPx = Math.min(tileSize[1], extent.y[1] - place.row * tileSize[1]);
  const answer = await program.ask({ ...place, width: widthPx, height: heightPx });
  const name = `tile ${JSON.stringify(place)} of ${command[0]}`;
  if (answer.kind === "missing") throw new CirrusError("E_TILE_MISSING", `no ${name}`);
  if (answer.kind === "error") throw new CirrusError("E_TILE_CORRUPT", `${name}: ${answer.problem}`);
  const wanted = widthPx * heightPx * channels * bytesPerVoxel(dataType);
  if (answer.bytes.length !== wanted)
    throw new CirrusError(
      "E_PLUGIN_FAILED",
      `${name} has ${answer.bytes.length} bytes instead of ${wanted}: ${widthPx} x ${heightPx} ${dataType}`,
    );
  const covers = { x0: 0, y0: 0, x1: widthPx, y1: heightPx };
  return { data: asVoxels(dataType, answer.bytes), dataType, channels, widthPx, heightPx, covers };
}

/** Asks for the first tile: a program that cannot be started, or gives the wrong size, is refused by the plan. */
async function probeProgram(params: CommandParams, { baseFolder }: PluginContext): Promise<SourceProbe> {
  const { extent, tileSize, dataType, channels, times, command } = params;
  const program = new Program(command, baseFolder);
  try {
    const place = {
      column: Math.floor(extent.x[0] / tileSize[0]),
      row: Math.floor(extent.y[0] / tileSize[1]),
      z: extent.z[0],
      t: 0,
    };
    await askTile(program, params, place).catch((error: unknown) => {
      const isOneTile = error instanceof CirrusError && error.code !== "E_PLUGIN_FAILED";
      if (!isOneTile) throw error;
    });
  } finally {
    program.close();
  }
  return {
    extent: { ...extent, ...(times > 1 ? { t: [0, times] as const } : {}) },
    tileSizePx: tileSize,
    dataType,
    channels,
    resolutionNm: null,
    missing: [],
    missingCount: 0,
    odd: [],
    files: 1,
    sizeBytes: 0,
    warnings: [],
    access: "whole",
    summary: [
      `tiles of ${tileSize.join(" x ")} from the program ${command.join(" ")}`,
      `${dataType}, ${channels} channels`,
    ],
  };
}
