/** Records about a volume that is not being written: what notes.ts and work.ts share. Any volume will do, whoever made it. */
import { CirrusError } from "../core/errors.js";
import { openRecordStore, openStore } from "../storage/open.js";
import type { KeyValueStore, StoreOptions, WritableStore } from "../storage/store.js";
import { ownAgent } from "./agent.js";
import { pointFromAttributes } from "./attributes-pointer.js";
import { captureWho } from "./capture/who.js";
import { newEventStamp, readEvents, writeEvent } from "./events.js";
import { foldIntoStore } from "./fold-into-store.js";
import type { ProvenanceEvent, Who } from "./model/event.js";
import type { FileAddition } from "./model/fold.js";
import { sightOf, type LoggedEvent } from "./model/order.js";
import { loadSigner, type RecordOptions } from "./signing.js";

/** A path, a URL, or something opened from one. */
export type VolumeAddress = string | { readonly url: string };

export interface DocumentOptions {
  /** How the volume's store is reached, and the key that events are signed with. */
  readonly store?: RecordOptions;
  /** Default: the user that the environment or git tells. */
  readonly who?: Who;
}

/** What was recorded. */
export interface Documented {
  /** False when the same was there already: then nothing was written. */
  readonly isNew: boolean;
  /** Key of the event, relative to the volume; null when nothing was written. */
  readonly recordKey: string | null;
  /** What was not done besides: the attributes of a zarr or N5 volume that are no JSON got no pointer. */
  readonly warnings: readonly string[];
}

/** Reads a volume's records. */
export async function inStore<Result>(
  volume: VolumeAddress,
  options: StoreOptions | undefined,
  use: (store: KeyValueStore) => Promise<Result>,
): Promise<Result> {
  const store = await openStore(urlOf(volume), options);
  try {
    return await use(store);
  } finally {
    await store.close();
  }
}

/** Adds to a volume's records. @throws CirrusError `E_VOLUME_NOT_FOUND`: a mistyped path must not become a folder with provenance in it */
export async function inRecordStore<Result>(
  volume: VolumeAddress,
  options: StoreOptions | undefined,
  use: (store: WritableStore) => Promise<Result>,
): Promise<Result> {
  const store = await openRecordStore(urlOf(volume), options);
  try {
    await requireAnything(store);
    return await use(store);
  } finally {
    await store.close();
  }
}

const urlOf = (volume: VolumeAddress): string => (typeof volume === "string" ? volume : volume.url);

/** What tells that a path is a volume: precomputed, documented before, zarr 2 and 3, N5. */
const marks = ["info", "provenance", "zarr.json", ".zattrs", ".zgroup", ".zarray", "attributes.json"];

async function requireAnything(store: KeyValueStore): Promise<void> {
  for (const key of marks) if (await store.stat(key)) return;
  throw new CirrusError("E_VOLUME_NOT_FOUND", `there is no volume at ${store.url}`, { context: { url: store.url } });
}

type EventFacts = Pick<ProvenanceEvent, "kind" | "status"> & Partial<ProvenanceEvent>;

/** An event that is no step of a run: it is its own. Not yet written. */
export async function newEvent(
  store: KeyValueStore,
  who: Who | undefined,
  facts: EventFacts,
): Promise<ProvenanceEvent> {
  const stamp = newEventStamp();
  const [agent, { events }, known] = await Promise.all([
    ownAgent(),
    readEvents(store),
    who ?? captureWho(process.cwd(), process.env),
  ]);
  const own = { run: stamp.id, jobId: "", destination: store.url, who: known, agent, ...sightOf(events) };
  return { ...stamp, ...own, ...facts };
}

export interface Appendix {
  readonly store: WritableStore;
  readonly options: DocumentOptions;
  /** What of the event belongs into `provenance`. */
  readonly additionOf: (logged: LoggedEvent) => FileAddition;
}

/**
 * The event, signed where there is a key, its addition to `provenance`, then the pointer to that in the attributes of zarr and N5; all
 * of it durable when this resolves.
 */
export async function append(
  event: ProvenanceEvent,
  { store, options, additionOf }: Appendix,
): Promise<{ readonly recordKey: string; readonly warnings: readonly string[] }> {
  const logged = await writeEvent(store, event, await loadSigner(options.store ?? {}));
  const folded = await foldIntoStore(store, additionOf(logged), event.time);
  const { codeEnvs = [], inputs = [] } = event;
  const besides = [...codeEnvs.map(({ file }) => file), ...inputs.flatMap(({ listKey }) => listKey ?? [])];
  await store.sync([...besides, logged.key, ...folded]);
  return { recordKey: logged.key, warnings: await pointFromAttributes(store) };
}
