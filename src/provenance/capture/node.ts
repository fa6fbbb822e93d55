/**
 * The Node environment: which packages, in which versions, cirrus runs on here.
 *
 * Reads are synchronous: some 300 small files took 125 to 165 ms of CPU time with a promise each.
 */
import { readFileSync } from "node:fs";
import { dirname, join } from "node:path";
import { packageRoot, type PackageManifest } from "../agent.js";
import type { NodeFacts, PackageVersion } from "../model/code-env.js";

/** Dependencies of dependencies too, optional ones where they are installed; what the lock file of the user resolved. */
export async function captureNode(): Promise<NodeFacts> {
  const root = await packageRoot();
  const manifests = new Manifests();
  const manifest = manifests.of(root);
  const found = new Map<string, PackageVersion>();
  const open = [{ folder: root, manifest: manifest ?? {} }];
  for (let from = open.pop(); from; from = open.pop())
    for (const name of Object.keys({ ...from.manifest.dependencies, ...from.manifest.optionalDependencies })) {
      const installed = manifests.resolve(from.folder, name);
      if (!installed || found.has(installed.folder)) continue;
      found.set(installed.folder, [name, installed.manifest.version ?? "unknown"]);
      open.push(installed);
    }
  const packages = [...found.values()].sort((a, b) => (a.join("@") < b.join("@") ? -1 : 1));
  return { nodeVersion: process.version, cirrusVersion: manifest?.version ?? "unknown", packages };
}

interface Installed {
  readonly folder: string;
  readonly manifest: PackageManifest;
}

/** Each file is looked for once: many packages ask for the same ones. */
class Manifests {
  readonly #known = new Map<string, PackageManifest | undefined>();

  of(folder: string): PackageManifest | undefined {
    if (!this.#known.has(folder)) this.#known.set(folder, read(join(folder, "package.json")));
    return this.#known.get(folder);
  }

  /** As Node does: the nearest node_modules above that has it. */
  resolve(from: string, name: string): Installed | undefined {
    for (let above = from; ; above = dirname(above)) {
      const folder = join(above, "node_modules", name);
      const manifest = this.of(folder);
      if (manifest) return { folder, manifest };
      if (dirname(above) === above) return undefined;
    }
  }
}

/** undefined where there is none that can be read. */
function read(path: string): PackageManifest | undefined {
  try {
    return JSON.parse(readFileSync(path, "utf8")) as PackageManifest; // npm has checked these fields when it installed the package
  } catch {
    return undefined;
  }
}
