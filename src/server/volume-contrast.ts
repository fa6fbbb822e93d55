/** Contrast of a served volume: what its newest ingest sampled, else sampled now. */
import { isCirrusError } from "../core/errors.js";
import { readEvents } from "../provenance/events.js";
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
    const { events } = await readEvents(store);
    return events.findLast(({ event }) => event.outputs?.contrast)?.event.outputs?.contrast;
  } catch (error) {
    // Volumes of others on buckets that list nothing to strangers.
    if (isCirrusError(error, "E_STORE_DENIED")) return undefined;
    throw error;
  }
}
