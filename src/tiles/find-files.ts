/** The files that a path, a list of paths or a glob means, in the order in which people number them. */
import { stat } from "node:fs/promises";
import { resolve, sep } from "node:path";
import { fileURLToPath } from "node:url";
import { glob, isDynamicPattern } from "tinyglobby";
import { CirrusError } from "../core/errors.js";
import { compareNaturally } from "./natural-order.js";

export interface FindOptions {
  /** What relative paths and patterns are relative to. */
  readonly baseFolder: string;
  /** `natural`: slice2 before slice10, whatever the order given. `listed`: as given; the files of one glob are natural among themselves. */
  readonly order: "natural" | "listed";
}

/**
 * @param wanted - paths, `file://` URLs and globs (`*`, `**`, `?`, `[ab]`, `{a,b}`); a name that exists is never taken for a glob
 * @returns absolute paths, each once
 * @throws CirrusError `E_SOURCE_NOT_FOUND` for each of `wanted` that means no file
 */
export async function findFiles(wanted: string | readonly string[], options: FindOptions): Promise<string[]> {
  const found = new Set<string>();
  for (const one of typeof wanted === "string" ? [wanted] : wanted)
    for (const path of await expand(one, options.baseFolder)) found.add(path);
  return options.order === "listed" ? [...found] : [...found].sort(compareNaturally);
}

/** True for a path that holds no letter that globs give a meaning to. */
export const isPlainPath = (path: string): boolean => !isDynamicPattern(path);

async function expand(wanted: string, baseFolder: string): Promise<string[]> {
  const path = resolve(baseFolder, /^file:\/\//i.test(wanted) ? fileURLToPath(wanted) : wanted);
  const there = await stat(path).catch(() => undefined); // what cannot be looked at is told by its reader
  if (there?.isFile()) return [path];
  const context = { path, baseFolder };
  if (there?.isDirectory())
    throw new CirrusError("E_SOURCE_NOT_FOUND", `${path} is a folder, where files are expected`, {
      context,
      hint: `name its files with a glob: "${wanted.replace(/[/\\]$/, "")}/*.tif"`,
    });
  if (!isDynamicPattern(wanted)) throw new CirrusError("E_SOURCE_NOT_FOUND", `there is no file ${path}`, { context });
  const pattern = sep === "\\" ? wanted.replaceAll("\\", "/") : wanted;
  const matches = await glob(pattern, { cwd: baseFolder, absolute: true, expandDirectories: false });
  if (matches.length > 0) return matches.map((match) => resolve(match)).sort(compareNaturally);
  throw new CirrusError("E_SOURCE_NOT_FOUND", `no file matches ${wanted} in ${baseFolder}`, { context });
}
