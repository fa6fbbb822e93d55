/** Paths and URLs on the command line -> the plugin that reads them, with its params. For `cirrus init`. */
import { stat } from "node:fs/promises";
import { dirname, isAbsolute, relative, resolve, sep } from "node:path";
import { fileURLToPath } from "node:url";
import { CirrusError } from "../core/errors.js";
import type { StoreOptions } from "../storage/store.js";
import { isRemoteUrl } from "../tiles/byte-source.js";
import type { AnyPlugin } from "../tiles/contracts.js";
import { canList } from "../tiles/folder.js";
import { listPlugins, loadPlugin } from "../tiles/load-plugin.js";

export interface FoundSource {
  readonly plugin: AnyPlugin;
  /** As a config writes it: the name that was asked for, or the built-in's. */
  readonly pluginName: string;
  /** As a config writes them; paths in them are absolute. */
  readonly params: Readonly<Record<string, unknown>>;
}

export interface SourceQuestion {
  /** As typed. */
  readonly paths: readonly string[];
  readonly cwd: string;
  /** A plugin by name; undefined asks every built-in. */
  readonly pluginName: string | undefined;
  readonly stores: StoreOptions;
}

/** @throws CirrusError `E_SOURCE_NOT_FOUND`, `E_SOURCE_UNSUPPORTED` when no plugin knows the files, `E_PLUGIN_*` */
export async function findSource({ paths, cwd, pluginName, stores }: SourceQuestion): Promise<FoundSource> {
  const absolute = paths.map((path) => placeOf(cwd, path));
  const plugins = pluginName === undefined ? await listPlugins() : [await loadPlugin(pluginName, cwd)];
  for (const path of absolute) {
    // A shell that expands no pattern leaves that to the plugin; so does what only a server can answer.
    if (isRemoteUrl(path) || /[*?[<]/.test(path) || (await stat(path).catch(() => undefined))) continue;
    throw new CirrusError("E_SOURCE_NOT_FOUND", `there is nothing at ${path}`, {
      context: { path },
      hint: "check the path",
    });
  }
  for (const plugin of plugins) {
    const params = await plugin.recognise?.(absolute, { stores });
    if (params !== undefined) return { plugin, pluginName: pluginName ?? plugin.name, params };
  }
  const which = absolute.length === 1 ? absolute[0]! : `${absolute[0]!} and ${absolute.length - 1} more`;
  const tried = plugins.map(({ name }) => name).join(", ");
  throw new CirrusError("E_SOURCE_UNSUPPORTED", `no tile source is recognised in ${which} (tried: ${tried})`, {
    context: { paths: absolute, plugins: plugins.map(({ name }) => name) },
    hint: absolute.some((path) => !canList(path))
      ? "web servers list nothing: name a volume, or the files one by one, or write a config by hand that states the extent"
      : "`cirrus plugins` says what each source looks like; a config can also be written by hand",
  });
}

export interface PathStyle {
  readonly paths: readonly string[];
  readonly cwd: string;
  /** Folder of the config file, which its relative paths are relative to. */
  readonly configFolder: string;
}

/** Params with every path at or beside a path that was typed as a relative one written relative to the config's folder. */
export function withRelativePaths(params: unknown, style: PathStyle): unknown {
  const folders = style.paths
    .filter((path) => !isAbsolute(path) && !isFileUrl(path) && !isRemoteUrl(path))
    .map((path) => placeOf(style.cwd, path));
  const isBeside = (text: string): boolean =>
    folders.some(
      (path) =>
        text === path ||
        text.startsWith(path + sep) ||
        text.startsWith(dirname(path) + sep) ||
        path.startsWith(text + sep),
    );
  const rewrite = (value: unknown): unknown => {
    if (typeof value === "string")
      return isAbsolute(value) && isBeside(value) ? relativeTo(style.configFolder, value) : value;
    if (Array.isArray(value)) return value.map(rewrite);
    if (typeof value !== "object" || value === null) return value;
    return Object.fromEntries(Object.entries(value).map(([key, member]) => [key, rewrite(member)]));
  };
  return rewrite(params);
}

/** What was typed as plugins take it: an absolute path (of a path, or a file:// URL), or a URL without a slash at its end. */
export const placeOf = (cwd: string, typed: string): string =>
  isRemoteUrl(typed) ? typed.replace(/\/+$/, "") : isFileUrl(typed) ? fileURLToPath(typed) : resolve(cwd, typed);

const isFileUrl = (text: string): boolean => /^file:\/\//i.test(text);

/** `./stack`, `../stack`, with `/` on every system. */
export function relativeTo(folder: string, path: string): string {
  const text = relative(folder, path).replaceAll(sep, "/");
  return text === "" ? "." : text.startsWith("..") ? text : `./${text}`;
}
