/** What every export tells, gathered once: the records of a volume, its runs whoever wrote them, and a digest of its chunks. */
import { createHash } from "node:crypto";
import pLimit from "p-limit";
import { CirrusError, messageOf } from "../../core/errors.js";
import type { JsonObject } from "../../core/json/value.js";
import { infoKey, parseInfo } from "../../formats/precomputed/info.js";
import { openStore } from "../../storage/open.js";
import type { KeyValueStore, ListedObject, StoreOptions } from "../../storage/store.js";
import { ownAgent, type Agent } from "../agent.js";
import { readEventsIfListed } from "../events.js";
import type { Input } from "../model/input.js";
import type { ProvenanceEvent, Who } from "../model/event.js";
import type { LoggedEvent } from "../model/order.js";
import type { ProcessSummary } from "../model/processing.js";
import { sha256Hex, textOf } from "../objects.js";
import type { JobSummary } from "../job-summary.js";
import { readProvenanceIn, type CodeEnvSummary, type ProvenanceSummary } from "../read.js";
import { zarrChecksum, type ChecksumFile } from "./zarr-checksum.js";

export interface ExportFacts {
  readonly summary: ProvenanceSummary;
  /** Last part of the URL. */
  readonly name: string;
  /** SHA-256 of the info file; null where there is none. */
  readonly infoSha256: string | null;
  /** Oldest first, by when they began; those with events and those of which only the `provenance` file tells. */
  readonly runs: readonly ExportRun[];
  readonly chunks: ChunkDigest | null;
  /** RFC 3339: of this export. */
  readonly time: string;
  readonly exporter: Agent;
}

export interface ChunkDigest {
  /** See zarr-checksum.ts; of the scales' objects alone. */
  readonly zarrChecksum: string;
  readonly objects: number;
  readonly bytes: number;
}

export interface ExportRun {
  /** `run-<uuid>`, or `process-<number>` for what other tools noted: letters that every format takes in a name. */
  readonly name: string;
  /** `urn:uuid:...`; null where there is no event. */
  readonly urn: string | null;
  readonly jobId: string | null;
  readonly task: string;
  readonly parameters: JsonObject;
  readonly motivation: string | null;
  readonly argv: readonly string[] | null;
  /** RFC 3339; null where nobody noted it. */
  readonly startedAt: string | null;
  readonly endedAt: string | null;
  /** null where there is no event. */
  readonly status: string | null;
  readonly who: Who;
  readonly software: Agent;
  readonly inputs: readonly Input[];
  readonly codeEnvs: readonly CodeEnvSummary[];
  /** SHA-256 that the environment files had when they were recorded, by name. */
  readonly envDigests: ReadonlyMap<string, string>;
  readonly end: ProvenanceEvent | null;
  /** Events of this run with the digests of their objects. */
  readonly events: readonly Pick<LoggedEvent, "key" | "digest">[];
}

export interface GatherOptions {
  readonly store?: StoreOptions;
  /** Reads every chunk again for `chunks`. */
  readonly digest: boolean;
}

/** @throws CirrusError `E_PROVENANCE_MISSING` when the volume has no records; errors of the store */
export async function gatherFacts(url: string, { store: options = {}, digest }: GatherOptions): Promise<ExportFacts> {
  const store = await openStore(url, options);
  try {
    const [summary, log, info] = await Promise.all([
      readProvenanceIn(store),
      readEventsIfListed(store),
      store.get(infoKey),
    ]);
    if (!summary.isDocumented)
      throw new CirrusError("E_PROVENANCE_MISSING", `${store.url} has no provenance that could be exported`, {
        hint: "`cirrus provenance process add` documents what another tool did",
      });
    return {
      summary,
      name: decodeURIComponent(store.url.split("/").at(-1) ?? ""),
      infoSha256: info ? sha256Hex(info.bytes) : null,
      runs: runsOf(summary, log.events),
      chunks: digest && info ? await digestChunks(store, await textOf(info)) : null,
      time: new Date().toISOString(),
      exporter: await ownAgent(),
    };
  } finally {
    await store.close();
  }
}

function runsOf(summary: ProvenanceSummary, events: readonly LoggedEvent[]): ExportRun[] {
  const { jobs, processes, codeEnvs } = summary;
  const known = new Set(events.map(({ event }) => event.id));
  const others = processes.filter(({ event }) => event === null || !known.has(event));
  const envsNamed = (files: readonly string[]) => codeEnvs.filter(({ file }) => files.includes(file));
  const recorded = events.flatMap((logged) => {
    const { event } = logged;
    const envs = envsNamed((event.codeEnvs ?? []).map(({ file }) => file));
    if (event.kind === "process") return runOfWork(logged, envs);
    const job = event.kind === "start" ? jobs.find(({ run }) => run === event.run) : undefined;
    if (!job || job.status === "withdrawn") return [];
    const own = events.filter((each) => each.event.run === job.run);
    return runOfJob(job, envs, own);
  });
  const noted = others.map((process, i) => runOfProcess(process, i, envsNamed(process.codeEnvFiles)));
  const byUrn = new Map(recorded.map((run) => [run.urn, run]));
  let time = 0;
  // provenance-toolbox notes no time: its entries come where they stand in the file.
  const inFile = processes.flatMap((process) => {
    const other = others.indexOf(process);
    const run = other === -1 ? byUrn.get(process.event) : noted[other];
    time = (run && timeOf(run)) ?? time;
    return other === -1 || !run ? [] : [{ run, time }];
  });
  return [...inFile, ...recorded.map((run) => ({ run, time: timeOf(run) ?? 0 }))]
    .sort((a, b) => a.time - b.time)
    .map(({ run }) => run);
}

