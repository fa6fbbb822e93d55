/** Finds a tile source plugin by what a job config calls it: a built-in's name, a path, or an installed package. */
import { isAbsolute, resolve } from "node:path";
import { pathToFileURL } from "node:url";
import { CirrusError, codeOf, messageOf } from "../core/errors.js";
import { didYouMean } from "../core/suggest.js";
import { offerOwnPluginApi } from "./own-plugin-api.js";
import { resolvePackage } from "./resolve-package.js";
import { guardPlugin } from "./guard-plugin.js";
import type { AnyPlugin } from "./contracts.js";

/** Folders of plugins/, with the names that the Boss ingest client's configs use for them. A test compares this with the folder. */
export const builtinPlugins: Readonly<Record<string, readonly string[]>> = {
  catmaid: [
    "CatmaidFileImageStackPathProcessor",
    "CatmaidFileImageStackTileProcessor",
    "CatmaidFileImageStackZoomLevelPathProcessor",
    "CatmaidFileImageStackZoomLevelTileProcessor",
    "CatmaidDirectoryImageStackPathProcessor",
    "CatmaidDirectoryImageStackTileProcessor",
    "CatmaidURLPathProcessor",
    "CatmainURLTileProcessor",
  ],
  command: [],
  hdf5: [
    "Hdf5TimeSeriesPathProcessor",
    "Hdf5TimeSeriesTileProcessor",
    "Hdf5TimeSeriesLabelTileProcessor",
    "Hdf5SlicePathProcessor",
    "Hdf5SliceTileProcessor",
    "Hdf5ChunkPathProcessor",
    "Hdf5ChunkTileProcessor",
    "Hdf5SingleFilePathProcessor",
    "Hdf5SingleFileTileProcessor",
  ],
  "image-files": [],
  "index-file": [],
  "multipage-tiff": [
    "SingleTimeTiffPathProcessor",
    "SingleTimeTiffTileProcessor",
    "TiffMultiFileHyperStackPathProcessor",
    "TiffMultiFileHyperStackTileProcessor",
  ],
  volume: [
    "CloudVolumePathProcessor",
    "CloudVolumeChunkProcessor",
    "CloudVolumeTileProcessor",
    "ZarrPathProcessor",
    "ZarrChunkProcessor",
  ],
  "z-stack": ["ZindexStackPathProcessor", "ZindexStackTileProcessor"],
};

/**
 * @param name - `catmaid`, `ingestclient.plugins.catmaid.CatmaidFileImageStackPathProcessor`, `./my-plugin.mjs`, `my-plugin-package`
 * @param baseFolder - where relative paths and packages are looked up from: the job config's folder
 * @throws CirrusError `E_PLUGIN_UNKNOWN` with the nearest name, `E_PLUGIN_INVALID` when the module is no plugin or fails to load
 */
export async function loadPlugin(name: string, baseFolder: string): Promise<AnyPlugin> {
  const builtin = builtinNamed(name);
  if (builtin) return importPlugin(builtinUrl(builtin), name);
  offerOwnPluginApi();
  if (isPath(name)) return importPlugin(pathToFileURL(resolve(baseFolder, name)).href, name);
  const entry = await resolvePackage(name, baseFolder);
  if (entry === undefined) throw unknownPlugin(name, baseFolder);
  return importPlugin(pathToFileURL(entry).href, name);
}

/** All built-in plugins, loaded, in the order of their names. */
export const listPlugins = (): Promise<AnyPlugin[]> =>
  Promise.all(Object.keys(builtinPlugins).map((name) => importPlugin(builtinUrl(name), name)));

const builtinUrl = (name: string): string => new URL(`../plugins/${name}/index.js`, import.meta.url).href;

/** By name, or by the last part of a peer's dotted class path. */
function builtinNamed(name: string): string | undefined {
  if (Object.hasOwn(builtinPlugins, name)) return name;
  const className = name.slice(name.lastIndexOf(".") + 1);
  return Object.keys(builtinPlugins).find((builtin) => builtinPlugins[builtin]!.includes(className));
}

const isPath = (name: string): boolean => /^\.{0,2}[/\\]/.test(name) || isAbsolute(name) || /\.[cm]?js$/.test(name);

async function importPlugin(url: string, name: string): Promise<AnyPlugin> {
  let module: { readonly default?: unknown };
  try {
    module = (await import(url)) as typeof module;
  } catch (cause) {
    const isGone = codeOf(cause) === "ERR_MODULE_NOT_FOUND" && messageOf(cause).includes(`'${pathOf(url)}'`);
    throw new CirrusError(
      isGone ? "E_PLUGIN_UNKNOWN" : "E_PLUGIN_INVALID",
      isGone ? `there is no plugin at ${pathOf(url)}` : `plugin ${name} does not load: ${messageOf(cause)}`,
      { context: { plugin: name, url }, cause },
    );
  }
  const problem = problemOf(module.default);
  if (problem === undefined) return guardPlugin(module.default as AnyPlugin); // what `problemOf` looked at
  throw new CirrusError("E_PLUGIN_INVALID", `${name} is no tile source plugin: ${problem}`, {
    context: { plugin: name, url, problem },
  });
}

const pathOf = (url: string): string => decodeURIComponent(new URL(url).pathname);

/** What keeps a default export from being a plugin. */
function problemOf(value: unknown): string | undefined {
  if (typeof value !== "object" || value === null) return "it has no default export that is an object";
  const plugin = value as Partial<Record<keyof AnyPlugin, unknown>>;
  for (const key of ["name", "description"] as const)
    if (typeof plugin[key] !== "string" || plugin[key] === "") return `its \`${key}\` is no text`;
  for (const key of ["probe", "open"] as const)
    if (typeof plugin[key] !== "function") return `its \`${key}\` is no function`;
  const { params } = plugin;
  if (typeof params !== "object" || params === null || !("safeParse" in params)) return "its `params` is no zod schema";
  return undefined;
}

function unknownPlugin(name: string, baseFolder: string): CirrusError {
  const known = Object.keys(builtinPlugins);
  return new CirrusError(
    "E_PLUGIN_UNKNOWN",
    `unknown plugin "${name}"${didYouMean(name, known)}: neither built in (${known.join(", ")}) nor a package installed at ${baseFolder}`,
    { context: { plugin: name, builtins: known } },
  );
}
