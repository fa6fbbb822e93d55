/** One object that several writers change at once: read, changed and put only if it is still what was read, else again. */
import { CirrusError } from "../core/errors.js";
import type { WritableStore } from "../storage/store.js";
import { jsonHeaders } from "./objects.js";

/** 50 writers at once need 50 rounds; buckets take about one write a second of the same object. */
const deadlineMs = 180_000;

/** What one reading of the object led to. */
export interface Round<Result> {
  /** Its new bytes, and the version that was read, or `"absent"`; nothing when it may stay as it is. */
  readonly put?: { readonly bytes: Uint8Array; readonly version: string };
  readonly result: Result;
}

/**
 * @param read - reads the object and decides; called again after each race that was lost
 * @returns the result of the round that was put, or that had nothing to put
 * @throws CirrusError `E_STORE_TEMPORARY` when others kept winning for three minutes; `E_DESTINATION_UNWRITABLE` when a folder
 * has the object's name
 */
export async function updateObject<Result>(
  store: WritableStore,
  key: string,
  read: () => Promise<Round<Result>>,
): Promise<Result> {
  const deadline = Date.now() + deadlineMs;
  let timesAbsent = 0;
  for (let attempt = 0; Date.now() < deadline; attempt++) {
    const { put, result } = await read();
    if (!put) return result;
    const answer = await store.put(key, put.bytes, { ...jsonHeaders, ifVersion: put.version });
    if (answer.kind === "written") return result;
    // Whoever wins this race leaves a file to read. A folder of this name is neither absent nor a file.
    if (put.version === "absent" && ++timesAbsent === 5)
      throw new CirrusError(
        "E_DESTINATION_UNWRITABLE",
        `something that is no file has the name ${key} in ${store.url}`,
      );
    await pause(attempt);
  }
  throw new CirrusError("E_STORE_TEMPORARY", `${key} of ${store.url} kept changing while we added to it`);
}

/** Random, so that writers who met once do not meet again; longer after each loss, as there are then many. */
function pause(attempt: number): Promise<void> {
  const longest = Math.min(1000, 5 * 2 ** Math.min(attempt, 8));
  return new Promise((resolve) => setTimeout(resolve, Math.random() * longest));
}
