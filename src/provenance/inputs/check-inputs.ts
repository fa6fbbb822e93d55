/**
 * Stale or not: what the inputs of a volume's runs have become since they were read. The one place that decides this; `check` and
 * `lineage` report it. Modification times are not looked at: copying changes them, and an edit may keep them.
 */
import pLimit from "p-limit";
import { messageOf } from "../../core/errors.js";
import { openStore } from "../../storage/open.js";
import type { KeyValueStore, StoreOptions } from "../../storage/store.js";
import { readEvents } from "../events.js";
import { statusOf } from "../model/claim.js";
import { parseInputList, type Input, type InputList } from "../model/input.js";
import type { LoggedEvent } from "../model/order.js";
import { sha256Hex, textOf } from "../objects.js";
import { digestAgain, piecesDigest, wholeDigest } from "./digest-object.js";
import { objectsOf } from "./list-objects.js";

export interface InputState {
  readonly uri: string;
  /** Of the place, where it is one. */
  readonly url?: string;
  /** Start event (or process event) that recorded it. */
  readonly run: string;
  readonly jobId: string;
  /**
   * `changed`: stale, the output was made from something else than what is there now; `gone`: nothing is there; `unreachable`: it could
   * not be read; `unknown`: there was no digest to compare with. `unchanged` as far as `compared` says.
   */
  readonly state: "unchanged" | "changed" | "gone" | "unreachable" | "unknown";
  /** What changed, or why it is not known: one line each, at most 20 and a count of the rest. */
  readonly details: readonly string[];
  /** "3 objects: 3 by content"; "" where nothing was compared. */
  readonly compared: string;
}

export interface CheckInputsOptions {
  readonly store?: StoreOptions;
  /** Names and sizes only, where there are lists. */
  readonly quick?: boolean;
}

const mostDetails = 20;
const readsAtOnce = 16;

/**
 * The state of every input of a volume's runs, but for runs that were withdrawn or whose chunks were replaced by a later one. An
 * input that several runs read in the same state is given once, for the newest.
 *
 * @param store - of the volume that was made from them: lists of inputs lie there
 * @param events - of that volume, in causal order
 */
export async function inputStates(
  store: KeyValueStore,
  events: readonly LoggedEvent[],
  options: CheckInputsOptions = {},
): Promise<InputState[]> {
  const replaced = new Set(events.flatMap(({ event }) => event.supersedes ?? []));
  const wanted = new Map<string, { readonly input: Input; readonly run: string; readonly jobId: string }>();
  for (const { event } of events) {
    const { run, jobId } = event;
    if (replaced.has(run) || statusOf(run, events) === "withdrawn") continue;
    for (const input of event.inputs ?? []) {
      const key = JSON.stringify([input.uri, input.digest, input.events]);
      wanted.delete(key);
      wanted.set(key, { input, run, jobId });
    }
  }
  const states: InputState[] = [];
  for (const { input, run, jobId } of wanted.values()) {
    const { uri, url } = input;
    states.push({ uri, ...(url === undefined ? {} : { url }), run, jobId, ...(await stateOf(store, input, options)) });
  }
  return states;
}

type Finding = Pick<InputState, "state" | "details" | "compared">;

async function stateOf(store: KeyValueStore, input: Input, options: CheckInputsOptions): Promise<Finding> {
  const { url, note, kind } = input;
  if (url === undefined || (input.digest === undefined && !input.events))
    return { state: "unknown", details: [note ?? "recorded without a digest"], compared: "" };
  const findings: Finding[] = [];
  try {
    if (input.events) findings.push(await eventsState(url, input.events, options.store));
    if (input.listKey !== undefined) {
      const list = await readList(store, input);
      if (typeof list === "string") findings.push({ state: "unknown", details: [list], compared: "" });
      else findings.push(await listState(url, { list, kind, except: store.url }, options));
    } else if (input.digest !== undefined) findings.push(await fileState(url, input, options));
  } catch (error) {
    return { state: "unreachable", details: [messageOf(error)], compared: "" };
  }
  return worstOf(findings);
}

const order = ["gone", "changed", "unreachable", "unknown", "unchanged"] as const;

function worstOf(findings: readonly Finding[]): Finding {
  const state = order.find((name) => findings.some((finding) => finding.state === name)) ?? "unknown";
  return {
    state,
    details: findings.flatMap(({ details }) => details),
    compared: findings
      .map(({ compared }) => compared)
      .filter(Boolean)
      .join("; "),
  };
}

/** Runs that wrote to the input volume after the events that were its newest then. */
async function eventsState(url: string, known: readonly string[], options: StoreOptions = {}): Promise<Finding> {
  const source = await openStore(url, options);
  try {
    const { events } = await readEvents(source);
    const byDigest = new Map(events.map((logged) => [logged.digest, logged]));
    const lost = known.filter((digest) => !byDigest.has(digest));
    if (lost.length)
      return { state: "changed", details: [`${lost.length} of its events are gone or were altered`], compared: "" };
    const seen = new Set<string>();
    const visit = (digest: string): void => {
      if (seen.has(digest)) return;
      seen.add(digest);
      byDigest.get(digest)?.event.sees.forEach(visit);
    };
    known.forEach(visit);
    const later = events.filter(({ digest, event }) => !seen.has(digest) && hasWritten(event, events));
    const details = later.map(({ event }) => `job ${event.jobId} wrote to it since (${event.kind} at ${event.time})`);
    return { state: later.length ? "changed" : "unchanged", details, compared: `${events.length} events` };
  } finally {
    await source.close();
  }
}

