/** Finds the config file of the machine settings. */
import { dirname } from "node:path";
import { cosmiconfig, defaultLoaders, type CosmiconfigResult, type Options } from "cosmiconfig";
import { codeOf, CirrusError, messageOf } from "../core/errors.js";

export interface ConfigFile {
  readonly file: string;
  /** What relative paths in it are relative to. */
  readonly folder: string;
  readonly content: unknown;
}

const extensions = ["json", "yaml", "yml", "js", "mjs", "cjs"];
const { ".ts": _typescript, ...loaders } = defaultLoaders;

/**
 * Up from `cwd` to the project's root (the first package.json), then in the user's config folder; the first one counts.
 *
 * @throws CirrusError `E_CONFIG_INVALID` naming the file that cannot be read
 */
export async function findConfigFile(cwd: string, configFolder: string): Promise<ConfigFile | undefined> {
  const project: Partial<Options> = {
    searchStrategy: "project",
    mergeSearchPlaces: false,
    searchPlaces: [
      "package.json",
      ".cirrusrc",
      ...extensions.map((extension) => `.cirrusrc.${extension}`),
      ...extensions.map((extension) => `cirrus.config.${extension}`),
    ],
    loaders,
  };
  // cosmiconfig's own "global" strategy knows nothing of CIRRUS_HOME.
  const user: Partial<Options> = {
    searchStrategy: "none",
    searchPlaces: ["config", ...extensions.map((extension) => `config.${extension}`)],
    loaders,
  };
  const found = (await search(project, cwd)) ?? (await search(user, configFolder));
  return found
    ? { file: found.filepath, folder: dirname(found.filepath), content: found.config as unknown }
    : undefined;
}

async function search(options: Partial<Options>, folder: string): Promise<CosmiconfigResult> {
  try {
    return await cosmiconfig("cirrus", options).search(folder);
  } catch (error) {
    if (codeOf(error) === "ENOTDIR") return null; // a file lies in the way of the folder: whoever needs the folder says so
    if (typeof error !== "object" || error === null || !("filepath" in error)) throw error;
    const reason = codeOf(error) === "ENOENT" ? "cannot be read" : messageOf(error).split("\n", 1)[0]!;
    throw new CirrusError("E_CONFIG_INVALID", `${String(error.filepath)}: ${reason}`, {
      cause: error,
      hint: "mend the file, or move it away",
    });
  }
}
