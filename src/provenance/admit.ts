/**
 * The gate: nothing is written to a volume before its record is durable beside it. This file alone mints write tickets.
 * Order: environment files, start event, claim, fold into `provenance`, sync, ticket. A crash leaves a longer record, never a write without one.
 */
import { CirrusError, messageOf } from "../core/errors.js";
import { describeBox } from "../core/bounding-box.js";
import type { JsonObject } from "../core/json/value.js";
import { redactArguments, redactJson, redactTokens } from "../core/redact.js";
import { mintTicket, type WriteTicket } from "../core/write-ticket.js";
import { openRecordStore, openStore } from "../storage/open.js";
import type { KeyValueStore, StoreOptions, WritableStore } from "../storage/store.js";
import { ownAgent } from "./agent.js";
import { enterClaim, findWinner } from "./claims.js";
import { writeCodeEnvs, type WrittenEnv } from "./env-files.js";
import { newEventStamp, readEvents, writeEvent } from "./events.js";
import { captureInputs, type CapturedInput } from "./inputs/capture-inputs.js";
import type { KnownDigests } from "./inputs/list-objects.js";
import { writeInputs } from "./inputs/write-inputs.js";
import { foldIntoStore } from "./fold-into-store.js";
import { statusOf, supersededBy } from "./model/claim.js";
import type { CodeEnv } from "./model/code-env.js";
import { additionOf } from "./model/addition.js";
import { checkDeclaration, withoutSecrets, type Declaration } from "./model/declaration.js";
import { eventKey, parseEvent, type Claim, type ProvenanceEvent, type Who } from "./model/event.js";
import type { Input } from "./model/input.js";
import { sightOf } from "./model/order.js";
import { toRecordable } from "./model/recordable.js";
import { textOf } from "./objects.js";
import { withDigest } from "./parameters-digest.js";
import { loadSigner, type RecordOptions, type Signer } from "./signing.js";

export interface AdmitRequest {
  /** URL or path of the volume or repository. */
  readonly destination: string;
  readonly options?: RecordOptions;
  /** Checked again, whoever made it. */
  readonly declaration: Declaration;
  readonly jobId: string;
  readonly who?: Who;
  readonly argv?: readonly string[];
  /** Chunks that the job will write: `extent` in mip-0 voxels of the volume. Without it nothing is claimed. */
  readonly claim?: Pick<Claim, "extent" | "mips">;
  /** Of the job: plain data. */
  readonly parameters?: Readonly<Record<string, unknown>>;
  readonly codeEnvs?: readonly CodeEnv[];
  /** What capture could not find out. */
  readonly notCaptured?: readonly string[];
  /** Besides the declared sources, which are looked at here: the files that an ingest reads. */
  readonly inputs?: readonly CapturedInput[];
  /** Of those inputs' files: what is the same in a declared source is not read again. */
  readonly known?: KnownDigests;
  /** Runs whose chunks this one may replace, live or over (see `overlappingRuns`). */
  readonly supersedes?: readonly string[];
}

export interface Admission {
  readonly ticket: WriteTicket;
  /** Key of the start event, relative to the destination: what `readmit` takes. */
  readonly recordKey: string;
  readonly event: ProvenanceEvent;
}

/**
 * Records who does what, why, from what and with which code, and resolves once that would survive a power loss.
 *
 * @throws CirrusError `E_PROVENANCE_MISSING`, `E_PROVENANCE_INVALID` before anything is written; `E_CLAIM_LOST` when another
 * unfinished job claimed some of the same chunks first (the run is then recorded as withdrawn); errors of the store
 */
export async function admit(request: AdmitRequest): Promise<Admission> {
  const declaration = withoutSecrets(checkDeclaration(request.declaration));
  const parameters = redactJson(toRecordable(request.parameters ?? {}, "parameters")) as JsonObject;
  const signer = await loadSigner(request.options ?? {});
  const store = await openRecordStore(request.destination, { ...request.options, jobId: request.jobId });
  try {
    const [codeEnvs, inputs] = await Promise.all([
      writeCodeEnvs(store, request.codeEnvs ?? []),
      writeInputs(store, await inputsOf(request)),
    ]);
    const event = await startEvent(store, { ...request, declaration, parameters }, { codeEnvs, inputs });
    const { key: recordKey, digest } = await writeEvent(store, event, signer);
    const claimKeys = await claim(store, event, signer);
    try {
      const foldedKeys = await foldIntoStore(store, additionOf({ event, digest }), event.time);
      const besides = [...codeEnvs.map(({ file }) => file), ...inputs.flatMap(({ listKey }) => listKey ?? [])];
      await store.sync([...besides, recordKey, ...claimKeys, ...foldedKeys]);
    } catch (error) {
      // Else the claim of a job that never was would stand in everybody's way. The first error counts.
      await withdraw(store, event, { message: `not begun: ${messageOf(error)}`, signer }).catch(() => undefined);
      throw error;
    }
    return { ticket: mintTicket(store.url, recordKey), recordKey, event };
  } finally {
    await store.close();
  }
}

