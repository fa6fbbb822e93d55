/** All that a volume says about where it came from, for `cirrus provenance show`. */
import pLimit from "p-limit";
import { messageOf } from "../core/errors.js";
import { parseLiberal } from "../core/json/parse.js";
import { isJsonObject, type JsonObject, type JsonValue } from "../core/json/value.js";
import { openStore } from "../storage/open.js";
import type { KeyValueStore, StoreOptions } from "../storage/store.js";
import { readEventsIfListed } from "./events.js";
import { readProvenanceFile } from "./fold-into-store.js";
import type { ProvenanceEvent } from "./model/event.js";
import { hasNote, parseNotes, type Note } from "./model/note.js";
import { noteList, type ListedNote } from "./model/note-list.js";
import { summariseProcess, type ProcessSummary } from "./model/processing.js";
import { jobsOf, type JobSummary } from "./job-summary.js";
import { momentsOf, type Moment } from "./moments.js";
import { sha256Hex, textOf } from "./objects.js";

/** JSON throughout; numbers in `parameters` are tokens, so print it with `stringifyLossless`. */
export interface ProvenanceSummary {
  readonly url: string;
  /** False when there is neither a provenance file nor an event. */
  readonly isDocumented: boolean;
  readonly sources: readonly string[];
  readonly owners: readonly string[];
  /** Exact texts where an event has them, without repeats, oldest first. */
  readonly motivations: readonly string[];
  readonly processes: readonly ProcessSummary[];
  /** Oldest first; free text that is no note comes as GENERIC without a time. */
  readonly notes: readonly ListedNote[];
  /** Notes, processes and jobs, oldest first. */
  readonly timeline: readonly Moment[];
  readonly codeEnvs: readonly CodeEnvSummary[];
  readonly jobs: readonly JobSummary[];
  /** Other members of the file's top level. */
  readonly extra: JsonObject;
  /** What is wrong with the records; reading goes on. */
  readonly problems: readonly string[];
}

export interface CodeEnvSummary {
  readonly file: string;
  /** `CodeEnv type` of the file; null when it cannot be read. */
  readonly type: string | null;
  readonly document: JsonObject | null;
  /** null: no event tells the digest that it should have. */
  readonly isUnaltered: boolean | null;
}

/** Never fails because of what the records hold; a volume without any gives an empty summary. */
export async function readProvenance(url: string, options: StoreOptions = {}): Promise<ProvenanceSummary> {
  const store = await openStore(url, options);
  try {
    return await readProvenanceIn(store);
  } finally {
    await store.close();
  }
}

/** As `readProvenance`, of a volume whose store is open. */
export async function readProvenanceIn(store: KeyValueStore): Promise<ProvenanceSummary> {
  const [{ key, file, problems }, log] = await Promise.all([readProvenanceFile(store), readEventsIfListed(store)]);
  const processes = file.processing.map(summariseProcess);
  const jobs = jobsOf(log.events);
  const events = log.events.map(({ event }) => event);
  const envs = await readCodeEnvs(store, processes, events);
  const inFile = parseNotes(file.description);
  const notes = noteList(inFile, events);
  return {
    url: store.url,
    isDocumented: key !== undefined || log.events.length > 0,
    sources: unique([...file.sources, ...events.flatMap(({ sources = [] }) => sources)]),
    owners: file.owners,
    motivations: motivationsOf(inFile, events),
    processes,
    notes,
    timeline: momentsOf(notes, processes, jobs),
    codeEnvs: envs.found,
    jobs,
    extra: file.extra,
    problems: [...problems.map((text) => `${key}: ${text}`), ...log.problems, ...envs.problems],
  };
}

const unique = <Item>(items: readonly Item[]): Item[] => [...new Set(items)];

/** A note of the file is the escaped form of an event's text: the exact one counts. */
function motivationsOf(notes: readonly Note[], events: readonly ProvenanceEvent[]): string[] {
  const exact = events.flatMap(({ motivation, note }) => motivation ?? (note?.type === "MOTIVATION" ? note.text : []));
  const known = exact.map((text): Note => ({ time: null, type: "MOTIVATION", text }));
  const others = notes.filter((note) => note.type === "MOTIVATION" && !hasNote(known, note));
  return unique([...others.map(({ text }) => text), ...exact]);
}

async function readCodeEnvs(
  store: KeyValueStore,
  processes: readonly ProcessSummary[],
  events: readonly ProvenanceEvent[],
): Promise<{ readonly found: CodeEnvSummary[]; readonly problems: string[] }> {
  const problems: string[] = [];
  const expected = new Map(events.flatMap(({ codeEnvs = [] }) => codeEnvs).map(({ file, sha256 }) => [file, sha256]));
  const names = unique([...processes.flatMap(({ codeEnvFiles }) => codeEnvFiles), ...expected.keys()]);
  const limit = pLimit(16);
  const read = async (file: string): Promise<CodeEnvSummary> => {
    const missing: CodeEnvSummary = { file, type: null, document: null, isUnaltered: null };
    try {
      const object = await store.get(file);
      if (!object) throw new Error("the environment file is missing");
      const value = parseLiberal(await textOf(object));
      const document = isJsonObject(value) ? value : null;
      const sha256 = expected.get(file);
      const isUnaltered = sha256 === undefined ? null : sha256Hex(object.bytes) === sha256;
      if (isUnaltered === false) problems.push(`${file}: not the bytes that were recorded`);
      return { file, type: asText(document?.["CodeEnv type"]), document, isUnaltered };
    } catch (error) {
      problems.push(`${file}: ${messageOf(error)}`);
      return missing;
    }
  };
  const found = await Promise.all(names.map((name) => limit(read, name)));
  return { found, problems: problems.sort() };
}

const asText = (value: JsonValue | undefined): string | null => (typeof value === "string" ? value : null);
