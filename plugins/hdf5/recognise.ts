/** Guesses the params of one HDF5 file, of one per section whose names are marked, or of a folder of boxes, for `cirrus init`. */
import {
  canList,
  childOf,
  listIfThere,
  namePattern,
  openByteSource,
  patternIn,
  type PluginContext,
} from "cirrus/plugin";
import { Hdf5Files } from "./hdf5-file.js";

const isHdf5 = (name: string): boolean => /\.(h5|hdf5?|he5)$/i.test(name);

/** The dataset when there is only one, else the first that could be an image. */
export async function recognise(
  paths: readonly string[],
  { stores = {} }: Pick<PluginContext, "stores"> = {},
): Promise<Readonly<Record<string, unknown>> | undefined> {
  const [path] = paths;
  if (path === undefined || paths.length !== 1) return undefined;
  const files = new Hdf5Files(stores);
  try {
    if (!isHdf5(path)) return canList(path) ? await boxesIn(files, path, stores) : undefined;
    const marked = patternIn(path);
    if (!marked) {
      if (canList(path) && (await openByteSource(path, stores).sizeBytes()) === undefined) return undefined;
      const dataset = await imageIn(files, path);
      return dataset && { file: path, ...dataset };
    }
    const { root, pattern } = marked;
    const isSection = namePattern(pattern);
    const first = (await listIfThere(root, stores)).find(({ name }) => isSection.parse(name));
    const dataset = first && (await imageIn(files, childOf(root, first.name)));
    return dataset && { layout: "sections", root, pattern, ...dataset };
  } finally {
    await files.close();
  }
}

/** `<prefix>_<x0>-<x1>_<y0>-<y1>_<z0>-<z1>.<extension>` */
const boxName = /^(.+)_(-?\d+)-(-?\d+)_(-?\d+)-(-?\d+)_(-?\d+)-(-?\d+)\.([^.]+)$/;

/** A folder of one file per box: the first file's dataset tells whether the ends in the names are the last voxel or the one behind it. */
async function boxesIn(
  files: Hdf5Files,
  root: string,
  stores: NonNullable<PluginContext["stores"]>,
): Promise<Readonly<Record<string, unknown>> | undefined> {
  const found = (await listIfThere(root, stores))
    .map(({ name }) => name)
    .find((one) => isHdf5(one) && boxName.test(one));
  const [name, prefix, ...rest] = (found && boxName.exec(found)) || [];
  if (name === undefined) return undefined;
  const extension = rest.pop();
  const [x0, x1, y0, y1, z0, z1] = rest.map(Number) as [number, number, number, number, number, number]; // the six of the pattern
  const path = childOf(root, name);
  const image = await imageIn(files, path);
  if (image?.axes !== "zyx") return undefined;
  const size = [...(await files.dataset(path, image.dataset)).shape].reverse().map(Number);
  const named = [x1 - x0, y1 - y0, z1 - z0];
  const last = size.every((n, i) => n === named[i]! + 1) ? 1 : 0;
  if (!last && !size.every((n, i) => n === named[i])) return undefined;
  const offset = [x0, y0, z0].map((start, i) => ((start % size[i]!) + size[i]!) % size[i]!);
  const chunks = { prefix, extension, size, ...(offset.some(Boolean) ? { offset } : {}) };
  return { layout: "chunks", root, chunks: { ...chunks, ...(last ? { lastIsInclusive: true } : {}) }, ...image };
}

async function imageIn(
  files: Hdf5Files,
  path: string,
): Promise<{ readonly dataset: string; readonly axes: string } | undefined> {
  for (const dataset of await files.names(path)) {
    const opened = await files.dataset(path, dataset).catch(() => undefined); // one that cannot be read is not the one
    const axes = opened && ({ 2: "yx", 3: "zyx", 4: "czyx" } as Record<number, string>)[opened.shape.length];
    if (axes) return { dataset, axes };
  }
  return undefined;
}
