/** The event log of a volume in its store: append and read. */
import { randomUUID } from "node:crypto";
import pLimit from "p-limit";
import { isCirrusError, messageOf, type CirrusError } from "../core/errors.js";
import { noteHead, readHeads } from "./heads.js";
import { eventKey, eventsPrefix, eventText, parseEvent, type ProvenanceEvent } from "./model/event.js";
import { inCausalOrder, type LoggedEvent } from "./model/order.js";
import { putOnce, sha256Hex, textOf } from "./objects.js";
import type { Signer } from "./signing.js";
import type { KeyValueStore, WritableStore } from "../storage/store.js";

/** Objects read at once; they are small and far away. */
const readsAtOnce = 16;

export interface EventLog {
  /** What a writer saw comes before what it wrote, else by time. */
  readonly events: readonly LoggedEvent[];
  /** Objects that are no events, each with why. */
  readonly problems: readonly string[];
  /** Their keys. */
  readonly unreadable: readonly string[];
}

/**
 * Never fails because of what an object holds. Where the store cannot list, the events are those that can be reached from the newest.
 *
 * @throws CirrusError `E_STORE_UNLISTABLE` when such a store has no note of the newest either
 */
export async function readEvents(store: KeyValueStore): Promise<EventLog> {
  const problems: string[] = [];
  const unreadable: string[] = [];
  const read = async (key: string): Promise<LoggedEvent[]> => {
    const object = await store.get(key);
    if (!object) return []; // deleted since it was listed
    try {
      return [{ key, digest: digestOf(object.bytes), event: parseEvent(await textOf(object)) }];
    } catch (error) {
      problems.push(`${key}: ${messageOf(error)}`);
      unreadable.push(key);
      return [];
    }
  };
  const found = (
    await mapKeys(store, eventsPrefix, read).catch((error: unknown) => {
      if (!isCirrusError(error, "E_STORE_UNLISTABLE")) throw error;
      return reachable(store, read, error);
    })
  ).flat();
  return { events: inCausalOrder(found), problems: problems.sort(), unreadable: unreadable.sort() };
}

/** Generation by generation, from the newest to what their writers saw. */
async function reachable(
  store: KeyValueStore,
  read: (key: string) => Promise<LoggedEvent[]>,
  unlistable: CirrusError,
): Promise<LoggedEvent[]> {
  const heads = await readHeads(store);
  if (!heads) throw unlistable;
  const known = new Set(heads);
  const limit = pLimit(readsAtOnce);
  const found: LoggedEvent[] = [];
  for (let next = [...heads]; next.length;) {
    const events = (await limit.map(next, read)).flat();
    found.push(...events);
    next = [...new Set(events.flatMap(({ event }) => event.seesAt ?? []))].filter((key) => !known.has(key));
    for (const key of next) known.add(key);
  }
  return found;
}

/** As `readEvents`; a store that cannot list gives none, and says so among the problems. For showing what there is. */
export async function readEventsIfListed(store: KeyValueStore): Promise<EventLog> {
  try {
    return await readEvents(store);
  } catch (error) {
    if (!isCirrusError(error, "E_STORE_UNLISTABLE")) throw error;
    return { events: [], unreadable: [], problems: [`events are not shown: ${error.message}`] };
  }
}

/** Writes the event for good, signed where there is a signer; it is durable only after `store.sync` of the key that this resolves to. */
export async function writeEvent(
  store: WritableStore,
  unsigned: ProvenanceEvent,
  signer?: Signer,
): Promise<LoggedEvent> {
  const event = signer ? signer(unsigned) : unsigned;
  const key = eventKey(event);
  const bytes = Buffer.from(eventText(event));
  if (!(await putOnce(store, key, bytes))) throw new Error(`another event has the key ${key}`);
  const logged = { key, digest: digestOf(bytes), event };
  await noteHead(store, logged);
  return logged;
}

/** Id and time of an event that happens now. */
export const newEventStamp = (): Pick<ProvenanceEvent, "v" | "id" | "time"> => ({
  v: 1,
  id: `urn:uuid:${randomUUID()}`,
  time: new Date().toISOString(),
});

/** `read` for each key below `prefix`, several at a time, in the order of the keys. */
export async function mapKeys<Result>(
  store: KeyValueStore,
  prefix: string,
  read: (key: string) => Promise<Result>,
): Promise<Result[]> {
  const keys: string[] = [];
  for await (const { key } of store.list(prefix)) keys.push(key);
  const limit = pLimit(readsAtOnce);
  return Promise.all(keys.sort().map((key) => limit(read, key)));
}

const digestOf = (bytes: Uint8Array): string => `sha256:${sha256Hex(bytes)}`;
