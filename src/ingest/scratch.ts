/**
 * Lossless copies of chunks that a coarser mip is still to be made from, where the volume's own encoding is lossy:
 * `provenance.d/scratch/<chunk key>`, raw voxels. They go when every mip above them is made.
 */
import { listManifests, readManifest } from "../engine/manifest.js";
import type { KeyValueStore, WritableStore } from "../storage/store.js";
import type { JobDocument } from "./job-document.js";

export const scratchPrefix = "provenance.d/scratch/";

/** After a job without failures: a part leaves its copies for `cirrus downsample`, which takes them away once it left nothing out. */
export async function clearScratch(document: JobDocument, store: WritableStore): Promise<void> {
  if (document.plan.isPartial || (document.existing === "keep" && (await leftOut(document.jobId, store)) > 0)) return;
  for await (const { key } of store.list(scratchPrefix)) await store.delete(key);
}

/** Chunks that a `downsample` could not make. */
export async function leftOut(jobId: string, store: KeyValueStore): Promise<number> {
  let left = 0;
  for (const { key } of await listManifests(store, jobId))
    for (const { extra } of (await readManifest(store, key)).done) left += Number(extra?.["left"] ?? 0);
  return left;
}
