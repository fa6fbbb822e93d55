/**
 * Events: the append-only log beside a volume, one immutable object each at `provenance.d/events/<time>-<id>.json`.
 * A *run* is what one start event began; a `resume` says that it goes on after it had ended, an `end` how it ended.
 * Each event holds the digests of the newest events that its writer saw, so the log is a graph that can be checked.
 */
import { z } from "zod";
import { parseLossless } from "../../core/json/parse.js";
import { stringifyLossless } from "../../core/json/stringify.js";
import { isJsonObject, toPlain, type JsonObject, type JsonValue } from "../../core/json/value.js";
import { inputSchema } from "./input.js";
import { noteTypes } from "./note.js";

export const eventsPrefix = "provenance.d/events/";

const text = z.string();
const count = z.number().int().nonnegative();
const coordinates = z.tuple([z.number(), z.number(), z.number()]).readonly();
const list = <Item extends z.ZodType>(item: Item) => z.array(item).readonly();
const object = z.custom<JsonObject>(isJsonObject, "expected an object");
const uuidUrn = z.string().regex(/^urn:uuid:[0-9a-f-]{36}$/);

const who = z.object({
  name: text.optional(),
  email: text.optional(),
  orcid: text.optional(),
  /** Account on `host`. */
  user: text.optional(),
  host: text.optional(),
});

/** Chunks that a run may write: those of `mips` whose mip-0 voxels lie in `extent`, half-open, xyz. */
const claim = z.object({
  extent: z.object({ min: coordinates, max: coordinates }),
  mips: list(count),
  jobId: text,
});

const signature = z.object({
  algorithm: z.literal("ed25519"),
  /** Base64 of the 32 bytes. */
  publicKey: text,
  /** Base64; of `signedText`. */
  value: text,
});

/** What somebody wrote about the volume, or about a place in it. */
const note = z.object({
  type: z.enum(noteTypes),
  /** Exact. */
  text,
  tags: list(text).optional(),
  /** Half-open, xyz, in voxels of `mip`. */
  box: z.object({ min: coordinates, max: coordinates, mip: count }).optional(),
  /** Segment id, decimal. */
  segment: z.string().regex(/^\d+$/).optional(),
});

const filledTiles = z.object({
  count,
  /** All of them, or the first. */
  tiles: list(z.object({ url: text, page: count.optional(), reason: text, detail: text.optional() })).optional(),
  /** Object beside the volume that lists all. */
  listKey: text.optional(),
});

/** What of a snapshot is not as earlier manifests had it: of another tool's work, or of nobody's. */
const changed = z.object({
  altered: count,
  missing: count,
  /** In no earlier manifest. */
  added: count,
  /** The first of them, in this order. */
  keys: list(text),
});

