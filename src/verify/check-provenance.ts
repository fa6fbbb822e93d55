/**
 * Holds all that a volume says about itself against what there is: the file, the environments, the code, the inputs, the log of events
 * and its signatures, the chunks. Works on any volume; what its records do not tell is said to be unknown, never guessed.
 */
import pLimit from "p-limit";
import { isCirrusError } from "../core/errors.js";
import { isJsonObject } from "../core/json/value.js";
import { parseLossless } from "../core/json/parse.js";
import type { VolumeInfo } from "../formats/precomputed/volume-info.js";
import { packageRoot } from "../provenance/agent.js";
import { readEventsIfListed, type EventLog } from "../provenance/events.js";
import { readProvenanceFile, type StoredFile } from "../provenance/fold-into-store.js";
import { foldedEntries } from "../provenance/folded-entries.js";
import { inputStates } from "../provenance/inputs/check-inputs.js";
import { changedText } from "../provenance/model/changed-text.js";
import { graphProblems } from "../provenance/model/graph.js";
import { heads } from "../provenance/model/order.js";
import { textOf } from "../provenance/objects.js";
import { readProvenance, type ProvenanceSummary } from "../provenance/read.js";
import { checkSignature } from "../provenance/signing.js";
import { readInfo } from "../volume/open-volume.js";
import { openStore } from "../storage/open.js";
import type { KeyValueStore, StoreOptions } from "../storage/store.js";
import { checkCode } from "./check-code.js";
import { documentedChunks } from "./documented-chunks.js";
import { inspectChunks } from "./inspect-chunks.js";
import { unfinishedObjects } from "./unfinished-objects.js";

export interface Finding {
  /** One word: missing, altered, undocumented, removed, changed, gone, invalid, ... */
  readonly what: string;
  /** Key of an object, URI of an input, name of a field. */
  readonly subject: string;
  readonly detail: string;
}

export interface Check {
  readonly name: "file" | "environments" | "code" | "inputs" | "events" | "signatures" | "chunks";
  /** problem: something is not as recorded. unknown: nothing contradicts, and not everything could be compared. */
  readonly state: "ok" | "problem" | "unknown";
  /** "12 chunks as documented". */
  readonly summary: string;
  readonly problems: readonly Finding[];
  /** What cannot be known, and why. */
  readonly unknown: readonly string[];
}

export interface CheckReport {
  readonly path: string;
  /** undocumented: there are no records at all. */
  readonly state: "ok" | "problems" | "undocumented";
  /** Sizes and names only. */
  readonly isQuick: boolean;
  readonly checks: readonly Check[];
  /** Digests of the newest events: who notes them down can tell later that the log was not cut short. */
  readonly heads: readonly string[];
}

export interface CheckOptions {
  readonly store?: StoreOptions;
  readonly quick?: boolean;
  /** Folders in which recorded commits are looked for. */
  readonly repositories?: readonly string[];
  readonly fetch?: boolean;
  /** Base64 of public keys. Given: every event must be signed by one of them. */
  readonly trustedKeys?: readonly string[];
  readonly onProgress?: (done: number, total: number) => void;
}

/** Never fails because of what the records hold. @throws CirrusError errors of the store */
export async function checkProvenance(url: string, options: CheckOptions = {}): Promise<CheckReport> {
  const store = await openStore(url, options.store);
  try {
    const provenance = await readProvenance(url, options.store);
    const log = await readEventsIfListed(store);
    const checks = [
      checkFile(await readProvenanceFile(store), log),
      checkEnvironments(provenance),
      await checkAllCode(provenance, options),
      await checkInputs(store, log, options),
      await checkEvents(store, log),
      await checkSignatures(store, log, options),
      await checkChunks(store, log, options).catch((error: unknown) => {
        // Manifests of a run that has not ended are found by listing only.
        if (!isCirrusError(error, "E_STORE_UNLISTABLE")) throw error;
        return conclude("chunks", "not compared", { unknown: [error.message] });
      }),
    ];
    const hasProblems = checks.some(({ state }) => state === "problem");
    const state = !provenance.isDocumented ? "undocumented" : hasProblems ? "problems" : "ok";
    return { path: store.url, state, isQuick: options.quick === true, checks, heads: heads(log.events) };
  } finally {
    await store.close();
  }
}

/** @param summary - when nothing is wrong or unknown, and before what is */
function conclude(
  name: Check["name"],
  summary: string,
  { problems = [], unknown = [] }: { readonly problems?: readonly Finding[]; readonly unknown?: readonly string[] },
): Check {
  return { name, state: problems.length ? "problem" : unknown.length ? "unknown" : "ok", summary, problems, unknown };
}

