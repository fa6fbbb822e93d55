/** The info of a volume: put when there is none, compared and completed when there is. */
import { CirrusError } from "../core/errors.js";
import type { WriteTicket } from "../core/write-ticket.js";
import { appendScales, infoKey, serializeInfo } from "../formats/precomputed/info.js";
import type { VolumeInfo } from "../formats/precomputed/volume-info.js";
import { openWritable } from "../storage/open.js";
import type { StoreOptions, WritableStore } from "../storage/store.js";
import { checkNewVolume } from "./check-new-volume.js";
import { geometryDifference } from "./geometry-difference.js";
import { readInfo } from "./open-volume.js";

export interface CreateOptions {
  readonly ticket: WriteTicket;
  readonly options?: StoreOptions;
}

export interface Created {
  /** What the volume's info says now; it may have more scales than were asked for. */
  readonly info: VolumeInfo;
  /** `unchanged`: the volume was there already, with every scale. */
  readonly kind: "created" | "scales-added" | "unchanged";
}

/**
 * Makes sure that there is a volume of this geometry. Whatever else an existing info says is kept, digit for digit.
 *
 * @throws CirrusError `E_VOLUME_INVALID`, `E_ENCODING_UNSUPPORTED` for what `checkNewVolume` refuses, and for an existing info that cannot
 * be understood; `E_DESTINATION_GEOMETRY` naming the first difference to the volume that is there; errors of the store
 */
export async function createVolume(
  url: string,
  info: VolumeInfo,
  { ticket, options }: CreateOptions,
): Promise<Created> {
  checkNewVolume(info);
  const store = await openWritable(url, ticket, options);
  try {
    const created = await putInfo(store, info);
    if (created.kind !== "unchanged") await store.sync([infoKey]);
    return created;
  } finally {
    await store.close();
  }
}

/** Two creators at most undo each other's reading once or twice; more is a fault. */
const mostTries = 20;

async function putInfo(store: WritableStore, wanted: VolumeInfo): Promise<Created> {
  for (let tries = 0; tries < mostTries; tries++) {
    const existing = await readInfo(store);
    if (!existing) {
      if (await put(store, serializeInfo(wanted), "absent")) return { info: wanted, kind: "created" };
      continue;
    }
    const difference = geometryDifference(existing.info, wanted);
    if (difference) throw otherGeometry(store.url, difference);
    const missing = wanted.scales.slice(existing.info.scales.length);
    if (!missing.length) return { info: existing.info, kind: "unchanged" };
    const info = { ...existing.info, scales: [...existing.info.scales, ...missing] };
    if (await put(store, appendScales(existing.text, missing), existing.version)) return { info, kind: "scales-added" };
  }
  throw new CirrusError(
    "E_STORE_TEMPORARY",
    `the info of ${store.url} changes all the time; no version of it could be completed`,
  );
}

/** @returns false when another writer was first */
async function put(store: WritableStore, text: string, ifVersion: string): Promise<boolean> {
  const result = await store.put(infoKey, new TextEncoder().encode(text), {
    ifVersion,
    contentType: "application/json",
    cacheControl: "no-cache",
  });
  return result.kind === "written";
}

export const otherGeometry = (url: string, difference: string): CirrusError =>
  new CirrusError("E_DESTINATION_GEOMETRY", `${url} holds a volume of another geometry: ${difference}`);
