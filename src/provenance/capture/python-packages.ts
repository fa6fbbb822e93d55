/** Python packages as they are installed in an environment; nothing of it is run. */
import { readdir, readFile } from "node:fs/promises";
import { join } from "node:path";
import type { PackageVersion } from "../model/code-env.js";

/**
 * @param prefix - of the environment: a venv, a conda prefix
 * @returns sorted by name; undefined when there is no Python environment
 */
export async function pythonPackages(prefix: string): Promise<PackageVersion[] | undefined> {
  const folders = await sitePackages(prefix);
  if (!folders.length) return undefined;
  const found = (await Promise.all(folders.map(packagesIn))).flat();
  return found.sort((a, b) => (a.join("@").toLowerCase() < b.join("@").toLowerCase() ? -1 : 1));
}

/** `lib/python3.11/site-packages`, or `Lib/site-packages` on Windows. */
async function sitePackages(prefix: string): Promise<string[]> {
  const versions = (await namesIn(join(prefix, "lib"))).filter((name) => /^python\d/.test(name));
  const candidates = [
    ...versions.map((version) => join(prefix, "lib", version, "site-packages")),
    join(prefix, "Lib", "site-packages"),
  ];
  const isThere = await Promise.all(candidates.map(async (folder) => (await namesIn(folder)).length > 0));
  return candidates.filter((_, i) => isThere[i]);
}

async function packagesIn(folder: string): Promise<PackageVersion[]> {
  const names = await namesIn(folder);
  const records = names.flatMap((name) => {
    if (name.endsWith(".dist-info")) return [join(folder, name, "METADATA")];
    return name.endsWith(".egg-info") ? [join(folder, name, "PKG-INFO"), join(folder, name)] : [];
  });
  const read = await Promise.all(records.map((path) => readFile(path, "utf8").catch(() => "")));
  return read.flatMap((text): PackageVersion[] => {
    const field = (name: string): string | undefined => new RegExp(`^${name}: *(.+)$`, "m").exec(text)?.[1]?.trim();
    const [name, version] = [field("Name"), field("Version")];
    return name && version ? [[name, version]] : [];
  });
}

const namesIn = (folder: string): Promise<string[]> => readdir(folder).catch(() => []);
