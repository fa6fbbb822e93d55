/** Opens every file of a stack once: how many pages there are, and where section z is. */
import {
  CirrusError,
  findFiles,
  openByteSource,
  openTiff,
  type PathProcessor,
  type PluginContext,
  type StoreOptions,
  type TiffIndex,
} from "cirrus/plugin";
import type { MultipageParams } from "./params.js";

export interface SurveyedFile {
  readonly path: string;
  readonly index: TiffIndex;
  /** Section of its first page. */
  readonly firstZ: number;
}

const filesAtOnce = 16;

export const filesOf = (
  { files, order }: MultipageParams,
  { baseFolder, stores = {} }: PluginContext,
): Promise<string[]> => findFiles(files, { baseFolder, order, stores });

/** @throws CirrusError when a file is gone, damaged, or no TIFF: how many pages it has decides where all later sections are */
export async function surveyFiles(paths: readonly string[], stores: StoreOptions = {}): Promise<SurveyedFile[]> {
  const surveyed: SurveyedFile[] = [];
  let firstZ = 0;
  for (let i = 0; i < paths.length; i += filesAtOnce) {
    const batch = paths.slice(i, i + filesAtOnce);
    const indexes = await Promise.all(batch.map((path) => openIndex(path, stores)));
    batch.forEach((path, j) => {
      const index = indexes[j]!;
      surveyed.push({ path, index, firstZ });
      firstZ += index.pageCount;
    });
  }
  return surveyed;
}

export async function openIndex(path: string, stores: StoreOptions = {}): Promise<TiffIndex> {
  const source = openByteSource(path, stores);
  if ((await source.sizeBytes()) === undefined)
    throw new CirrusError("E_SOURCE_NOT_FOUND", `there is no file ${path}`, { context: { path } });
  return openTiff(source, path);
}

/** All pages of all files, one after another. */
export const sectionsOf =
  (files: readonly SurveyedFile[]): PathProcessor =>
  ({ column, row, z, t = 0 }) => {
    if (column !== 0 || row !== 0 || t !== 0 || z < 0) return undefined;
    // The last file that begins at or before z.
    let [low, high] = [0, files.length];
    while (high - low > 1) {
      const middle = (low + high) >> 1;
      if (files[middle]!.firstZ <= z) low = middle;
      else high = middle;
    }
    const file = files[low];
    if (!file || z >= file.firstZ + file.index.pageCount) return undefined;
    return { url: file.path, page: z - file.firstZ };
  };

/** One file per section; `chosen` is the time of this job. */
export const timesOf =
  (paths: readonly string[], chosen: number, firstSection: number): PathProcessor =>
  ({ column, row, z, t = chosen }) => {
    const path = paths[z - firstSection];
    return path === undefined || column !== 0 || row !== 0 ? undefined : { url: path, page: t };
  };
