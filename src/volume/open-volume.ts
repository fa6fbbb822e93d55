/** A volume for reading: its info and its store. Reading needs no ceremony and looks at no provenance. */
import { CirrusError } from "../core/errors.js";
import { infoKey, parseInfo } from "../formats/precomputed/info.js";
import type { VolumeInfo } from "../formats/precomputed/volume-info.js";
import { openStore } from "../storage/open.js";
import type { KeyValueStore, StoreOptions } from "../storage/store.js";
import { unpackObject } from "./content-encoding.js";

export interface StoredInfo {
  readonly info: VolumeInfo;
  /** The document as it is stored. */
  readonly text: Uint8Array;
  readonly version: string;
}

export interface OpenVolume {
  /** Normalised. */
  readonly url: string;
  readonly store: KeyValueStore;
  readonly info: VolumeInfo;
  close(): Promise<void>;
}

/**
 * @param path - a path or URL, a peer's spelling too
 * @throws CirrusError `E_VOLUME_NOT_FOUND`, `E_VOLUME_INVALID`; errors of the store
 */
export async function openVolume(path: string, options: StoreOptions = {}): Promise<OpenVolume> {
  const store = await openStore(path, options);
  try {
    const { info } = await requireInfo(store);
    return { url: store.url, store, info, close: () => store.close() };
  } catch (error) {
    await store.close();
    throw error;
  }
}

/** Far more than a thousand scales need. */
const mostInfoBytes = 64 * 2 ** 20;

/**
 * @returns undefined when there is no info
 * @throws CirrusError `E_VOLUME_INVALID`
 */
export async function readInfo(store: KeyValueStore): Promise<StoredInfo | undefined> {
  const object = await store.get(infoKey);
  if (!object) return undefined;
  const text = await unpackObject(object, { mostBytes: mostInfoBytes, key: infoKey });
  return { info: parseInfo(text, `${store.url}/${infoKey}`), text, version: object.version };
}

/** @throws CirrusError `E_VOLUME_NOT_FOUND`, `E_VOLUME_INVALID` */
export async function requireInfo(store: KeyValueStore): Promise<StoredInfo> {
  const found = await readInfo(store);
  if (found) return found;
  throw new CirrusError("E_VOLUME_NOT_FOUND", `there is no volume at ${store.url}: it has no info file`);
}
