/** What one volume's records tell of its neighbours: what it was made from, and what was made of it. */
import { isJsonObject, type JsonObject, type JsonValue } from "../../core/json/value.js";
import { isCirrusError, messageOf } from "../../core/errors.js";
import { openStore } from "../../storage/open.js";
import type { KeyValueStore, StoreOptions } from "../../storage/store.js";
import { locate } from "../../storage/url.js";
import { readEventsIfListed } from "../events.js";
import { readProvenanceFile } from "../fold-into-store.js";
import { inputStates } from "../inputs/check-inputs.js";
import { statusOf } from "../model/claim.js";
import type { ProvenanceEvent } from "../model/event.js";
import type { LoggedEvent } from "../model/order.js";
import { summariseProcess } from "../model/processing.js";
import type { LineageEdge, LineageKind, LineageStep } from "./graph.js";

export interface VolumeLinks {
  readonly id: string;
  readonly kind: LineageKind;
  readonly isDocumented: boolean;
  /** Some may not touch this volume: records of transfers stand at their source too. */
  readonly edges: readonly LineageEdge[];
  readonly inPlace: readonly LineageStep[];
  /** Sources that are volumes by their records or their spelling: worth asking a web server about. */
  readonly volumes: readonly string[];
  readonly problems: readonly string[];
}

export interface ReadLinksOptions {
  readonly store?: StoreOptions;
  /** `none`: edges have no state; `quick`: by names and sizes; `content`: by digests. */
  readonly check: "none" | "quick" | "content";
}

/** @throws errors of the store; never because of what records hold */
export async function readLinks(url: string, { store: options = {}, check }: ReadLinksOptions): Promise<VolumeLinks> {
  const store = await openStore(url, options);
  try {
    const [hasInfo, { key, file }, log] = await Promise.all([
      store.stat("info"),
      readProvenanceFile(store),
      readEventsIfListed(store),
    ]);
    const isDocumented = key !== undefined || log.events.length > 0;
    const places = new Places(log.events);
    const links = [
      ...linksOfEvents(log.events, store.url, places),
      ...linksOfEntries(file.processing, { own: store.url, events: log.events, places }),
    ];
    for (const source of file.sources) links.push({ from: places.idOf(source), to: store.url, steps: [] });
    const problems = log.problems.map((text) => `${store.url}: ${text}`);
    const states = check === "none" ? [] : await statesOf(store, log.events, { places, options, check, problems });
    const edges = links.map(({ from, to, steps }): LineageEdge => ({
      from,
      to,
      steps,
      state: null,
      details: [],
      compared: "",
    }));
    const isOwn = ({ from, to }: LineageEdge): boolean => from === to;
    return {
      id: store.url,
      kind: hasInfo || isDocumented ? "volume" : "data",
      isDocumented,
      edges: [...edges, ...states].filter((edge) => !isOwn(edge)),
      inPlace: edges.filter(isOwn).flatMap(({ steps }) => steps),
      volumes: [...places.volumes],
      problems,
    };
  } finally {
    await store.close();
  }
}

interface Link {
  readonly from: string;
  readonly to: string;
  readonly steps: readonly LineageStep[];
}

/** Sources as ids. Events know the URL of what was declared as a relative path or in a peer's spelling. */
class Places {
  readonly volumes = new Set<string>();
  readonly #urls = new Map<string, string>();

  constructor(events: readonly LoggedEvent[]) {
    for (const { event } of events)
      for (const { uri, url, kind } of event.inputs ?? []) {
        if (url === undefined || kind === "other") continue; // free text has one too, as if it were a relative path
        this.#urls.set(uri, url);
        if (kind === "volume") this.volumes.add(url);
      }
  }

  idOf(source: string): string {
    const known = this.#urls.get(source);
    if (known !== undefined) return known;
    const url = urlOf(source);
    const isVolume = url !== undefined && /^precomputed:\/\/|\|neuroglancer-precomputed:/i.test(source.trim());
    if (isVolume) this.volumes.add(url);
    return url ?? source;
  }
}

