/** Work that another tool did, documented afterwards: provenance-toolbox's `logprocess`, with an event beside it. */
import { CirrusError } from "../core/errors.js";
import { redactTokens } from "../core/redact.js";
import type { KeyValueStore, StoreOptions } from "../storage/store.js";
import {
  append,
  inRecordStore,
  inStore,
  newEvent,
  type DocumentOptions,
  type Documented,
  type VolumeAddress,
} from "./document.js";
import { writeCodeEnvs } from "./env-files.js";
import { readProvenanceFile } from "./fold-into-store.js";
import { captureInputs } from "./inputs/capture-inputs.js";
import { writeInputs } from "./inputs/write-inputs.js";
import { additionOf } from "./model/addition.js";
import type { CodeEnv } from "./model/code-env.js";
import { checkWork, withoutSecrets, type ProcessDescription } from "./model/declaration.js";
import { hasProcess } from "./model/processing.js";
import { utcTime } from "./model/utc-time.js";
import { withDigest } from "./parameters-digest.js";

/** What was done: a sentence, its parameters (any plain data), and what it ran on. */
export interface ProcessFacts {
  readonly description: string;
  readonly parameters?: Readonly<Record<string, unknown>>;
  readonly codeEnvs?: readonly CodeEnv[];
}

/** Made as in provenance-toolbox: `new Process("agglomerate", { threshold: 0.5 }, await GitEnv("."))`. */
export class Process implements ProcessFacts {
  readonly codeEnvs: readonly CodeEnv[];

  constructor(
    readonly description: string,
    readonly parameters: Readonly<Record<string, unknown>> = {},
    ...codeEnvs: readonly CodeEnv[]
  ) {
    this.codeEnvs = codeEnvs;
  }
}

export interface WorkOptions extends DocumentOptions {
  /** True: recorded again though a process of this description and these parameters is there. */
  readonly duplicate?: boolean;
  readonly sources?: readonly string[];
  readonly motivation?: string;
  /** When the work was done; RFC 3339, or a date and time in UTC. */
  readonly startedAt?: string;
  readonly endedAt?: string;
  /** Default completed. */
  readonly status?: "completed" | "failed";
  /** For people: what could not be found out. */
  readonly notCaptured?: readonly string[];
  /** True: everything is checked, nothing is written. */
  readonly dryRun?: boolean;
}

/**
 * Documents a process that some tool has run on the volume: an entry of `processing`, its environments as files, an event.
 *
 * @throws CirrusError `E_PROVENANCE_DUPLICATE` when it is there already, unless `duplicate`; `E_PROVENANCE_INVALID` with a line
 * per bad field; `E_VOLUME_NOT_FOUND`; errors of the store
 */
export async function logProcess(
  volume: VolumeAddress,
  process: ProcessFacts,
  options: WorkOptions = {},
): Promise<Documented> {
  const { duplicate = false, dryRun = false, status = "completed" } = options;
  const { startedAt, endedAt, notCaptured, sources, motivation } = options;
  const work = withoutSecrets(checkWork({ process, sources, motivation }));
  const times = {
    ...(startedAt !== undefined && { startedAt: utcTime(startedAt, "startedAt") }),
    ...(endedAt !== undefined && { endedAt: utcTime(endedAt, "endedAt") }),
  };
  if (times.startedAt !== undefined && times.endedAt !== undefined && times.endedAt < times.startedAt)
    throw new CirrusError("E_PROVENANCE_INVALID", `the work ended at ${times.endedAt}, before it began at ${times.startedAt}`, { hint: "exchange the two times, or leave one out" }); // prettier-ignore
  return inRecordStore(volume, options.store, async (store) => {
    if (!duplicate && (await holdsProcess(store, work.process)))
      throw new CirrusError(
        "E_PROVENANCE_DUPLICATE",
        `the process "${work.process.description}" with these parameters has already been logged in ${store.url}`,
      );
    if (dryRun) return { isNew: true, recordKey: null, warnings: [] };
    const { url: destination } = store;
    const captured = await captureInputs(work.sources ?? [], {
      destination,
      store: options.store ?? {},
      reach: "near",
    });
    const [codeEnvs, inputs] = await Promise.all([
      writeCodeEnvs(store, process.codeEnvs ?? []),
      writeInputs(store, captured),
    ]);
    const event = await newEvent(store, options.who, {
      kind: "process",
      status,
      ...work,
      process: withDigest(work.process),
      ...times,
      codeEnvs,
      inputs,
      ...(notCaptured?.length ? { notCaptured: notCaptured.map(redactTokens) } : {}),
    });
    const added = await append(event, {
      store,
      options,
      additionOf: (logged) => {
        const { process: entry, ...addition } = additionOf(logged);
        return { ...addition, ...(entry && { process: { ...entry, duplicate } }) };
      },
    });
    return { isNew: true, ...added };
  });
}

/** True when no entry of the volume's `provenance` has this description and equal parameters. */
export async function processAbsent(
  volume: VolumeAddress,
  process: ProcessFacts,
  options?: StoreOptions,
): Promise<boolean> {
  const work = withoutSecrets(checkWork({ process }));
  return inStore(volume, options, async (store) => !(await holdsProcess(store, work.process)));
}

async function holdsProcess(store: KeyValueStore, { description, parameters }: ProcessDescription): Promise<boolean> {
  const { file } = await readProvenanceFile(store);
  return hasProcess(file.processing, description, parameters);
}
