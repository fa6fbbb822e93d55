/** Guesses the params of one HDF5 file, or of one per section whose names are marked, for `cirrus init`. */
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
  if (path === undefined || paths.length !== 1 || !isHdf5(path)) return undefined;
  const files = new Hdf5Files(stores);
  try {
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
