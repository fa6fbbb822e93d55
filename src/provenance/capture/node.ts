/** The Node environment: which packages, in which versions, cirrus runs on here. */
import { dirname, join } from "node:path";
import { packageRoot, readManifest, type PackageManifest } from "../agent.js";
import type { NodeFacts, PackageVersion } from "../model/code-env.js";

/** Dependencies of dependencies too, optional ones where they are installed; what the lock file of the user resolved. */
export async function captureNode(): Promise<NodeFacts> {
  const root = await packageRoot();
  const manifest = await readManifest(root);
  const found = new Map<string, PackageVersion>();
  await collect(root, manifest ?? {}, found);
  const packages = [...found.values()].sort((a, b) => (a.join("@") < b.join("@") ? -1 : 1));
  return { nodeVersion: process.version, cirrusVersion: manifest?.version ?? "unknown", packages };
}

async function collect(folder: string, manifest: PackageManifest, found: Map<string, PackageVersion>): Promise<void> {
  const names = Object.keys({ ...manifest.dependencies, ...manifest.optionalDependencies });
  await Promise.all(
    names.map(async (name) => {
      const installed = await resolve(folder, name);
      if (!installed || found.has(installed.folder)) return;
      found.set(installed.folder, [name, installed.manifest.version ?? "unknown"]);
      await collect(installed.folder, installed.manifest, found);
    }),
  );
}

interface Installed {
  readonly folder: string;
  readonly manifest: PackageManifest;
}

/** As Node does: the nearest node_modules above that has it. */
async function resolve(from: string, name: string): Promise<Installed | undefined> {
  for (let above = from; ; above = dirname(above)) {
    const folder = join(above, "node_modules", name);
    const manifest = await readManifest(folder);
    if (manifest) return { folder, manifest };
    if (dirname(above) === above) return undefined;
  }
}
