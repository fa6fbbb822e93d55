/** What names and sizes of image files tell where the peer's form leaves a choice. */
import type { StoreOptions } from "../../storage/store.js";
import { openByteSource } from "../../tiles/byte-source.js";
import { childOf, listIfThere } from "../../tiles/folder.js";
import { readImageHeader } from "../../tiles/images/read-image-header.js";
import { namePattern } from "../../tiles/stack/name-pattern.js";
import { patternOf, rootOf, type Case, type PeerSource } from "./peer-params.js";
import type { PeerConfig } from "./read-peer.js";

/** Crop by the size of the images, which is never guessed silently. */
export async function zStack({ config, read, cwd, stores }: Case): Promise<PeerSource> {
  const params = { root: rootOf(config, read, cwd), pattern: patternOf(read) };
  const fills = read.isTrue("fail_gracefully");
  const [width, height] = config.unit;
  const { x, y, z: sections } = config.extent;
  const pattern = namePattern(params.pattern);
  const common = { plugin: "z-stack", hasTimes: false, ...(fills ? { fills: "missing and corrupt" as const } : {}) };
  if (pattern.hasTiles)
    return {
      ...common,
      params: { ...params, tileSize: [width, height] },
      notes: ["a file is a tile: the pattern has <x> or <y>"],
    };
  const size = await firstSize(params.root, { pattern, stores }, sections);
  if (!size)
    return { ...common, params, notes: ["no file of the extent is there yet: each is taken for a whole section"] };
  const [w, h] = size;
  const is = (a: number, b: number): boolean => w === a && h === b;
  if (is(x[1] - x[0], y[1] - y[0]) && (x[0] > 0 || y[0] > 0) && !(w >= x[1] && h >= y[1]))
    return {
      ...common,
      params,
      shift: [x[0], y[0], 0],
      notes: [`the images are as large as the extent (${w} x ${h}): their first pixel is voxel ${x[0]}, ${y[0]}`],
    };
  if (w >= x[1] && h >= y[1])
    return { ...common, params, notes: [`the images (${w} x ${h}) are whole sections: the extent is cut out of them`] };
  read.problem(
    `/ingest_job/extent: the images are ${w} x ${h} pixels, which is neither the extent (${x[1] - x[0]} x ${y[1] - y[0]}) nor reaches its end (${x[1]}, ${y[1]})` +
      (is(width, height) ? "; a pattern of one file per tile has <x> and <y>" : ""),
  );
  return { ...common, params, notes: [] };
}

/** Width and height of the first file of the extent that is there. */
async function firstSize(
  root: string,
  { pattern, stores }: { readonly pattern: ReturnType<typeof namePattern>; readonly stores: StoreOptions },
  [from, to]: readonly [number, number],
): Promise<readonly [number, number] | undefined> {
  for (let section = from; section < Math.min(to, from + 50); section++) {
    const name = pattern.name({ x: 0, y: 0, z: section });
    if (name === undefined) continue;
    const url = childOf(root, name);
    const header = await readImageHeader(openByteSource(url, stores), url).catch(() => undefined); // a damaged one is told by the probe
    if (header) return [header.widthPx, header.heightPx];
  }
  return undefined;
}

/** CATMAID has the section's folder first, the ingest client the zoom level's: by which of the two is there. */
export async function isZFirst(
  root: string,
  { resolution, extent }: PeerConfig,
  stores: StoreOptions,
): Promise<boolean> {
  const isFolder = async (...names: readonly (string | number)[]): Promise<boolean> =>
    (await listIfThere(childOf(root, ...names.map(String)), stores)).length > 0;
  for (let section = extent.z[0]; section < Math.min(extent.z[1], extent.z[0] + 50); section++) {
    if (section === resolution) continue; // the same folder either way
    if (await isFolder(resolution, section)) return false;
    if (await isFolder(section, resolution)) return true;
  }
  return false;
}
