/** The pages of a TIFF file as a person means them: without thumbnails, with the planes that ImageJ keeps behind one directory. */
import { CirrusError } from "../../core/errors.js";
import type { ByteSource } from "../byte-source.js";
import { bytesPerVoxel } from "../../core/data-type.js";
import { readDirectories, readNumber, readNumbers, readText, type Directory, type TiffFile } from "./directories.js";
import { readPageForm, tags, type Page } from "./page.js";
import { imageJPlanes } from "./resolution.js";
import { uncompressed } from "./decompress.js";

export interface TiffIndex {
  readonly file: TiffFile;
  /** Directories that are pages: thumbnails and pyramid levels are left out. */
  readonly pages: readonly Directory[];
  readonly pageCount: number;
  /** Planes of an ImageJ stack that has one directory for all of them: page p begins `p * planeBytes` behind the first. */
  readonly planeBytes: number | undefined;
  readonly warnings: readonly string[];
}

/**
 * Reads the directories, no pixels.
 *
 * @param name - of the file, for messages
 * @throws CirrusError `E_TILE_CORRUPT`; `E_SOURCE_UNSUPPORTED` when the file says it holds more planes than can be found
 */
export async function openTiff(source: ByteSource, name: string): Promise<TiffIndex> {
  const file = await readDirectories(source, name);
  const pages: Directory[] = [];
  for (const directory of file.directories) {
    const kind = (await readNumber({ file, directory, source }, tags.newSubfileType)) ?? 0;
    if ((kind & 1) === 0) pages.push(directory);
  }
  const warnings: string[] = [];
  const reduced = file.directories.length - pages.length;
  if (pages.length === 0) throw new CirrusError("E_SOURCE_UNSUPPORTED", `${name} holds thumbnails only`);
  if (reduced > 0) warnings.push(`${name}: ${reduced} pages of reduced resolution are left out`);

  const description = await readText({ file, directory: pages[0]!, source }, tags.description);
  const stated = imageJPlanes(description);
  if (stated === undefined || stated === pages.length)
    return { file, pages, pageCount: pages.length, planeBytes: undefined, warnings };
  if (stated < pages.length) {
    warnings.push(`${name}: its ImageJ description says images=${stated}; all ${pages.length} pages are taken`);
    return { file, pages, pageCount: pages.length, planeBytes: undefined, warnings };
  }
  const planeBytes = await contiguousPlane(file, source, stated);
  if (pages.length > 1 || planeBytes === undefined)
    throw new CirrusError(
      "E_SOURCE_UNSUPPORTED",
      `${name} says images=${stated} in its ImageJ description, but ${pages.length} pages can be found`,
      {
        context: { location: name, stated, found: pages.length },
        hint: "save the stack again, for example as BigTIFF",
      },
    );
  return { file, pages, pageCount: stated, planeBytes, warnings };
}

/** ImageJ writes stacks above 4 GB with one directory, the planes one after another and uncompressed. */
async function contiguousPlane(file: TiffFile, source: ByteSource, planes: number): Promise<number | undefined> {
  const page = { file, source, directory: file.directories[0]! };
  const form = await readPageForm(page, file.name);
  if (form.compression !== uncompressed || form.isTiled || form.isPlanar || !form.dataType) return undefined;
  const planeBytes = form.widthPx * form.heightPx * form.channels * bytesPerVoxel(form.dataType);
  const first = (await readNumbers(page, tags.stripOffsets))[0];
  if (first === undefined) return undefined;
  const end = first + planes * planeBytes;
  // A directory between the "planes" means that other things follow the first one.
  const isInterrupted = page.directory.offset >= first && page.directory.offset < end;
  return end <= file.sizeBytes && !isInterrupted ? planeBytes : undefined;
}

/** @returns undefined when the file has no such page */
export async function pageAt(index: TiffIndex, page: number, source: ByteSource): Promise<Page | undefined> {
  if (!(page >= 0 && page < index.pageCount)) return undefined;
  const { file, planeBytes } = index;
  const name = index.pageCount === 1 ? file.name : `${file.name}, page ${page}`;
  const isShared = planeBytes !== undefined;
  const directory = index.pages[isShared ? 0 : page]!;
  const form = await readPageForm({ file, directory, source }, name);
  if (!isShared) return { file, directory, source, form, name, planeOffset: 0 };
  // A plane is one strip, however many the directory lists for the first.
  const asOneStrip = { ...form, blockHeightPx: form.heightPx };
  return { file, directory, source, form: asOneStrip, name, planeOffset: page * planeBytes };
}
