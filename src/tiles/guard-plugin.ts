/** A plugin whose mistakes are told as its own: by its name, and without taking anything else down. */
import { bytesPerVoxel } from "../core/data-type.js";
import { CirrusError, isCirrusError, messageOf } from "../core/errors.js";
import { isBoxSource, type AnyPlugin, type BoxSource, type OpenSource, type Tile } from "./contracts.js";

/** Whatever the plugin throws that is no CirrusError becomes `E_PLUGIN_FAILED`; a tile that contradicts itself too. */
export function guardPlugin(plugin: AnyPlugin): AnyPlugin {
  const { name } = plugin;
  const attempt = async <T>(part: string, act: () => T | Promise<T>): Promise<T> => {
    try {
      return await act();
    } catch (error) {
      throw asOwn(error, name, part);
    }
  };
  return {
    ...plugin,
    ...(plugin.recognise
      ? { recognise: (paths, context) => attempt("recognise", () => plugin.recognise!(paths, context)) }
      : {}),
    probe: (params, context) => attempt("probe", () => plugin.probe(params, context)),
    open: async (params, context) => guardSource(await attempt("open", () => plugin.open(params, context)), name),
  };
}

function guardSource(source: OpenSource | BoxSource, name: string): OpenSource | BoxSource {
  const close = source.close ? { close: () => source.close!() } : {};
  if (isBoxSource(source))
    return {
      ...close,
      ...(source.files ? { files: source.files } : {}),
      async *readBox(box, t) {
        try {
          yield* source.readBox(box, t);
        } catch (error) {
          throw asOwn(error, name, "readBox");
        }
      },
    };
  return {
    ...close,
    ...(source.isSelfReading === undefined ? {} : { isSelfReading: source.isSelfReading }),
    pathProcessor: (index) => {
      try {
        return source.pathProcessor(index);
      } catch (error) {
        throw asOwn(error, name, "pathProcessor");
      }
    },
    tileProcessor: {
      async decode(location, bytes, part) {
        try {
          const tile = await source.tileProcessor.decode(location, bytes, part);
          const problem = problemOf(tile);
          if (problem) throw new TypeError(problem);
          return tile;
        } catch (error) {
          throw asOwn(error, name, `decode of ${location.url}`);
        }
      },
    },
  };
}

/** What a program in another language, or without types, gets wrong most easily. */
function problemOf(tile: Tile): string | undefined {
  const { data, dataType, channels, covers } = tile;
  if (!ArrayBuffer.isView(data) || typeof covers !== "object") return "it gave no tile with `data` and `covers`";
  const voxels = (covers.x1 - covers.x0) * (covers.y1 - covers.y0) * channels;
  if (data.BYTES_PER_ELEMENT !== bytesPerVoxel(dataType)) return `its data are no array of ${dataType}`;
  return data.length === voxels ? undefined : `it gave ${data.length} voxels, and covers ${voxels}`;
}

function asOwn(error: unknown, name: string, part: string): unknown {
  if (isCirrusError(error)) return error;
  const kind = error instanceof Error && error.name !== "Error" ? `${error.name}: ` : "";
  return new CirrusError("E_PLUGIN_FAILED", `plugin ${name} failed in ${part}: ${kind}${messageOf(error)}`, {
    context: { plugin: name, part },
    cause: error,
  });
}