const hasWritten = (event: LoggedEvent["event"], events: readonly LoggedEvent[]): boolean =>
  event.kind === "end"
    ? (event.outputs?.chunks ?? 0) > 0
    : (event.kind === "start" || event.kind === "resume") &&
      event.claim !== undefined &&
      statusOf(event.run, events) !== "withdrawn";

async function readList(store: KeyValueStore, input: Input): Promise<InputList | string> {
  const object = await store.get(input.listKey!); // the caller has looked
  if (!object) return `the list of its objects, ${input.listKey}, is gone`;
  const text = await textOf({ ...object, contentEncoding: "gzip" });
  if (`sha256:${sha256Hex(Buffer.from(text))}` !== input.digest)
    return `the list of its objects, ${input.listKey}, is not the one that the record names`;
  return parseInputList(text);
}

interface Listed {
  readonly list: InputList;
  readonly kind: Input["kind"];
  /** The volume that was made from it may lie in a folder that was its source. */
  readonly except: string;
}

async function listState(url: string, { list, kind, except }: Listed, options: CheckInputsOptions): Promise<Finding> {
  const source = await openStore(url, options.store ?? {});
  try {
    const present = list.scope === "all" ? await presentBelow(source, { list, kind, except }) : undefined;
    const changes = new Changes();
    let digested = 0;
    const limit = pLimit(readsAtOnce);
    await limit.map(list.entries, async (entry) => {
      const size = present ? present.get(entry.key) : (await source.stat(entry.key))?.sizeBytes;
      if (size === undefined) return changes.add(entry.key, "gone");
      if (size !== entry.bytes) return changes.add(entry.key, `${size} bytes instead of ${entry.bytes}`);
      if (options.quick || (entry.sha256 === undefined && entry.pieces === undefined)) return;
      digested++;
      if ((await digestAgain(source, entry)) !== (entry.sha256 ?? entry.pieces))
        changes.add(entry.key, "other content");
    });
    const known = new Set(list.entries.map(({ key }) => key));
    for (const key of present?.keys() ?? []) if (!known.has(key)) changes.add(key, "new");
    const count = list.entries.length;
    const isGone = count > 0 && changes.count("gone") === count;
    const compared = `${count} objects by name and size, ${digested} by content`;
    if (isGone) return { state: "gone", details: [`all of its ${count} objects are gone`], compared };
    return { state: changes.size ? "changed" : "unchanged", details: changes.lines(), compared };
  } finally {
    await source.close();
  }
}

/** undefined when there are so many more that they are not worth a look: then each known object is asked for. */
async function presentBelow(
  source: KeyValueStore,
  { list, kind, except }: Listed,
): Promise<ReadonlyMap<string, number> | undefined> {
  const limit = list.entries.length + 10_000;
  const objects = await objectsOf(source, { kind: kind === "volume" ? "volume" : "folder", limit, except: [except] });
  return objects && new Map(objects.map(({ key, sizeBytes }) => [key, sizeBytes]));
}

async function fileState(url: string, input: Input, { store: options, quick }: CheckInputsOptions): Promise<Finding> {
  const slash = url.lastIndexOf("/");
  const name = decodeURIComponent(url.slice(slash + 1));
  const source = await openStore(url.slice(0, slash), options);
  try {
    const found = await source.stat(name);
    const compared = quick ? "1 object by size" : "1 object by content";
    if (!found) return { state: "gone", details: ["nothing is there"], compared };
    if (input.bytes !== undefined && found.sizeBytes !== input.bytes)
      return { state: "changed", details: [`${found.sizeBytes} bytes instead of ${input.bytes}`], compared };
    if (quick) return { state: "unchanged", details: [], compared };
    const isWhole = input.digested?.bytes === input.bytes;
    const digest = await (isWhole ? wholeDigest : piecesDigest)(source, name, found.sizeBytes);
    const isSame = `sha256:${digest}` === input.digest;
    return { state: isSame ? "unchanged" : "changed", details: isSame ? [] : ["other content"], compared };
  } finally {
    await source.close();
  }
}

class Changes {
  readonly #byKey = new Map<string, string>();

  get size(): number {
    return this.#byKey.size;
  }

  add(key: string, what: string): void {
    this.#byKey.set(key, what);
  }

  count(what: string): number {
    return [...this.#byKey.values()].filter((each) => each === what).length;
  }

  lines(): string[] {
    const sorted = [...this.#byKey].sort(([a], [b]) => (a < b ? -1 : 1)).map(([key, what]) => `${key}: ${what}`);
    const more = sorted.length - mostDetails;
    return more > 0 ? [...sorted.slice(0, mostDetails), `and ${more} more`] : sorted;
  }
}