const counted = (count: number, noun: string): string => `${count} ${noun}${count === 1 ? "" : "s"}`;

function checkFile({ key, file, problems }: StoredFile, { events }: EventLog): Check {
  // Digests of chunks alone are folded into no file.
  if (key === undefined && events.every(({ event }) => event.kind === "snapshot"))
    return conclude("file", "there is none", { unknown: ["where this volume came from"] });
  const subject = key ?? "provenance";
  const invalid = problems.map((detail): Finding => ({ what: "invalid", subject, detail }));
  const missing: Finding = { what: "missing", subject, detail: "events are there, and the file is gone" };
  const recorded = new Set(events.flatMap(({ event }) => event.sources ?? []));
  const dropped = [...recorded]
    .filter((source) => key !== undefined && !file.sources.includes(source))
    .map((source): Finding => ({
      what: "dropped",
      subject: source,
      detail: `a recorded source that ${subject} lacks now`,
    }));
  return conclude("file", "CloudVolume opens it", {
    problems: [...invalid, ...(key === undefined ? [missing] : dropped)],
  });
}

function checkEnvironments({ codeEnvs }: ProvenanceSummary): Check {
  const problems: Finding[] = [];
  const unknown: string[] = [];
  for (const { file, document, isUnaltered } of codeEnvs) {
    if (!document) problems.push({ what: "missing", subject: file, detail: "it is not there, or cannot be read" });
    else if (isUnaltered === false)
      problems.push({ what: "altered", subject: file, detail: "not the bytes that were recorded" });
    else if (isUnaltered === null) unknown.push(`${file}: no event tells its digest, so nobody would notice a change`);
  }
  if (!codeEnvs.length) unknown.push("no code environment is recorded");
  return conclude("environments", `${counted(codeEnvs.length, "file")} named`, { problems, unknown });
}

async function checkAllCode({ codeEnvs }: ProvenanceSummary, options: CheckOptions): Promise<Check> {
  const repositories = [...(options.repositories ?? []), await packageRoot()];
  const problems: Finding[] = [];
  const unknown: string[] = [];
  const good: string[] = [];
  for (const { file, document } of codeEnvs) {
    const found = document && (await checkCode(document, { repositories, fetch: options.fetch === true }));
    if (found?.state === "problem") problems.push({ what: "patch", subject: file, detail: found.detail });
    else if (found?.state === "unknown") unknown.push(`${file}: ${found.detail}`);
    else if (found) good.push(found.detail);
  }
  if (!good.length && !problems.length && !unknown.length) unknown.push("no commit is recorded");
  return conclude("code", good.join("; ") || "no commit was found", { problems, unknown });
}

async function checkInputs(store: KeyValueStore, { events }: EventLog, options: CheckOptions): Promise<Check> {
  const states = await inputStates(store, events, {
    ...(options.store ? { store: options.store } : {}),
    quick: options.quick === true,
  });
  const problems: Finding[] = [];
  const unknown: string[] = [];
  const good: string[] = [];
  for (const { uri, state, details, compared } of states) {
    if (state === "changed" || state === "gone")
      for (const detail of details.length ? details : ["nothing is there"]) problems.push({ what: state === "gone" ? "gone" : "stale", subject: uri, detail }); // prettier-ignore
    else if (state === "unchanged") good.push(`${uri}: ${compared}`);
    else unknown.push(`${uri}: ${details.join("; ")}`);
  }
  if (!states.length) unknown.push("no run recorded what it was made from");
  return conclude("inputs", good.length ? `unchanged: ${good.join("; ")}` : "none could be compared", {
    problems,
    unknown,
  });
}

async function checkEvents(store: KeyValueStore, { events, unreadable, problems: broken }: EventLog): Promise<Check> {
  const lost = graphProblems({ events, unreadable, folded: await foldedEntries(store) });
  const problems = lost.map(({ key, what, detail }): Finding => ({ what, subject: key, detail }));
  const named = new Set(lost.map(({ key }) => key));
  for (const text of broken) {
    const [key = "", ...why] = text.split(": ");
    if (!named.has(key)) problems.push({ what: "altered", subject: key, detail: why.join(": ") });
  }
  const unknown = events.length ? [] : ["no events: cirrus neither wrote nor documented this volume"];
  return conclude("events", `${counted(events.length, "event")}, each that one saw is there unaltered`, {
    problems,
    unknown,
  });
}

