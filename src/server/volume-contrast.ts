/** Contrast of a served volume: what its newest ingest sampled, else sampled now; asked for once. */
import { isCirrusError } from "../core/errors.js";
import { listEvents } from "../provenance/log.js";
import type { Contrast } from "../volume/preview/colours.js";
import { sampleContrast } from "../volume/sample-contrast.js";
import type { ServedVolume } from "./served-volume.js";

/** @throws CirrusError `E_VOLUME_NOT_FOUND`, `E_VOLUME_INVALID`; errors of the store */
export async function contrastFor({ url, store, options, info }: ServedVolume): Promise<Contrast | null> {
  return (await recorded(url, options)) ?? sampleContrast({ store, info: await info() });
}

async function recorded(url: string, options: ServedVolume["options"]): Promise<Contrast | undefined> {
  try {
    const { events } = await listEvents(url, options);
    return events.findLast(({ event }) => event.outputs?.contrast)?.event.outputs?.contrast;
  } catch (error) {
    // Volumes of others on buckets that list nothing to strangers.
    if (isCirrusError(error, "E_STORE_DENIED")) return undefined;
    throw error;
  }
}
