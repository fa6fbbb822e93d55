/** Chunks that some manifest beside the volume knows: those that a job finished, of whichever job. */
import { listManifests, readManifest } from "../engine/manifest.js";
import { listEvents } from "../provenance/log.js";
import { writingRuns } from "../provenance/model/run-order.js";
import type { KeyValueStore, StoreOptions } from "../storage/store.js";

/**
 * By key as it is stored, the place of the job that wrote it last among the jobs of the volume: of two chunks the one with the higher
 * number is the newer. Memory grows with the number of chunks.
 */
export async function documentedAges(
  store: KeyValueStore,
  options: StoreOptions,
): Promise<ReadonlyMap<string, number>> {
  const { events } = await listEvents(store.url, options);
  const ages = new Map<string, number>();
  for (const [age, { event }] of writingRuns(events).entries())
    for (const { key } of await listManifests(store, event.jobId))
      for (const { chunks } of (await readManifest(store, key)).done)
        for (const chunk of chunks) ages.set(chunk.key, age);
  return ages;
}
