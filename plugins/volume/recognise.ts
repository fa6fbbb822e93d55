/** A folder with an info file, or with Zarr metadata. */
import { stat } from "node:fs/promises";
import { join } from "node:path";

const marks = { info: "precomputed", "zarr.json": "zarr", ".zarray": "zarr", ".zgroup": "zarr" } as const;

export async function recogniseVolume(
  paths: readonly string[],
): Promise<Readonly<Record<string, unknown>> | undefined> {
  const [path] = paths;
  if (path === undefined || paths.length !== 1) return undefined;
  for (const [name, format] of Object.entries(marks)) {
    const found = await stat(join(path, name)).catch(() => undefined); // what is not there, or no folder, is no volume
    if (found?.isFile()) return { path, format };
  }
  return undefined;
}
