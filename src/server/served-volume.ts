/** The volumes that a server shows: each under a name of its own, read-only, and closed in itself. */
import { realpathSync } from "node:fs";
import { readdir, realpath } from "node:fs/promises";
import { sep } from "node:path";
import { CirrusError, codeOf } from "../core/errors.js";
import type { VolumeInfo } from "../formats/precomputed/volume-info.js";
import { checkKey } from "../storage/keys.js";
import { openStore } from "../storage/open.js";
import type { KeyValueStore, StoreOptions } from "../storage/store.js";
import { locate } from "../storage/url.js";
import { openVolume, requireInfo } from "../volume/open-volume.js";

export interface ServedVolume {
  /** Part of URLs: letters, digits, `.`, `_` and `-`. */
  readonly name: string;
  /** Normalised. */
  readonly url: string;
  readonly store: KeyValueStore;
  /** As it is now. @throws CirrusError `E_VOLUME_NOT_FOUND`, `E_VOLUME_INVALID` */
  info(): Promise<VolumeInfo>;
}

/** How long a store may be out of reach before it is said: a person looks at the page. */
const patienceMs = 20_000;

/**
 * @param paths - of volumes; the same one given twice counts once
 * @throws CirrusError `E_VOLUME_NOT_FOUND`, `E_VOLUME_INVALID` and errors of the store, for the first that cannot be shown
 */
export async function openServed(paths: readonly string[], given: StoreOptions = {}): Promise<ServedVolume[]> {
  const options = { retryDeadlineMs: patienceMs, ...given };
  const volumes = new Map<string, ServedVolume>();
  try {
    for (const path of paths) {
      const { url, store } = await openVolume(path, options);
      if (volumes.has(url)) {
        await store.close();
        continue;
      }
      const contained = await containedStore(store);
      const name = freeName(url, new Set([...volumes.values()].map((volume) => volume.name)));
      volumes.set(url, {
        name,
        url,
        store: contained,
        info: async () => (await requireInfo(contained)).info,
      });
    }
    return [...volumes.values()];
  } catch (error) {
    for (const { store } of volumes.values()) await store.close();
    throw error;
  }
}

/** The last part of the URL, with a number behind it where it is taken. */
function freeName(url: string, taken: ReadonlySet<string>): string {
  const last = decodeURIComponent(url.split("/").at(-1) ?? "");
  const base = last.replace(/[^\w.-]+/g, "_").replace(/^\.+/, "") || "volume";
  let name = base;
  for (let number = 2; taken.has(name); number++) name = `${base}-${number}`;
  return name;
}

/**
 * A folder's store without what symbolic links in it show of the rest of the disk. The volume's own folder may be reached by one.
 * Stores without links come back as they are.
 */
async function containedStore(store: KeyValueStore): Promise<KeyValueStore> {
  const { scheme, path } = locate(store.url);
  if (scheme !== "file") return store;
  const root = await realpath(path);
  const isInside = (key: string): boolean => {
    checkKey(key);
    try {
      // At once: a thread switch would take a fifth of the server's time.
      return realpathSync.native(`${path}/${key}`).startsWith(root + sep);
    } catch (error) {
      const code = codeOf(error);
      if (code !== undefined && noSuchFile.has(code)) return false;
      if (code === "EACCES" || code === "EPERM")
        throw new CirrusError("E_STORE_DENIED", `${key} of ${store.url} may not be read (${code})`, { cause: error });
      throw error;
    }
  };
  return {
    url: store.url,
    get: async (key) => (isInside(key) ? store.get(key) : undefined),
    getRange: async (key, range) => (isInside(key) ? store.getRange(key, range) : undefined),
    stat: async (key) => (isInside(key) ? store.stat(key) : undefined),
    list: (prefix) => store.list(prefix),
    listNames: (folder) => store.listNames(folder),
    close: () => store.close(),
  };
}

const noSuchFile: ReadonlySet<string> = new Set(["ENOENT", "ENOTDIR", "ELOOP", "ENAMETOOLONG", "EINVAL"]);

/**
 * Paths of the volumes in a folder: itself, else those right below it, by name.
 *
 * @throws errors of the store
 */
export async function volumesIn(folder: string, options: StoreOptions = {}): Promise<string[]> {
  if (await isVolume(folder, options)) return [folder];
  const entries = await readdir(folder, { withFileTypes: true });
  const inner = entries
    .filter((entry) => entry.isDirectory() && !entry.name.startsWith("."))
    .map(({ name }) => `${folder}/${name}`)
    .sort();
  const found: string[] = [];
  for (const path of inner) if (await isVolume(path, options)) found.push(path);
  return found;
}

async function isVolume(path: string, options: StoreOptions): Promise<boolean> {
  const store = await openStore(path, options);
  try {
    return (await store.stat("info")) !== undefined;
  } finally {
    await store.close();
  }
}
