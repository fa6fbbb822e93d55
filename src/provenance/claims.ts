/** The claim log of a volume in its store; model/claim.ts says how it decides. */
import { messageOf } from "../core/errors.js";
import { isJsonObject } from "../core/json/value.js";
import { parseLossless } from "../core/json/parse.js";
import { stringifyLossless } from "../core/json/stringify.js";
import { openStore } from "../storage/open.js";
import type { KeyValueStore, StoreOptions, WritableStore } from "../storage/store.js";
import { mapKeys, readEvents } from "./events.js";
import {
  claimKey,
  claimNumber,
  claimsOverlap,
  claimsPrefix,
  claimWinner,
  statusOf,
  type ClaimEntry,
} from "./model/claim.js";
import type { Claim, ProvenanceEvent, RunStatus } from "./model/event.js";
import { putOnce, textOf } from "./objects.js";

/**
 * Enters the claim of an event that is already in the event log. The next number is always one more than a number that is
 * there, so that whoever holds a number can see every lower one.
 *
 * @returns key of the entry, not yet durable
 */
export async function enterClaim(store: WritableStore, event: ProvenanceEvent): Promise<string> {
  let number = 0;
  for await (const { key } of store.list(claimsPrefix)) number = Math.max(number, claimNumber(key) ?? 0);
  const bytes = Buffer.from(stringifyLossless({ event: event.id }, "cloudvolume"));
  for (;;) {
    number += 1;
    if (await putOnce(store, claimKey(number), bytes)) return claimKey(number);
  }
}

/**
 * The start or resume event of another run whose claim came before that of `own` and is not over; undefined when `own`
 * may write. A completed, failed, cancelled, withdrawn or superseded run is no obstacle.
 */
export async function claimConflicts(
  url: string,
  own: ProvenanceEvent,
  options: StoreOptions = {},
): Promise<ProvenanceEvent | undefined> {
  const store = await openStore(url, options);
  try {
    return await findWinner(store, own);
  } finally {
    await store.close();
  }
}

/** As `claimConflicts`, in an open store. */
export async function findWinner(store: KeyValueStore, own: ProvenanceEvent): Promise<ProvenanceEvent | undefined> {
  // The entries first: the event of an entry was written before it.
  const entries = await readClaimEntries(store);
  const { events } = await readEvents(store);
  return claimWinner(own, events, entries);
}

async function readClaimEntries(store: KeyValueStore): Promise<ClaimEntry[]> {
  const entries = await mapKeys(store, claimsPrefix, async (key): Promise<ClaimEntry[]> => {
    const number = claimNumber(key);
    const object = number === undefined ? undefined : await store.get(key);
    if (number === undefined || !object) return [];
    const event = eventOf(await textOf(object));
    return event === undefined ? [] : [{ number, event }];
  });
  return entries.flat();
}

function eventOf(text: string): string | undefined {
  try {
    const entry = parseLossless(text);
    return isJsonObject(entry) && typeof entry.event === "string" ? entry.event : undefined;
  } catch (error) {
    if (error instanceof SyntaxError) return undefined;
    throw new Error(`claim entry: ${messageOf(error)}`, { cause: error });
  }
}

export interface EarlierRun {
  /** What `supersedes` of a later event names. */
  readonly run: string;
  readonly jobId: string;
  readonly recordKey: string;
  readonly status: RunStatus;
  readonly claim: Claim;
}

/** Runs that may have written chunks of this extent and mips, oldest first; withdrawn ones wrote nothing. */
export async function overlappingRuns(
  url: string,
  claim: Pick<Claim, "extent" | "mips">,
  options: StoreOptions = {},
): Promise<EarlierRun[]> {
  const store = await openStore(url, options);
  try {
    const { events } = await readEvents(store);
    return events.flatMap(({ event, key }): EarlierRun[] => {
      const { jobId, run } = event;
      if (event.kind !== "start" || !event.claim || !claimsOverlap(event.claim, { ...claim, jobId })) return [];
      const status = statusOf(run, events) ?? event.status;
      return status === "withdrawn" ? [] : [{ run, jobId, recordKey: key, status, claim: event.claim }];
    });
  } finally {
    await store.close();
  }
}
