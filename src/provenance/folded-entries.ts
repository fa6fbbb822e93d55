/** Entries of a volume's `provenance` that events wrote. */
import { isJsonObject } from "../core/json/value.js";
import type { KeyValueStore } from "../storage/store.js";
import { readProvenanceFile } from "./fold-into-store.js";
import type { FoldedEntry } from "./model/graph.js";

export async function foldedEntries(store: KeyValueStore): Promise<FoldedEntry[]> {
  const { file } = await readProvenanceFile(store);
  return file.processing.flatMap(({ cirrus }): FoldedEntry[] => {
    if (!isJsonObject(cirrus) || typeof cirrus.id !== "string") return [];
    return [{ id: cirrus.id, ...(typeof cirrus.digest === "string" ? { digest: cirrus.digest } : {}) }];
  });
}