/** undefined where nobody noted it. */
const timeOf = ({ startedAt, endedAt }: ExportRun): number | undefined =>
  Date.parse(startedAt ?? endedAt ?? "") || undefined;

/** What every event tells that begins a run, or documents one of another tool. */
const factsOf = ({ run, process, motivation, inputs, sources, codeEnvs = [] }: ProvenanceEvent) => ({
  name: `run-${run.replace("urn:uuid:", "")}`,
  urn: run,
  task: process?.description ?? "",
  parameters: process?.parameters ?? {},
  motivation: motivation ?? null,
  inputs: inputs ?? (sources ?? []).map((uri) => ({ uri })),
  envDigests: new Map(codeEnvs.map(({ file, sha256 }) => [file, sha256])),
});

function runOfJob(job: JobSummary, codeEnvs: readonly CodeEnvSummary[], events: readonly LoggedEvent[]): ExportRun {
  const { jobId, startedAt, endedAt, status, start, end } = job;
  return {
    ...factsOf(start),
    jobId,
    argv: start.argv ?? null,
    startedAt,
    endedAt,
    status,
    who: start.who,
    software: start.agent,
    codeEnvs,
    end,
    events: events.map(({ key, digest }) => ({ key, digest })),
  };
}

/** Work that somebody has documented after it was done: where nobody told when, not after that, which is also its `date` in the file. */
function runOfWork({ key, digest, event }: LoggedEvent, codeEnvs: readonly CodeEnvSummary[]): ExportRun {
  return {
    ...factsOf(event),
    jobId: null,
    argv: null,
    startedAt: event.startedAt ?? null,
    endedAt: event.endedAt ?? (event.startedAt === undefined ? event.time : null),
    status: event.status,
    who: event.who,
    software: { name: "another tool", version: "unknown" },
    codeEnvs,
    end: null,
    events: [{ key, digest }],
  };
}

function runOfProcess(process: ProcessSummary, i: number, codeEnvs: readonly CodeEnvSummary[]): ExportRun {
  const { task, parameters, by, date, writtenBy } = process;
  return {
    name: `process-${i + 1}`,
    urn: null,
    jobId: null,
    task,
    parameters,
    motivation: null,
    argv: null,
    startedAt: date === null ? null : rfc3339(date),
    endedAt: null,
    status: null,
    who: by === null ? {} : by.includes("@") ? { email: by } : { name: by },
    software: { name: writtenBy, version: "unknown" },
    inputs: [],
    envDigests: new Map(),
    codeEnvs,
    end: null,
    events: [],
  };
}

/** `2025-03-01 09:30 UTC`, as Igneous and CloudVolume write it; null for anything else. */
function rfc3339(date: string): string | null {
  const [, day, time] = /^(\d{4}-\d\d-\d\d) (\d\d:\d\d) UTC$/.exec(date) ?? [];
  return day !== undefined && time !== undefined ? `${day}T${time}:00Z` : null;
}

const readsAtOnce = 16;

/** Objects below the scales' keys: what voxels are made of, whatever other files lie beside them. */
async function digestChunks(store: KeyValueStore, info: string): Promise<ChunkDigest> {
  const files: ChecksumFile[] = [];
  const limit = pLimit(readsAtOnce);
  const keys = new Set(scaleKeys(info, store.url));
  for (const key of keys) {
    const objects: ListedObject[] = [];
    for await (const object of store.list(`${key}/`)) objects.push(object);
    await limit.map(objects, async (object) => {
      const found = await store.get(object.key);
      if (!found)
        throw new CirrusError("E_CHUNK_MISSING", `${object.key} of ${store.url} vanished while it was digested`);
      const md5 = createHash("md5").update(found.bytes).digest("hex");
      files.push({ path: object.key, bytes: found.bytes.byteLength, md5 });
    });
  }
  const bytes = files.reduce((sum, file) => sum + file.bytes, 0);
  return { zarrChecksum: zarrChecksum(files), objects: files.length, bytes };
}

function scaleKeys(info: string, url: string): string[] {
  try {
    return parseInfo(Buffer.from(info)).scales.map(({ key }) => key);
  } catch (cause) {
    throw new CirrusError("E_VOLUME_INVALID", `the chunks of ${url} cannot be digested: ${messageOf(cause)}`, {
      cause,
      hint: "--no-digest exports the records alone",
    });
  }
}
