/** Which chunks of a volume hold background alone and were left out: what tells them from chunks that are missing. */
import { isCirrusError } from "../core/errors.js";
import { listEvents } from "../provenance/log.js";
import { openStore } from "../storage/open.js";
import type { KeyValueStore, StoreOptions } from "../storage/store.js";
import { documentedChunks } from "./documented-chunks.js";

/** True for the key, without suffix, of a chunk that was left out: its voxels are all 0. */
export type IsBackground = (key: string) => Promise<boolean>;

/** Reads the manifests beside the volume when it is asked for the first time; in a volume without any, nothing was left out. */
export function backgroundChunks(url: string, options: StoreOptions = {}): IsBackground {
  let keys: Promise<ReadonlySet<string>> | undefined;
  return async (key) => {
    keys ??= readKeys(url, options);
    keys.catch(() => (keys = undefined)); // a failed reading is tried again
    return (await keys).has(key);
  };
}

async function readKeys(url: string, options: StoreOptions): Promise<ReadonlySet<string>> {
  const store = await openStore(url, options);
  try {
    const { chunks } = await documentedChunks(store, await eventsOf(store, options));
    return new Set([...chunks].filter(([, { isBackground }]) => isBackground).map(([key]) => key));
  } finally {
    await store.close();
  }
}

async function eventsOf(store: KeyValueStore, options: StoreOptions) {
  try {
    return (await listEvents(store.url, options)).events;
  } catch (error) {
    if (isCirrusError(error, "E_STORE_UNLISTABLE")) return [];
    throw error;
  }
}