const schema = z.object({
  v: z.number().int().positive(),
  id: uuidUrn,
  /** RFC 3339, UTC, milliseconds: `2025-03-01T09:30:00.062Z`. */
  time: z.string().regex(/^\d{4}-\d\d-\d\dT\d\d:\d\d:\d\d\.\d{3}Z$/),
  /**
   * "start", "resume", "end": steps of a run. "join": another process, perhaps on another machine, works on a run. "snapshot": digests of
   * what another tool wrote. "process": work that another tool did. "note": what somebody wrote. Readers pass over others.
   */
  kind: text,
  /** Of the run, from now on. `withdrawn`: another run's claim came first, nothing was written. */
  status: z.enum(["running", "completed", "failed", "cancelled", "withdrawn"]),
  /** Id of the run's start event; its own in a start event. */
  run: uuidUrn,
  /** "" where there is no job. */
  jobId: text,
  /** URL of the volume or repository. */
  destination: text,
  who,
  agent: z.object({ name: text, version: text }),
  /** `sha256:<hex>` of the bytes of the events that no other seen event had seen. */
  sees: list(text),
  /** Their keys, in the same order: so that one that was altered or removed has a name. */
  seesAt: list(text).optional(),
  signature: signature.optional(),

  // Of a start event, and of a process event.
  sources: list(text).optional(),
  /** Exact. */
  motivation: text.optional(),
  process: z.object({ description: text, parameters: object, parametersSha256: text.optional() }).optional(),
  /** Of the job: what was planned, as far as it decides about voxels. */
  parameters: object.optional(),
  /** Secrets replaced. */
  argv: list(text).optional(),
  codeEnvs: list(z.object({ kind: text, file: text, sha256: text })).optional(),
  /** One per source, and the files that an ingest reads. */
  inputs: list(inputSchema).optional(),
  claim: claim.optional(),
  /** Ids of runs whose chunks this one may replace. */
  supersedes: list(uuidUrn).optional(),
  /** For people: what could not be captured. */
  notCaptured: list(text).optional(),

  // Of a process event: when that work began and ended, as it was told.
  startedAt: text.optional(),
  endedAt: text.optional(),

  // Of a note event.
  note: note.optional(),

  // Of an end event.
  outputs: z
    .looseObject({
      /** Object that lists the job's manifests and their digests. */
      manifestIndex: z.object({ key: text, sha256: text }).optional(),
      chunks: count.optional(),
      bytes: count.optional(),
      /**
       * Of all its chunks: SHA-256 over `<key> <bytes> <sha256>\n` of each, sorted by key. The same chunks give the same digest, whatever
       * the tasks that wrote them.
       */
      tree: text.optional(),
      /** Of a snapshot: left out where all is as it was documented before, or nothing was. */
      changed: changed.optional(),
      /** Values of the finest scale to show black and white: 1 % and 99 % of sampled voxels lie below them. */
      contrast: z.object({ low: z.number(), high: z.number() }).optional(),
    })
    .optional(),
  filled: filledTiles.optional(),
  /** The RESULT note, or what went wrong; exact. */
  message: text.optional(),
});

export type ProvenanceEvent = Readonly<z.infer<typeof schema>>;
export type RunStatus = ProvenanceEvent["status"];
export type Who = Readonly<z.infer<typeof who>>;
export type Signature = Readonly<z.infer<typeof signature>>;
export type NoteFacts = Readonly<z.infer<typeof note>>;
export type Claim = Readonly<z.infer<typeof claim>>;
export type FilledTiles = Readonly<z.infer<typeof filledTiles>>;
export type ChangedObjects = Readonly<z.infer<typeof changed>>;
export type RunOutputs = NonNullable<ProvenanceEvent["outputs"]>;

/** Sorts by time, then id: `provenance.d/events/20250301T093000062Z-<uuid>.json`. */
export const eventKey = ({ time, id }: Pick<ProvenanceEvent, "time" | "id">): string =>
  `${eventsPrefix}${time.replace(/[-:.]/g, "")}-${id.replace("urn:uuid:", "")}.json`;

export const eventText = (event: ProvenanceEvent): string =>
  // The schema's members are JSON; only its undefined ones are not, and those the writer leaves out.
  stringifyLossless(event as unknown as JsonValue, "cloudvolume");

/** What a signature is of: the stored text without it, so that members which this version does not know are signed too. */
export function signedText(stored: JsonObject): string {
  const { signature: _signature, ...rest } = stored;
  return stringifyLossless(rest, "cloudvolume");
}

/** @throws Error that says what is wrong with it: SyntaxError, or a path and a reason per bad member */
export function parseEvent(json: string): ProvenanceEvent {
  const raw = parseLossless(json);
  const parsed = schema.safeParse(isJsonObject(raw) ? withRawParameters(raw) : toPlain(raw));
  if (parsed.success) return parsed.data;
  throw new Error(
    parsed.error.issues.map((issue) => `${issue.path.join(".") || "event"}: ${issue.message}`).join("; "),
  );
}

/** Plain numbers, but for the parameters of people, which keep their tokens. */
function withRawParameters(raw: JsonObject): unknown {
  // toPlain gives an object for an object.
  const plain = toPlain(raw) as Record<string, unknown>;
  if (raw.parameters !== undefined) plain.parameters = raw.parameters;
  if (isJsonObject(raw.process) && raw.process.parameters !== undefined)
    plain.process = { ...(plain.process as object), parameters: raw.process.parameters };
  return plain;
}

/** Steps of a run, in which the last one tells its state. */
export const isRunStep = ({ kind }: ProvenanceEvent): boolean =>
  kind === "start" || kind === "resume" || kind === "end";
