/**
 * The newest events of a volume, by key, in one small object: a web server cannot list what it holds, and every other event is found
 * from these by what their writers had seen. A hint only: where a store can list, nobody reads it.
 */
import { parseLossless } from "../core/json/parse.js";
import { stringifyLossless } from "../core/json/stringify.js";
import { isJsonObject } from "../core/json/value.js";
import type { KeyValueStore, WritableStore } from "../storage/store.js";
import { eventsPrefix } from "./model/event.js";
import type { LoggedEvent } from "./model/order.js";
import { textOf } from "./objects.js";
import { updateObject } from "./update-object.js";

export const headsKey = "provenance.d/heads.json";

/** Keys of the newest events; undefined when nobody noted them, or not in a form that we know. */
export async function readHeads(store: KeyValueStore): Promise<readonly string[] | undefined> {
  const object = await store.get(headsKey);
  return object && keysIn(await textOf(object));
}

/**
 * Notes an event in place of those that its writer saw. Not synced: what a power loss leaves of it is made good by the next event.
 *
 * @throws CirrusError as `updateObject`
 */
export function noteHead(store: WritableStore, { key, event }: LoggedEvent): Promise<void> {
  return updateObject(store, headsKey, async () => {
    const object = await store.get(headsKey);
    const before = (object && keysIn(await textOf(object))) ?? [];
    const heads = [...new Set([...before.filter((other) => !event.seesAt?.includes(other)), key])].sort();
    const bytes = Buffer.from(stringifyLossless({ v: 1, events: heads }, "pretty"));
    return { put: { bytes, version: object?.version ?? "absent" }, result: undefined };
  });
}

function keysIn(text: string): readonly string[] | undefined {
  try {
    const value = parseLossless(text);
    if (!isJsonObject(value) || !Array.isArray(value["events"])) return undefined;
    return value["events"].filter((key) => typeof key === "string" && key.startsWith(eventsPrefix)) as string[];
  } catch (error) {
    if (error instanceof SyntaxError) return undefined;
    throw error;
  }
}
