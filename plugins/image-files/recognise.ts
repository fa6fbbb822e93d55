/** Guesses the params from files, or a folder of them, for `cirrus init`. */
import { basename, dirname, extname } from "node:path";
import { childOf, isPlainPath, listIfThere, patternIn, type PluginContext } from "cirrus/plugin";

type Stores = NonNullable<PluginContext["stores"]>;

const isImage = (name: string): boolean => /\.(png|jpe?g)$/i.test(name) && !basename(name).startsWith(".");

/** @param paths - image files, or one folder of them. TIFF files are multipage-tiff's, which looks at their pages */
export async function recogniseFiles(
  paths: readonly string[],
  { stores = {} }: Pick<PluginContext, "stores"> = {},
): Promise<Readonly<Record<string, unknown>> | undefined> {
  const [first] = paths;
  if (first === undefined || patternIn(first)) return undefined;
  if (paths.every(isImage)) return { files: (await asGlob(paths, stores)) ?? [...paths] };
  if (paths.length > 1) return undefined;
  const names = (await namesIn(first, stores)).filter(isImage).map((name) => childOf(first, name));
  return names.length === 0 ? undefined : { files: (await asGlob(names, stores)) ?? names };
}

/** `folder/*.png` when the files are all of that kind in one folder: a config with 5,000 names helps nobody. */
async function asGlob(paths: readonly string[], stores: Stores): Promise<string | undefined> {
  const folder = dirname(paths[0]!);
  const extension = extname(paths[0]!);
  if (paths.length < 2 || !isPlainPath(folder)) return undefined;
  if (paths.some((path) => dirname(path) !== folder || extname(path) !== extension)) return undefined;
  const alike = (await namesIn(folder, stores)).filter((name) => extname(name) === extension && !name.startsWith("."));
  return alike.length === new Set(paths).size ? `${folder}/*${extension}` : undefined;
}

/** Nothing for what is no folder: then this is no such stack. */
const namesIn = async (folder: string, stores: Stores): Promise<string[]> =>
  (await listIfThere(folder, stores)).map(({ name }) => name);
