/** Two runs side by side: sources, why, parameters, code, environment, inputs, outputs. Times, persons and names of records are left out. */
import { CirrusError } from "../core/errors.js";
import type { JsonObject, JsonValue } from "../core/json/value.js";
import { openStore } from "../storage/open.js";
import type { StoreOptions } from "../storage/store.js";
import { readEventsIfListed } from "./events.js";
import { diffJson, type Difference } from "./model/diff-json.js";
import type { LoggedEvent } from "./model/order.js";
import { sha256Hex } from "./objects.js";
import type { JobSummary } from "./job-summary.js";
import { readProvenanceIn, type CodeEnvSummary, type ProvenanceSummary } from "./read.js";

export interface Side {
  readonly url: string;
  /** null: a volume without events, described by its provenance file. */
  readonly jobId: string | null;
  readonly run: string | null;
  readonly startedAt: string | null;
}

export interface ProvenanceDiff {
  readonly a: Side;
  readonly b: Side;
  readonly differences: readonly Difference[];
}

/**
 * A volume, and which of its runs, or of what was documented: a job's id, or the beginning of an event's id or digest. Default: the newest
 * run that was not withdrawn.
 */
export interface RunChoice {
  readonly url: string;
  readonly run?: string;
}

/** @throws CirrusError `E_PROVENANCE_MISSING` when a side has no records, or not that run; errors of the store */
export async function diffRuns(a: RunChoice, b: RunChoice, options: StoreOptions = {}): Promise<ProvenanceDiff> {
  const [first, second] = await Promise.all([describeRun(a, options), describeRun(b, options)]);
  return { a: first.side, b: second.side, differences: diffJson(first.facts, second.facts) };
}

async function describeRun(choice: RunChoice, options: StoreOptions) {
  const { provenance, events } = await readBoth(choice.url, options);
  if (!provenance.isDocumented)
    throw new CirrusError("E_PROVENANCE_MISSING", `${provenance.url} has no provenance: there is nothing to compare`, {
      hint: "`cirrus provenance process add` documents a volume",
    });
  const chosen = chooseRun(provenance, events, choice.run);
  const side = {
    url: provenance.url,
    jobId: chosen?.jobId || null,
    run: chosen?.run ?? null,
    startedAt: chosen?.startedAt ?? null,
  };
  return { side, facts: chosen ? factsOfRun(chosen, provenance) : factsOfFile(provenance) };
}

async function readBoth(url: string, options: StoreOptions) {
  const store = await openStore(url, options);
  try {
    const [provenance, { events }] = await Promise.all([readProvenanceIn(store), readEventsIfListed(store)]);
    return { provenance, events };
  } finally {
    await store.close();
  }
}

/** Of a job, or of work that another tool did: then without a job's id and an end. */
type Run = Pick<JobSummary, "jobId" | "run" | "startedAt" | "status" | "start" | "end">;

const runOfWork = ({ event }: LoggedEvent): Run => {
  const { jobId, run, startedAt, time, status } = event;
  return { jobId, run, startedAt: startedAt ?? time, status, start: event, end: null };
};

function chooseRun(
  { jobs, url }: ProvenanceSummary,
  events: readonly LoggedEvent[],
  wanted: string | undefined,
): Run | undefined {
  if (wanted === undefined) return jobs.findLast(({ status }) => status !== "withdrawn") ?? jobs.at(-1);
  const runs: readonly Run[] = [...jobs, ...events.filter(({ event }) => event.kind === "process").map(runOfWork)];
  const begins = (name: string): boolean => name.replace(/^(?:urn:uuid|sha256):/, "").startsWith(wanted);
  const named = new Set(events.filter(({ digest }) => begins(digest)).map(({ event }) => event.run));
  const found = runs.filter(({ jobId, run }) => jobId === wanted || begins(run) || named.has(run));
  // A job that was withdrawn and begun again has several; the last one counts.
  if (found.length && new Set(found.map(({ jobId, run }) => jobId || run)).size === 1) return found.at(-1);
  const known = jobs.map(({ jobId }) => jobId).join(", ") || "none";
  throw new CirrusError(
    "E_PROVENANCE_MISSING",
    `${url} has ${found.length ? "several runs" : "no run"} ${wanted}; its jobs: ${known}`,
    {
      hint: "`cirrus provenance log` lists them",
    },
  );
}

function factsOfRun({ jobId, start, end, status }: Run, { codeEnvs }: ProvenanceSummary): JsonObject {
  const { sources = [], motivation, process, parameters, codeEnvs: named = [], inputs = [], agent } = start;
  const files = new Set(named.map(({ file }) => file));
  const inputFacts = inputs.map(
    ({ uri, digest, objects, bytes }) => [uri, present({ digest, objects, bytes })] as const,
  );
  const outputs = end?.outputs;
  return present({
    sources,
    motivation,
    process: process && { description: process.description, parameters: process.parameters },
    parameters,
    // What documented the work of another tool did not do it.
    agent: jobId ? `${agent.name} ${agent.version}` : undefined,
    code: codeFacts(codeEnvs.filter(({ file }) => files.has(file))),
    inputs: Object.fromEntries(inputFacts),
    status,
    outputs: outputs && present({ chunks: outputs.chunks, bytes: outputs.bytes, tree: outputs.tree }),
  });
}

/** What other tools wrote: the processes by their task, later ones of the same task numbered. */
function factsOfFile({ sources, motivations, processes, codeEnvs }: ProvenanceSummary): JsonObject {
  const tasks: Record<string, JsonValue> = {};
  for (const { task, parameters } of processes) {
    let name = task;
    for (let i = 2; Object.hasOwn(tasks, name); i++) name = `${task} (${i})`;
    tasks[name] = parameters;
  }
  return { sources, motivation: motivations.join("\n"), processes: tasks, code: codeFacts(codeEnvs) };
}

/** Environments of one kind stand under one name, so that they are compared with each other. */
function codeFacts(envs: readonly CodeEnvSummary[]): JsonObject {
  const facts: Record<string, JsonValue> = {};
  for (const { type, document, file } of envs) {
    if (!document) continue;
    const subject = document["CodeEnv type"] === "PythonGithub" ? repositoryOf(document, file) : "";
    let name = `${type ?? "unknown"}${subject && ` ${subject}`}`;
    for (let i = 2; Object.hasOwn(facts, name); i++) name = `${name.replace(/ \d+$/, "")} ${i}`;
    facts[name] = Object.fromEntries(Object.entries(document).map(([key, value]) => [key, readable(key, value)]));
  }
  return facts;
}

/** The file's name without the commit. */
const repositoryOf = (document: JsonObject, file: string): string =>
  typeof document.name === "string" && document.name ? document.name : (file.split("_")[0] ?? file);

/** Packages by name; a patch by its digest, for it is long. */
function readable(key: string, value: JsonValue): JsonValue {
  if (key === "packages" && Array.isArray(value)) {
    const pairs = (value as readonly JsonValue[]).filter((item): item is [string, JsonValue] => Array.isArray(item) && typeof item[0] === "string"); // prettier-ignore
    return Object.fromEntries(pairs.map(([name, version]) => [name, version ?? null]));
  }
  if (key === "diff" && typeof value === "string" && value !== "")
    return `patch of ${value.split("\n").length - 1} lines, sha256:${sha256Hex(Buffer.from(value)).slice(0, 16)}`;
  return value;
}

/** Without members that are undefined. */
const present = (members: Readonly<Record<string, JsonValue | undefined>>): JsonObject =>
  Object.fromEntries(Object.entries(members).filter((entry): entry is [string, JsonValue] => entry[1] !== undefined));
