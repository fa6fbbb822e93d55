/** The event log as other parts use it: append, list, and the end of a run. */
import { CirrusError } from "../core/errors.js";
import type { JsonValue } from "../core/json/value.js";
import { redactTokens } from "../core/redact.js";
import { openRecordStore, openStore } from "../storage/open.js";
import type { KeyValueStore, StoreOptions } from "../storage/store.js";
import { ownAgent } from "./agent.js";
import { newEventStamp, readEvents, writeEvent, type EventLog } from "./events.js";
import { foldIntoStore } from "./fold-into-store.js";
import { isRunStep, type FilledTiles, type ProvenanceEvent, type RunOutputs, type RunStatus } from "./model/event.js";
import { noteTime } from "./model/note.js";
import { sightOf, type LoggedEvent } from "./model/order.js";
import { isSame } from "./model/processing.js";
import { loadSigner, type RecordOptions } from "./signing.js";

export { readProvenance } from "./read.js";

/** Writes one event and resolves when it would survive a power loss. `newEventStamp` gives its id and time. */
export async function appendEvent(
  url: string,
  event: ProvenanceEvent,
  options: RecordOptions = {},
): Promise<LoggedEvent> {
  const signer = await loadSigner(options);
  const store = await openRecordStore(url, options);
  try {
    const logged = await writeEvent(store, event, signer);
    await store.sync([logged.key]);
    return logged;
  } finally {
    await store.close();
  }
}

/** All of an event but what is known only when it is written. */
export type EventDraft = Omit<
  ProvenanceEvent,
  "v" | "id" | "time" | "run" | "sees" | "seesAt" | "destination" | "agent"
>;

/**
 * Writes objects below `provenance.d/` and then an event that names them, in this order, each durable before the next. The event is no
 * step of a run: its `run` is itself.
 *
 * @param produce - puts the objects, whose keys nobody else uses, and resolves to the event
 * @throws whatever `produce` throws; errors of the store
 */
export async function recordWith(
  url: string,
  produce: (put: (key: string, bytes: Uint8Array) => Promise<void>, store: KeyValueStore) => Promise<EventDraft>,
  options: RecordOptions = {},
): Promise<LoggedEvent> {
  const signer = await loadSigner(options);
  const store = await openRecordStore(url, options);
  try {
    const keys: string[] = [];
    const put = async (key: string, bytes: Uint8Array): Promise<void> => {
      await store.put(key, bytes, { contentType: "application/gzip" });
      keys.push(key);
    };
    const draft = await produce(put, store);
    await store.sync(keys);
    const { events } = await readEvents(store);
    const stamp = newEventStamp();
    const own = { run: stamp.id, destination: store.url, agent: await ownAgent(), ...sightOf(events) };
    const logged = await writeEvent(store, { ...draft, ...stamp, ...own }, signer);
    await store.sync([logged.key]);
    return logged;
  } finally {
    await store.close();
  }
}

/** Every event beside a volume: what a writer saw comes before what it wrote, else by time. Broken ones are named in `problems`. */
export async function listEvents(url: string, options: StoreOptions = {}): Promise<EventLog> {
  const store = await openStore(url, options);
  try {
    return await readEvents(store);
  } finally {
    await store.close();
  }
}

export interface Completion {
  readonly destination: string;
  readonly options?: RecordOptions;
  /** Of the start event: `Admission.recordKey`. */
  readonly recordKey: string;
  readonly status: Exclude<RunStatus, "running">;
  /** Becomes a RESULT note too: "2048 x 2048 x 192 voxels in 5 mips, 3 tiles filled". */
  readonly message?: string;
  readonly outputs?: RunOutputs;
  readonly filled?: FilledTiles;
}

/**
 * Records how a run ended. Done twice it adds nothing: a run that already ended so keeps its first end event.
 *
 * @throws CirrusError `E_PROVENANCE_MISSING` when there is no such start event; errors of the store
 */
export async function complete(completion: Completion): Promise<LoggedEvent> {
  const { destination, options, recordKey, status, outputs, filled } = completion;
  const message = completion.message === undefined ? undefined : redactTokens(completion.message);
  const signer = await loadSigner(options ?? {});
  const store = await openRecordStore(destination, options);
  try {
    const { events } = await readEvents(store);
    const start = events.find(({ key }) => key === recordKey)?.event;
    if (!start)
      throw new CirrusError(
        "E_PROVENANCE_MISSING",
        `${store.url} has no provenance record ${recordKey}: was it moved or deleted?`,
        {
          hint: "put the volume back where it was; else `cirrus cancel` the job",
        },
      );
    const { run, jobId, who, agent } = start;
    const steps = events.filter(({ event }) => event.run === run && isRunStep(event));
    const last = steps.at(-1)!; // the start at least
    const isDone = last.event.kind === "end" && isSameEnd(last.event, { status, message, outputs });
    const facts = {
      kind: "end",
      status,
      run,
      jobId,
      destination: store.url,
      who,
      agent,
      message,
      outputs,
      filled,
    } as const;
    const ended = isDone ? last : await writeEvent(store, { ...newEventStamp(), ...facts, ...sightOf(events) }, signer);
    const { time } = ended.event;
    const notes = message === undefined ? [] : [{ time: noteTime(time), type: "RESULT", text: message } as const];
    const foldedKeys = notes.length ? await foldIntoStore(store, { notes }, time) : [];
    await store.sync([ended.key, ...foldedKeys]);
    return ended;
  } finally {
    await store.close();
  }
}

type End = Pick<ProvenanceEvent, "status" | "message" | "outputs">;

const isSameEnd = (a: End, b: End): boolean =>
  a.status === b.status && a.message === b.message && isSame(jsonOf(a.outputs), jsonOf(b.outputs));

/** Outputs are JSON by their type, but for undefined members, which are not written. */
const jsonOf = (outputs: RunOutputs | undefined): JsonValue => (outputs ?? null) as JsonValue;