/**
 * A ticket for another process of the same job: reads the record again from the destination.
 *
 * @throws CirrusError `E_PROVENANCE_MISSING` when there is no such record, `E_PROVENANCE_INVALID` when it is broken or is of another destination
 */
export async function readmit(
  destination: string,
  recordKey: string,
  options: StoreOptions = {},
): Promise<WriteTicket> {
  const store = await openStore(destination, options);
  try {
    await readRecord(store, recordKey);
    return mintTicket(store.url, recordKey);
  } finally {
    await store.close();
  }
}

/** A process that goes to work on a run: who started it, how, and what it runs on. */
export interface JoiningNode {
  readonly who: Who;
  readonly argv: readonly string[];
  readonly codeEnvs: readonly CodeEnv[];
  readonly notCaptured: readonly string[];
}

export interface ResumeRequest {
  readonly destination: string;
  /** Of the start event: `Admission.recordKey`. */
  readonly recordKey: string;
  readonly options?: RecordOptions;
  /** Without it nothing is said about the machine. */
  readonly node?: JoiningNode;
}

/**
 * Goes on with a run. One that had ended makes its claim, which was free since then, again; to one that has not, this process is
 * added as another that works on it.
 *
 * @throws CirrusError as `readmit`; `E_JOB_CANCELLED` for a cancelled run; `E_CLAIM_LOST` for a withdrawn one, for one that a
 * later run superseded, or when another unfinished job has claimed some of the same chunks since
 */
export async function resume({ destination, recordKey, options = {}, node }: ResumeRequest): Promise<WriteTicket> {
  const signer = await loadSigner(options);
  const store = await openRecordStore(destination, options);
  try {
    const start = await readRecord(store, recordKey);
    const { events } = await readEvents(store);
    const status = statusOf(start.run, events);
    const successor = supersededBy(start.run, events);
    if (successor)
      throw new CirrusError(
        "E_CLAIM_LOST",
        `job ${successor.jobId} has overwritten chunks of job ${start.jobId} since`,
      );
    if (status === "cancelled")
      throw new CirrusError("E_JOB_CANCELLED", `job ${start.jobId} was cancelled and cannot go on`);
    if (status === "withdrawn")
      throw new CirrusError("E_CLAIM_LOST", `job ${start.jobId} withdrew before it wrote anything; start it anew`);
    const isOver = status !== "running";
    if (isOver || node) {
      const { run, jobId, claim: claimed, supersedes } = start;
      const codeEnvs = await writeCodeEnvs(store, node?.codeEnvs ?? []);
      const who = node?.who ?? start.who;
      const step = { run, jobId, status: "running", destination: store.url, who, agent: await ownAgent() } as const;
      const own = isOver ? { kind: "resume", claim: claimed, supersedes } : { kind: "join" };
      const event = {
        ...newEventStamp(),
        ...step,
        ...own,
        ...(node ? factsOf(node, codeEnvs) : {}),
        ...sightOf(events),
      };
      const { key } = await writeEvent(store, event, signer);
      const claimKeys = isOver ? await claim(store, event, signer) : [];
      await store.sync([...codeEnvs.map(({ file }) => file), key, ...claimKeys]);
    }
    return mintTicket(store.url, recordKey);
  } finally {
    await store.close();
  }
}

const factsOf = ({ argv, notCaptured }: JoiningNode, codeEnvs: readonly WrittenEnv[]) => ({
  codeEnvs,
  argv: redactArguments(argv),
  ...(notCaptured.length ? { notCaptured: notCaptured.map(redactTokens) } : {}),
});

const inputsOf = async (request: AdmitRequest): Promise<CapturedInput[]> => {
  const { declaration, destination, options = {}, inputs = [], known } = request;
  const declared = await captureInputs(declaration.sources, { destination, store: options, reach: "near", known });
  return [...declared, ...inputs];
};

