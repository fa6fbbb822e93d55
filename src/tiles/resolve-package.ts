/** The entry file of an installed package as a folder sees it, ES modules included: `require.resolve` cannot find those. */
import { readFile, stat } from "node:fs/promises";
import { dirname, join } from "node:path";

/**
 * @param name - `package`, `@scope/package`, each with an optional `/subpath`
 * @returns undefined when no node_modules above `folder` has it, or it does not export that entry
 */
export async function resolvePackage(name: string, folder: string): Promise<string | undefined> {
  const parsed = /^((?:@[a-z0-9~-][\w.~-]*\/)?[a-z0-9~-][\w.~-]*)(\/.+)?$/i.exec(name);
  if (!parsed) return undefined;
  const [, packageName, subpath] = parsed as unknown as [string, string, string | undefined]; // the groups of the expression
  for (let at = folder; ; at = dirname(at)) {
    const root = join(at, "node_modules", packageName);
    const manifest = await readManifest(join(root, "package.json"));
    if (manifest) return entryOf(root, manifest, subpath);
    if (dirname(at) === at) return undefined;
  }
}

interface Manifest {
  readonly exports?: unknown;
  readonly module?: unknown;
  readonly main?: unknown;
}

async function readManifest(path: string): Promise<Manifest | undefined> {
  try {
    return JSON.parse(await readFile(path, "utf8")) as Manifest; // every member is checked where it is used
  } catch {
    return undefined; // no such package here, or one that nobody could load
  }
}

async function entryOf(root: string, manifest: Manifest, subpath: string | undefined): Promise<string | undefined> {
  const declared =
    manifest.exports === undefined
      ? (subpath?.slice(1) ?? manifest.main ?? "index.js")
      : conditional(exportsAt(manifest.exports, subpath === undefined ? "." : `.${subpath}`));
  if (typeof declared !== "string") return undefined;
  const path = join(root, declared);
  const candidates = [path, `${path}.js`, join(path, "index.js")];
  for (const candidate of candidates) if ((await stat(candidate).catch(() => undefined))?.isFile()) return candidate;
  return undefined;
}

/** `"./x.js"`, `{ import, default }` and arrays are for the package itself; keys with a dot name its entries. */
function exportsAt(declared: unknown, entry: string): unknown {
  if (typeof declared !== "object" || declared === null || Array.isArray(declared))
    return entry === "." ? declared : undefined;
  const hasEntries = Object.keys(declared).some((key) => key.startsWith("."));
  if (hasEntries) return (declared as Record<string, unknown>)[entry];
  return entry === "." ? declared : undefined;
}

/** The first condition that holds for an import by Node, in the order of the package. */
function conditional(target: unknown): unknown {
  if (Array.isArray(target)) return target.map(conditional).find((found) => found !== undefined);
  if (typeof target !== "object" || target === null) return target;
  for (const [condition, inner] of Object.entries(target))
    if (["import", "node", "module-sync", "default"].includes(condition)) return conditional(inner);
  return undefined;
}
