/** The software that writes the records: this package. */
import { readFile } from "node:fs/promises";
import { dirname, join } from "node:path";
import { fileURLToPath } from "node:url";

export interface Agent {
  readonly name: string;
  readonly version: string;
}

/** Folder of cirrus's own package.json, also when installed. */
export async function packageRoot(): Promise<string> {
  for (let folder = dirname(fileURLToPath(import.meta.url)); ; folder = dirname(folder)) {
    const manifest = await readManifest(folder);
    if (manifest?.name === "cirrus") return folder;
    if (dirname(folder) === folder)
      throw new Error("cirrus runs outside of its package: there is no package.json above it");
  }
}

export async function ownAgent(): Promise<Agent> {
  const manifest = await readManifest(await packageRoot());
  return { name: "cirrus", version: manifest?.version ?? "unknown" };
}

export interface PackageManifest {
  readonly name?: string;
  readonly version?: string;
  readonly dependencies?: Readonly<Record<string, string>>;
  readonly optionalDependencies?: Readonly<Record<string, string>>;
}

/** undefined where there is none that can be read. */
export async function readManifest(folder: string): Promise<PackageManifest | undefined> {
  try {
    // npm has checked these fields when it installed the package.
    return JSON.parse(await readFile(join(folder, "package.json"), "utf8")) as PackageManifest;
  } catch {
    return undefined;
  }
}
