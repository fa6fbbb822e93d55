/** A folder with an info file, or with Zarr metadata. */
import { childOf, openByteSource, type PluginContext } from "cirrus/plugin";

const marks = { info: "precomputed", "zarr.json": "zarr", ".zarray": "zarr", ".zgroup": "zarr" } as const;

export async function recogniseVolume(
  paths: readonly string[],
  { stores = {} }: Pick<PluginContext, "stores"> = {},
): Promise<Readonly<Record<string, unknown>> | undefined> {
  const [path] = paths;
  if (path === undefined || paths.length !== 1) return undefined;
  for (const [name, format] of Object.entries(marks)) {
    // What is not there, or no folder, is no volume.
    const size = await openByteSource(childOf(path.replace(/\/+$/, ""), name), stores)
      .sizeBytes()
      .catch(() => undefined);
    if (size !== undefined) return { path, format };
  }
  return undefined;
}
