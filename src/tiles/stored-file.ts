/** A tile that is an object of a bucket, or of any other store that the project has a driver for. */
import { openStore } from "../storage/open.js";
import type { KeyValueStore, StoreOptions } from "../storage/store.js";

/** By folder: clients are expensive, tiles are many. They live as long as the process. */
const stores = new Map<string, Promise<KeyValueStore>>();

/**
 * A ByteSource (whose module imports this one).
 *
 * @param url - of the object: `gs://bucket/prefix/name.png`
 */
export function storedFile(url: string, options: StoreOptions) {
  const cut = url.lastIndexOf("/");
  const [folder, key] = [url.slice(0, cut), url.slice(cut + 1)];
  const store = (): Promise<KeyValueStore> => {
    const place = `${options.endpoint ?? ""} ${folder}`;
    let opened = stores.get(place);
    if (!opened) stores.set(place, (opened = openStore(folder, options)));
    return opened;
  };
  return {
    sizeBytes: async () => (await (await store()).stat(key))?.sizeBytes,
    bytes: async () => (await (await store()).get(key))?.bytes,
    range: async (offset: number, length: number) => (await store()).getRange(key, { offset, length }),
  };
}