async function checkSignatures(
  store: KeyValueStore,
  { events }: EventLog,
  { trustedKeys }: CheckOptions,
): Promise<Check> {
  if (!events.length)
    return conclude("signatures", "no events", { unknown: ["there is nothing that could be signed"] });
  const problems: Finding[] = [];
  const signers = new Map<string, number>();
  let unsigned = 0;
  const limit = pLimit(16);
  await limit.map(events, async ({ key }) => {
    const object = await store.get(key);
    if (!object) return;
    const { state, publicKey = "" } = checkSignature(await textOf(object));
    if (state === "invalid") problems.push({ what: "invalid", subject: key, detail: "not what was signed" });
    else if (state === "none") {
      unsigned++;
      if (trustedKeys)
        problems.push({ what: "unsigned", subject: key, detail: "trusted keys were given, and it has no signature" });
    } else {
      signers.set(publicKey, (signers.get(publicKey) ?? 0) + 1);
      if (trustedKeys && !trustedKeys.includes(publicKey))
        problems.push({ what: "untrusted", subject: key, detail: `signed by ${publicKey}, which is not trusted` });
    }
  });
  const by = [...signers].map(([publicKey, count]) => `${counted(count, "event")} by ${publicKey}`).join(", ");
  const unknown = trustedKeys
    ? []
    : [
        ...(unsigned ? [`${counted(unsigned, "event")} not signed: who wrote them is as they say`] : []),
        ...(signers.size ? ["whose keys these are: name those that you trust"] : []),
      ];
  return conclude("signatures", signers.size ? `valid: ${by}` : "none", { problems, unknown });
}

async function checkChunks(store: KeyValueStore, { events }: EventLog, options: CheckOptions): Promise<Check> {
  const scaleKeys = await scaleKeysOf(store);
  const { chunks, runs, problems: records } = await documentedChunks(store, events);
  if (!chunks.size && !records.length) {
    const why = runs.length ? "no manifest has been written yet" : "no manifest: no digests of its chunks are known";
    return conclude("chunks", "nothing to compare with", { unknown: [`${why}; a change would not be noticed`] });
  }
  const { asDocumented, present, problems } = await inspectChunks(store, chunks, {
    scaleKeys: scaleKeys ?? [],
    by: options.quick ? "sizes" : "digests",
    unfinished: async () => {
      const info = await infoOf(store);
      return info ? unfinishedObjects(info, events) : new Set();
    },
    ...(options.onProgress ? { onProgress: options.onProgress } : {}),
  });
  const unknown = [
    ...(scaleKeys ? [] : ["which other chunks there are: the info cannot be read"]),
    ...(present ? [] : ["which other chunks there are: the store cannot list them"]),
    ...(options.quick ? ["whether the content is the same: only names and sizes were compared"] : []),
    ...runs
      .filter(({ status }) => status === "running")
      .map(({ jobId }) => `job ${jobId} has not ended: it is at work, or was killed`),
    ...runs.flatMap(({ changed, startedAt }) =>
      changed ? `who made what differed when digests were taken at ${startedAt}: ${changedText(changed)}` : [],
    ),
  ];
  return conclude(
    "chunks",
    `${counted(asDocumented.size, "object")} as documented, by ${options.quick ? "name and size" : "digest"}`,
    {
      problems: [
        ...records.map((detail): Finding => ({ what: "record", subject: "", detail })),
        ...problems
          .map(({ kind, key, detail }): Finding => ({ what: kind, subject: key, detail }))
          .sort((a, b) => (a.subject < b.subject ? -1 : 1)),
      ],
      unknown,
    },
  );
}

/** undefined for an info that cirrus cannot read: no job goes on there. */
async function infoOf(store: KeyValueStore): Promise<VolumeInfo | undefined> {
  try {
    return (await readInfo(store))?.info;
  } catch (error) {
    if (isCirrusError(error)) return undefined;
    throw error;
  }
}

/** Leniently: a volume that cirrus cannot open has chunks too. undefined when there is no info that can be read. */
async function scaleKeysOf(store: KeyValueStore): Promise<string[] | undefined> {
  try {
    const object = await store.get("info");
    const info = object && parseLossless(await textOf(object));
    if (!isJsonObject(info) || !Array.isArray(info.scales)) return undefined;
    return info.scales.flatMap((scale: unknown) =>
      isJsonObject(scale) && typeof scale.key === "string" ? [scale.key] : [],
    );
  } catch (error) {
    if (error instanceof SyntaxError || isCirrusError(error, "E_PROVENANCE_INVALID")) return undefined;
    throw error;
  }
}
