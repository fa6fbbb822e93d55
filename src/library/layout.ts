/** How the chunks that are there are named. */
import type { KeyValueStore } from "../storage/store.js";
import type { FormChoice } from "../volume/stored-form.js";

export type Layout = Pick<FormChoice, "layout" | "compression">;

/** Of the first chunk found; only local folders tell compression by names, and an empty one is plain. */
export async function layoutOf(store: KeyValueStore, scaleKey: string): Promise<Layout> {
  if (store.url.startsWith("file:"))
    for await (const { key } of store.list(`${scaleKey}/`)) {
      if (key.endsWith(".br")) return { layout: "cloudvolume", compression: "brotli" };
      return { layout: key.endsWith(".gz") ? "cloudvolume" : "plain", compression: "auto" };
    }
  return { layout: "plain", compression: "auto" };
}
