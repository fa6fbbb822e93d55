/** The files that a path, a URL, a list of them or a glob means, in the order in which people number them. */
import { stat } from "node:fs/promises";
import { resolve, sep } from "node:path";
import { fileURLToPath } from "node:url";
import { glob, isDynamicPattern } from "tinyglobby";
import { CirrusError } from "../core/errors.js";
import type { StoreOptions } from "../storage/store.js";
import { isRemoteUrl } from "./byte-source.js";
import { canList, listFolder } from "./folder.js";
import { compareNaturally } from "./natural-order.js";

export interface FindOptions {
  /** What relative paths and patterns are relative to. */
  readonly baseFolder: string;
  /** `natural`: slice2 before slice10, whatever the order given. `listed`: as given; the files of one glob are natural among themselves. */
  readonly order: "natural" | "listed";
  /** Plain names of a list that are not there are kept: each is a section that is missing. Default: refused. */
  readonly keepsAbsent?: boolean;
  /** How this machine reaches remote stores. */
  readonly stores?: StoreOptions;
}

/**
 * @param wanted - paths, URLs and globs (`*`, `**`, `?`, `[ab]`, `{a,b}`); a name that exists is never taken for a glob. In buckets, globs
 *   have `*` and `?` in the last part only
 * @returns absolute paths and URLs, each once; URLs without a glob are taken to be there
 * @throws CirrusError `E_SOURCE_NOT_FOUND` for each of `wanted` that means no file
 */
export async function findFiles(wanted: string | readonly string[], options: FindOptions): Promise<string[]> {
  const found = new Set<string>();
  for (const one of typeof wanted === "string" ? [wanted] : wanted)
    for (const path of await (isRemoteUrl(one) ? expandUrl(one, options.stores) : expand(one, options)))
      found.add(path);
  return options.order === "listed" ? [...found] : [...found].sort(compareNaturally);
}

/** True for a path that holds no letter that globs give a meaning to. */
export const isPlainPath = (path: string): boolean => !isDynamicPattern(path);

/** Objects of one folder whose names fit. */
async function expandUrl(url: string, stores: StoreOptions = {}): Promise<string[]> {
  const cut = url.lastIndexOf("/");
  const [folder, pattern] = [url.slice(0, cut), url.slice(cut + 1)];
  if (isPlainPath(folder) && !/[*?]/.test(pattern)) return [url];
  const context = { url };
  if (!canList(url) || !isPlainPath(folder))
    throw new CirrusError("E_CONFIG_INVALID", `the files that ${url} means cannot be listed`, {
      context,
      hint: canList(url)
        ? "in a bucket, * and ? may be in the last part only"
        : "web servers list nothing: name each file",
    });
  const wanted = new RegExp(
    `^${pattern
      .replace(/[.+^${}()|[\]\\]/g, "\\$&")
      .replaceAll("*", "[^/]*")
      .replaceAll("?", "[^/]")}$`,
  );
  const names = (await listFolder(folder, stores)).filter(({ isFile, name }) => isFile && wanted.test(name));
  if (!names.length)
    throw new CirrusError("E_SOURCE_NOT_FOUND", `no object in ${folder} is named ${pattern}`, { context });
  return names.map(({ name }) => `${folder}/${name}`).sort(compareNaturally);
}

async function expand(wanted: string, { baseFolder, keepsAbsent }: FindOptions): Promise<string[]> {
  const path = resolve(baseFolder, /^file:\/\//i.test(wanted) ? fileURLToPath(wanted) : wanted);
  const there = await stat(path).catch(() => undefined); // what cannot be looked at is told by its reader
  if (there?.isFile()) return [path];
  const context = { path, baseFolder };
  if (there?.isDirectory())
    throw new CirrusError("E_SOURCE_NOT_FOUND", `${path} is a folder, where files are expected`, {
      context,
      hint: `name its files with a glob: "${wanted.replace(/[/\\]$/, "")}/*.tif"`,
    });
  if (!isDynamicPattern(wanted) && keepsAbsent) return [path];
  if (!isDynamicPattern(wanted)) throw new CirrusError("E_SOURCE_NOT_FOUND", `there is no file ${path}`, { context });
  const pattern = sep === "\\" ? wanted.replaceAll("\\", "/") : wanted;
  const matches = await glob(pattern, { cwd: baseFolder, absolute: true, expandDirectories: false });
  if (matches.length > 0) return matches.map((match) => resolve(match)).sort(compareNaturally);
  throw new CirrusError("E_SOURCE_NOT_FOUND", `no file matches ${wanted} in ${baseFolder}`, { context });
}