/** undefined for text, and for relative paths: nobody knows from where. */
function urlOf(source: string): string | undefined {
  if (!/^(?:precomputed:\/\/)?(?:[a-z][a-z0-9+.-]+:\/|\/|[a-z]:[\\/])/i.test(source.trim())) return undefined;
  try {
    return locate(source).url;
  } catch (error) {
    if (isCirrusError(error, "E_STORE_URL")) return undefined;
    throw error;
  }
}

function* linksOfEvents(events: readonly LoggedEvent[], own: string, places: Places): Generator<Link> {
  for (const { event } of events) {
    if (event.sources === undefined && event.inputs === undefined) continue;
    const status = event.run === event.id ? statusOf(event.run, events) : event.status;
    if (status === "withdrawn") continue;
    const inputs = (event.inputs ?? []).map(({ uri }) => places.idOf(uri));
    const sources = (event.sources ?? []).map((source) => places.idOf(source));
    for (const from of new Set([...sources, ...inputs]))
      yield { from, to: own, steps: [stepOf(event, status ?? event.status)] };
  }
}

const stepOf = ({ process, jobId, time, startedAt }: ProvenanceEvent, status: string): LineageStep => ({
  task: process?.description ?? "",
  jobId: jobId || null,
  status,
  time: startedAt ?? time,
});

/** Entries of other tools, and our own whose events are gone. */
function* linksOfEntries(
  processing: readonly JsonObject[],
  { own, events, places }: { readonly own: string; readonly events: readonly LoggedEvent[]; readonly places: Places },
): Generator<Link> {
  const known = new Set(events.map(({ event }) => event.id as string));
  for (const entry of processing) {
    const { task, parameters, date, event } = summariseProcess(entry);
    if (event !== null && known.has(event)) continue;
    const steps = [{ task, jobId: null, status: null, time: date }];
    const to = textOf(parameters["dest"]) ?? textOf(parameters["dest_path"]);
    const target = to === undefined ? own : places.idOf(to);
    const sources = [...sourcesIn(parameters), ...recordedInputs(entry)];
    for (const source of sources) yield { from: places.idOf(source), to: target, steps };
    // Igneous tells of a transfer at its source too, and of a downsampling into another place only by that place.
    if (sources.length === 0 && target !== own) yield { from: own, to: target, steps };
  }
}

/** Igneous and others: `src`, `src_path`, `source`. */
const sourcesIn = (parameters: JsonObject): string[] =>
  Object.entries(parameters).flatMap(([name, value]) =>
    /^(?:src|source)(?:_?(?:path|layer|cloudpath))?$/.test(name) ? (textOf(value) ?? []) : [],
  );

function recordedInputs({ cirrus }: JsonObject): string[] {
  const inputs = isJsonObject(cirrus) && Array.isArray(cirrus["inputs"]) ? (cirrus["inputs"] as JsonValue[]) : [];
  return inputs.flatMap((input) => (isJsonObject(input) ? (textOf(input["uri"]) ?? []) : []));
}

const textOf = (value: JsonValue | undefined): string | undefined =>
  typeof value === "string" && value !== "" ? value : undefined;

interface StateQuery {
  readonly places: Places;
  readonly options: StoreOptions;
  readonly check: "quick" | "content";
  readonly problems: string[];
}

/** What `check` says of each input, as edges without steps. */
async function statesOf(
  store: KeyValueStore,
  events: readonly LoggedEvent[],
  { places, options, check, problems }: StateQuery,
): Promise<LineageEdge[]> {
  try {
    const states = await inputStates(store, events, { store: options, quick: check === "quick" });
    return states.map(({ uri, state, details, compared }) => ({
      from: places.idOf(uri),
      to: store.url,
      steps: [],
      state,
      details,
      compared,
    }));
  } catch (error) {
    problems.push(`${store.url}: its inputs could not be compared: ${messageOf(error)}`);
    return [];
  }
}
