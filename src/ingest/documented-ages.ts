/** Chunks that some manifest beside the volume knows: those that a job finished, of whichever job. */
import { listManifests, readManifest } from "../engine/manifest.js";
import { isBackground } from "../engine/messages.js";
import { listEvents } from "../provenance/log.js";
import { writingRuns } from "../provenance/model/run-order.js";
import type { KeyValueStore, StoreOptions } from "../storage/store.js";

export interface DocumentedAges {
  /** By key as it is stored, the place of the job that wrote it last among the jobs of the volume: the higher, the newer. */
  readonly byKey: ReadonlyMap<string, number>;
  /** Keys of chunks that were left out, because they hold background alone. */
  readonly background: ReadonlySet<string>;
}

/** Memory grows with the number of chunks. */
export async function documentedAges(store: KeyValueStore, options: StoreOptions): Promise<DocumentedAges> {
  const { events } = await listEvents(store.url, options);
  const byKey = new Map<string, number>();
  const background = new Set<string>();
  for (const [age, { event }] of writingRuns(events).entries())
    for (const { key } of await listManifests(store, event.jobId))
      for (const { chunks } of (await readManifest(store, key)).done)
        for (const chunk of chunks) {
          byKey.set(chunk.key, age);
          if (isBackground(chunk)) background.add(chunk.key);
          else background.delete(chunk.key);
        }
  return { byKey, background };
}
