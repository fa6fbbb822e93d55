/** A tile that is an object of a bucket, or of any other store that the project has a driver for. */
import type { KeyValueStore, StoreOptions } from "../storage/store.js";
import { storeOf } from "./opened-stores.js";

/**
 * A ByteSource (whose module imports this one).
 *
 * @param url - of the object: `gs://bucket/prefix/name.png`
 */
export function storedFile(url: string, options: StoreOptions) {
  const cut = url.lastIndexOf("/");
  const at = async (): Promise<readonly [KeyValueStore, string]> => {
    const { store, prefix } = await storeOf(url.slice(0, cut), options);
    return [store, prefix + url.slice(cut + 1)];
  };
  return {
    sizeBytes: async () => {
      const [store, key] = await at();
      return (await store.stat(key))?.sizeBytes;
    },
    bytes: async () => {
      const [store, key] = await at();
      return (await store.get(key))?.bytes;
    },
    range: async (offset: number, length: number) => {
      const [store, key] = await at();
      return store.getRange(key, { offset, length });
    },
  };
}
