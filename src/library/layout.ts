/** How the chunks that are there are named. */
import type { KeyValueStore } from "../storage/store.js";

/** Of the first chunk found; only local folders tell compression by names, and an empty one is plain. */
export async function layoutOf(store: KeyValueStore, scaleKey: string): Promise<"plain" | "cloudvolume"> {
  if (!store.url.startsWith("file:")) return "plain";
  for await (const { key } of store.list(`${scaleKey}/`)) return /\.(gz|br)$/.test(key) ? "cloudvolume" : "plain";
  return "plain";
}
