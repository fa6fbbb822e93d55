/** Which volumes below a prefix say where they came from, and what the others lack. */
import { CirrusError, messageOf } from "../../core/errors.js";
import type { StoreOptions } from "../../storage/store.js";
import { openStore } from "../../storage/open.js";
import { readEventsIfListed } from "../events.js";
import { readProvenanceIn, type ProvenanceSummary } from "../read.js";
import { findVolumes, type FoundVolume } from "./find-volumes.js";

export interface VolumeReport extends FoundVolume {
  /**
   * `missing`: no record at all; `invalid`: records that are broken (`problems`); `incomplete`: something is lacking; `unreadable`: the
   * store did not give them.
   */
  readonly state: "complete" | "incomplete" | "invalid" | "missing" | "unreadable";
  /** Of: sources, motivation, process, code environment, digests, end of job ID. */
  readonly lacks: readonly string[];
  readonly problems: readonly string[];
}

export interface SurveyReport {
  readonly prefix: string;
  readonly volumes: readonly VolumeReport[];
  readonly complete: number;
  /** All that is not complete. */
  readonly wanting: number;
}

/** @throws CirrusError `E_VOLUME_NOT_FOUND` where nothing is; `E_STORE_UNLISTABLE` on web servers; errors of the store for the prefix itself */
export async function surveyVolumes(
  prefix: string,
  options: { readonly store?: StoreOptions; readonly depth?: number } = {},
): Promise<SurveyReport> {
  const found = await findVolumes(prefix, options);
  if (!found.length) await requireAnything(prefix, options.store ?? {});
  const volumes: VolumeReport[] = [];
  for (const volume of found) volumes.push(await reportOn(volume, options.store ?? {}));
  const complete = volumes.filter(({ state }) => state === "complete").length;
  return { prefix, volumes, complete, wanting: volumes.length - complete };
}

/** An empty folder and one that is not there look alike to a store. */
async function requireAnything(prefix: string, options: StoreOptions): Promise<void> {
  const store = await openStore(prefix, options);
  try {
    for await (const _name of store.listNames("")) return;
    throw new CirrusError("E_VOLUME_NOT_FOUND", `there is no folder at ${store.url}, or nothing in it`, {
      hint: "give a folder, or a gs:// or s3:// prefix, below which volumes are",
    });
  } finally {
    await store.close();
  }
}

async function reportOn(volume: FoundVolume, options: StoreOptions): Promise<VolumeReport> {
  try {
    const { summary, hasDigests } = await read(volume.url, options);
    const lacks = lacksOf(summary, hasDigests);
    const { problems } = summary;
    if (!summary.isDocumented) return { ...volume, state: "missing", lacks, problems };
    const state = problems.length ? "invalid" : lacks.length ? "incomplete" : "complete";
    return { ...volume, state, lacks, problems };
  } catch (error) {
    return { ...volume, state: "unreadable", lacks: [], problems: [messageOf(error)] };
  }
}

async function read(url: string, options: StoreOptions) {
  const store = await openStore(url, options);
  try {
    const [summary, { events }] = await Promise.all([readProvenanceIn(store), readEventsIfListed(store)]);
    // Those of a job, or of a snapshot of what another tool wrote.
    return { summary, hasDigests: events.some(({ event }) => event.outputs?.manifestIndex !== undefined) };
  } finally {
    await store.close();
  }
}

function lacksOf(summary: ProvenanceSummary, hasDigests: boolean): string[] {
  const { sources, motivations, processes, codeEnvs, jobs } = summary;
  const isThere: readonly (readonly [what: string, is: boolean])[] = [
    ["sources", sources.length > 0],
    ["motivation", motivations.length > 0],
    ["process", processes.length > 0],
    ["code environment", codeEnvs.some(({ document }) => document !== null)],
    ["digests", hasDigests],
  ];
  const unfinished = jobs.filter(({ status }) => status === "running" || status === "failed");
  return [
    ...isThere.filter(([, is]) => !is).map(([what]) => what),
    ...unfinished.map(({ jobId, status }) => `end of job ${jobId} (${status})`),
  ];
}
