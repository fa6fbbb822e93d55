/** Tells a volume without something from a path without a volume. */
import { CirrusError } from "../core/errors.js";
import { openStore } from "../storage/open.js";
import type { StoreOptions } from "../storage/store.js";

/** @throws CirrusError `E_VOLUME_NOT_FOUND` when there is no `info` */
export async function requireVolume(path: string, options: StoreOptions): Promise<void> {
  const store = await openStore(path, options);
  try {
    if (await store.stat("info")) return;
    throw new CirrusError("E_VOLUME_NOT_FOUND", `there is no volume at ${store.url}`, { context: { url: store.url } });
  } finally {
    await store.close();
  }
}
