/** The tiles that a job replaced by background, by name, from its manifests. */
import type { Job, RangeQueue } from "../jobs/contracts.js";
import type { KeyValueStore } from "../storage/store.js";
import { readManifest } from "./manifest.js";
import type { FilledTile } from "./messages.js";
import { newestOfJob } from "./settle.js";

export interface FilledTilesOptions {
  readonly job: Job;
  readonly queue: RangeQueue;
  /** Of the job's destination. */
  readonly store: KeyValueStore;
}

/** In order of the tasks. Only the manifests of ranges that have filled tiles are read. A tile that two tasks need comes twice. */
export async function* filledTilesOf({
  job,
  queue,
  store,
}: FilledTilesOptions): AsyncGenerator<FilledTile & { readonly task: number }> {
  for await (const { outcome } of newestOfJob(queue, job)) {
    if (outcome.filledTiles === 0) continue;
    for (const { task, filled } of (await readManifest(store, outcome.manifestKey)).done)
      for (const tile of filled) yield { ...tile, task };
  }
}
