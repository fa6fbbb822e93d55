/** One job per time, where a config asks for a volume of each. Pure. */
import { CirrusError } from "../core/errors.js";
import { timesOf } from "../tiles/source-document.js";
import type { LoadedConfig } from "./load-config.js";

const placeholder = "{t}";

/**
 * @returns the config itself when its path does not hold `{t}`; else one config per time, each with a path and a time of its own
 * @throws CirrusError `E_CONFIG_INVALID` for `{t}` without a time
 */
export function perTime(loaded: LoadedConfig): LoadedConfig[] {
  const { source, destination } = loaded.config;
  if (!destination.path.includes(placeholder)) return [loaded];
  if (source.t === undefined)
    throw new CirrusError(
      "E_CONFIG_INVALID",
      `destination.path: ${placeholder} stands for a time, and source.t states none`,
    );
  return timesOf(source.t).map((t) => ({
    ...loaded,
    config: {
      ...loaded.config,
      source: { ...source, t },
      destination: { ...destination, path: destination.path.replaceAll(placeholder, String(t)) },
    },
  }));
}
