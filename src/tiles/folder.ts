/** Names in a folder of the disk or of a store. Web servers list nothing. */
import { readdir } from "node:fs/promises";
import { dirname, join } from "node:path";
import { CirrusError, codeOf } from "../core/errors.js";
import type { StoreOptions } from "../storage/store.js";
import { isRemoteUrl } from "./byte-source.js";
import { storeOf } from "./opened-stores.js";

export interface FolderEntry {
  readonly name: string;
  /** A link on a disk may be either. */
  readonly isFile: boolean;
  readonly isFolder: boolean;
}

/** False for web servers: what is there must be stated. */
export const canList = (folder: string): boolean => !/^https?:\/\//i.test(folder);

/** @param folder - absolute path, or URL without a slash at its end */
export const childOf = (folder: string, ...names: readonly string[]): string =>
  isRemoteUrl(folder) ? [folder, ...names].join("/") : join(folder, ...names);

/**
 * @param folder - absolute path, or URL of a store that `canList`
 * @returns what is right in it, in no order
 * @throws CirrusError `E_SOURCE_NOT_FOUND` where nothing is (buckets have no empty folders), `E_SOURCE_UNREADABLE`, errors of the store
 */
export async function listFolder(folder: string, stores: StoreOptions = {}): Promise<FolderEntry[]> {
  return isRemoteUrl(folder) ? listStored(folder, stores) : listLocal(folder);
}

/** As `listFolder`; nothing for what is no folder. */
export const listIfThere = (folder: string, stores: StoreOptions = {}): Promise<FolderEntry[]> =>
  canList(folder) ? listFolder(folder, stores).catch(() => []) : Promise.resolve([]);

const foldersAtOnce = 32;

/**
 * Which of these are there; each folder is listed once. What web servers hold is taken to be there: the tasks find out.
 *
 * @param urls - absolute paths and URLs of files
 */
export async function presentFiles(urls: Iterable<string>, stores: StoreOptions = {}): Promise<ReadonlySet<string>> {
  const wanted = [...urls];
  const there = new Set(wanted.filter((url) => !canList(url)));
  const folders = [...new Set(wanted.filter(canList).map(folderOf))];
  for (let i = 0; i < folders.length; i += foldersAtOnce)
    await Promise.all(
      folders.slice(i, i + foldersAtOnce).map(async (folder) => {
        for (const { name, isFile } of await listIfThere(folder, stores)) if (isFile) there.add(childOf(folder, name));
      }),
    );
  return new Set(wanted.filter((url) => there.has(url)));
}

/** Of a path or a URL. */
export const folderOf = (url: string): string => (isRemoteUrl(url) ? url.slice(0, url.lastIndexOf("/")) : dirname(url));

async function listLocal(folder: string): Promise<FolderEntry[]> {
  try {
    const entries = await readdir(folder, { withFileTypes: true });
    return entries.map((entry) => ({ name: entry.name, isFile: !entry.isDirectory(), isFolder: !entry.isFile() }));
  } catch (cause) {
    const code = codeOf(cause);
    const isAbsent = code === "ENOENT" || code === "ENOTDIR";
    throw new CirrusError(
      isAbsent ? "E_SOURCE_NOT_FOUND" : "E_SOURCE_UNREADABLE",
      isAbsent ? `there is no folder ${folder}` : `cannot list ${folder}: ${code ?? "unknown error"}`,
      { context: { folder }, cause },
    );
  }
}

async function listStored(folder: string, stores: StoreOptions): Promise<FolderEntry[]> {
  const { store, prefix } = await storeOf(folder, stores);
  const found: FolderEntry[] = [];
  for await (const name of store.listNames(prefix))
    found.push({ name: name.replace(/\/$/, ""), isFile: !name.endsWith("/"), isFolder: name.endsWith("/") });
  if (found.length) return found;
  throw new CirrusError("E_SOURCE_NOT_FOUND", `there is nothing in ${folder}`, { context: { folder } });
}
