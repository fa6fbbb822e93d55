/** Chunks that some manifest beside the volume knows: those that a job finished, of whichever job. */
import { parseManifestKey, readManifest } from "../engine/manifest.js";
import type { KeyValueStore } from "../storage/store.js";

const manifestsPrefix = "provenance.d/manifests/";

/** Keys as they are stored; memory grows with their number. */
export async function documentedKeys(store: KeyValueStore): Promise<ReadonlySet<string>> {
  const keys = new Set<string>();
  for await (const { key } of store.list(manifestsPrefix)) {
    if (!parseManifestKey(key)) continue;
    for (const { chunks } of (await readManifest(store, key)).done) for (const chunk of chunks) keys.add(chunk.key);
  }
  return keys;
}
