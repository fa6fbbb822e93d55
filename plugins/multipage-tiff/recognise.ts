/** Guesses the params of a TIFF stack from files or a folder, for `cirrus init`. */
import { basename, dirname, extname } from "node:path";
import {
  childOf,
  hyperstackOf,
  isPlainPath,
  listIfThere,
  openByteSource,
  openTiff,
  pageAt,
  patternIn,
  readDescription,
  type PluginContext,
  type StoreOptions,
} from "cirrus/plugin";

const isTiff = (name: string): boolean => /\.tiff?$/i.test(name) && !basename(name).startsWith(".");

/** @param paths - TIFF files, or one folder of them */
export async function recogniseStack(
  paths: readonly string[],
  { stores = {} }: Pick<PluginContext, "stores"> = {},
): Promise<Readonly<Record<string, unknown>> | undefined> {
  const [first] = paths;
  if (first === undefined || patternIn(first)) return undefined;
  const rest = { order: "natural", layout: await layoutOf(paths, stores) };
  if (paths.every(isTiff))
    return { files: (await asGlob(paths, stores)) ?? (paths.length === 1 ? first : [...paths]), ...rest };
  if (paths.length > 1) return undefined;
  const names = (await namesIn(first, stores)).filter(isTiff).map((name) => childOf(first, name));
  return names.length === 0 ? undefined : { files: (await asGlob(names, stores)) ?? names, ...rest };
}

/** By what the first file's metadata say. */
async function layoutOf(paths: readonly string[], stores: StoreOptions): Promise<"pages-are-sections" | "hyperstack"> {
  const [first] = paths as [string];
  const path = isTiff(first) ? first : childOf(first, (await namesIn(first, stores)).filter(isTiff).sort()[0] ?? "");
  const source = openByteSource(path, stores);
  if (!isTiff(path) || (await source.sizeBytes()) === undefined) return "pages-are-sections";
  // A damaged file is told by the probe.
  const page = await openTiff(source, path).then(
    (index) => pageAt(index, 0, source),
    () => undefined,
  );
  if (!page) return "pages-are-sections";
  const { channels, sections, times } = hyperstackOf(await readDescription(page));
  const perPage = channels % page.form.channels === 0 ? channels / page.form.channels : channels;
  return perPage > 1 || (sections > 1 && times > 1) ? "hyperstack" : "pages-are-sections";
}

/** `folder/*.tif` when the files are all of that kind in one folder: a config with 5,000 names helps nobody. */
async function asGlob(paths: readonly string[], stores: StoreOptions): Promise<string | undefined> {
  if (paths.length < 2) return undefined;
  const folder = dirname(paths[0]!);
  const extension = extname(paths[0]!);
  if (!isPlainPath(folder) || paths.some((path) => dirname(path) !== folder || extname(path) !== extension))
    return undefined;
  const alike = (await namesIn(folder, stores)).filter((name) => extname(name) === extension && !name.startsWith("."));
  return alike.length === new Set(paths).size ? `${folder}/*${extension}` : undefined;
}

/** Nothing for what is no folder: then this is no such stack. */
const namesIn = async (folder: string, stores: StoreOptions): Promise<string[]> =>
  (await listIfThere(folder, stores)).map(({ name }) => name);