type PreparedRequest = AdmitRequest & { readonly parameters: JsonObject };

async function startEvent(
  store: KeyValueStore,
  request: PreparedRequest,
  { codeEnvs, inputs }: { readonly codeEnvs: readonly WrittenEnv[]; readonly inputs: readonly Input[] },
): Promise<ProvenanceEvent> {
  const { declaration, jobId, claim: wanted, argv, supersedes, notCaptured } = request;
  const { events } = await readEvents(store);
  const stamp = newEventStamp();
  return {
    ...stamp,
    kind: "start",
    status: "running",
    run: stamp.id,
    jobId,
    destination: store.url,
    who: request.who ?? {},
    agent: await ownAgent(),
    ...sightOf(events),
    sources: declaration.sources,
    motivation: declaration.motivation,
    process: withDigest(declaration.process),
    parameters: request.parameters,
    codeEnvs,
    ...(argv ? { argv: redactArguments(argv) } : {}),
    inputs,
    ...(wanted ? { claim: { extent: wanted.extent, mips: wanted.mips, jobId } } : {}),
    ...(supersedes?.length ? { supersedes } : {}),
    ...(notCaptured?.length ? { notCaptured: notCaptured.map(redactTokens) } : {}),
  };
}

/** Enters the claim and withdraws when another one came first; resolves to the keys to sync. */
async function claim(store: WritableStore, event: ProvenanceEvent, signer: Signer | undefined): Promise<string[]> {
  if (!event.claim) return [];
  const entryKey = await enterClaim(store, event);
  const winner = await findWinner(store, event);
  if (!winner) return [entryKey];
  const message = `${lostTo(winner)}; ${describeClaim(event.claim)} was not written`;
  const endKey = await withdraw(store, event, { message, signer });
  await store.sync([eventKey(event), entryKey, endKey]);
  throw new CirrusError("E_CLAIM_LOST", message, { context: { winner: winner.jobId, recordOf: winner.run } });
}

/** Ends a run that has just been begun or resumed; resolves to the key of the end event. */
async function withdraw(
  store: WritableStore,
  event: ProvenanceEvent,
  { message, signer }: { readonly message: string; readonly signer: Signer | undefined },
): Promise<string> {
  const { kind, jobId, run, who, agent, destination } = event;
  // A run that had ended with failures has not written less by not going on.
  const status = kind === "start" ? "withdrawn" : "failed";
  const ended = { kind: "end", status, run, jobId, destination, who, agent, message: redactTokens(message) } as const;
  const { events } = await readEvents(store);
  const { key } = await writeEvent(store, { ...newEventStamp(), ...ended, ...sightOf(events) }, signer);
  return key;
}

function lostTo({ jobId, who, time, claim: held }: ProvenanceEvent): string {
  const owner = who.email ?? who.name ?? who.user;
  const by = `${owner ? ` of ${owner}` : ""}${who.host ? ` on ${who.host}` : ""}`;
  return `job ${jobId}${by}, unfinished since ${time}, has claimed ${held ? describeClaim(held) : "this volume"}`;
}

const describeClaim = ({ extent, mips }: Claim): string => `${describeBox(extent)} at mips ${mips.join(", ")}`;

async function readRecord(store: KeyValueStore, recordKey: string): Promise<ProvenanceEvent> {
  const object = await store.get(recordKey);
  if (!object)
    throw new CirrusError(
      "E_PROVENANCE_MISSING",
      `${store.url} has no provenance record ${recordKey}: was it moved or deleted?`,
      {
        hint: "put the volume back where it was; else `cirrus cancel` the job",
      },
    );
  const event = parseRecord(await textOf(object), recordKey);
  const refuse = (fault: string): never => {
    throw new CirrusError("E_PROVENANCE_INVALID", `the record ${recordKey} of ${store.url} ${fault}`);
  };
  if (event.kind !== "start") refuse("is no start of a run");
  if (eventKey(event) !== recordKey) refuse("was written under another name");
  if (event.destination !== store.url) refuse(`was written for ${event.destination}`);
  checkDeclaration(event);
  return event;
}

function parseRecord(text: string, key: string): ProvenanceEvent {
  try {
    return parseEvent(text);
  } catch (cause) {
    throw new CirrusError("E_PROVENANCE_INVALID", `${key} is no provenance record: ${messageOf(cause)}`, { cause });
  }
}
