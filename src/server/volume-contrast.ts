/** Contrast of a served volume: what its newest ingest sampled, else sampled now. */
import { isCirrusError } from "../core/errors.js";
import { readEventsIfListed } from "../provenance/events.js";
import type { KeyValueStore } from "../storage/store.js";
import type { Contrast } from "../volume/preview/colours.js";
import { sampleContrast } from "../volume/sample-contrast.js";
import type { ServedVolume } from "./served-volume.js";

/** @throws CirrusError `E_VOLUME_NOT_FOUND`, `E_VOLUME_INVALID`; errors of the store */
export async function contrastFor({ store, info }: Pick<ServedVolume, "store" | "info">): Promise<Contrast | null> {
  return (await recorded(store)) ?? sampleContrast({ store, info: await info() });
}

async function recorded(store: KeyValueStore): Promise<Contrast | undefined> {
  try {
    const { events } = await readEventsIfListed(store);
    return events.findLast(({ event }) => event.outputs?.contrast)?.event.outputs?.contrast;
  } catch (error) {
    // Volumes of others, on buckets whose lists strangers may not see.
    if (isCirrusError(error, "E_STORE_DENIED")) return undefined;
    throw error;
  }
}
