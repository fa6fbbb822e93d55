/** Stores that sources are read from, by bucket: clients are expensive, folders and tiles are many. They live as long as the process. */
import { openStore } from "../storage/open.js";
import type { KeyValueStore, StoreOptions } from "../storage/store.js";
import { locate } from "../storage/url.js";

const stores = new Map<string, Promise<KeyValueStore>>();

export interface StoredPlace {
  readonly store: KeyValueStore;
  /** What keys of the folder begin with: "" for a bucket, else it ends with a slash. */
  readonly prefix: string;
}

/** @param url - of a folder: `gs://bucket/prefix` */
export async function storeOf(url: string, options: StoreOptions): Promise<StoredPlace> {
  const { scheme, bucket, path } = locate(url);
  const root = `${scheme}://${bucket}`;
  const place = `${options.endpoint ?? ""} ${options.s3Endpoint ?? ""} ${root}`;
  let opened = stores.get(place);
  if (!opened) stores.set(place, (opened = openStore(root, options)));
  return { store: await opened, prefix: path === "" ? "" : `${path}/` };
}
