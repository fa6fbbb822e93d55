/**
 * What a run was made from: one record per input, in the run's first event, and for inputs of many objects a list beside the volume
 * (`provenance.d/inputs/<sha256>.ndjson.gz`), so that a later look can say what has changed.
 *
 *   {"type":"inputs","version":1,"root":URL,"scope":"all"|"named","objects":N,"bytes":N}   first line
 *   {"key":K,"bytes":N,"sha256":H}    an object below the root, by its whole content
 *   {"key":K,"bytes":N,"pieces":H}    a large one: SHA-256 over 16 pieces of 16 KiB, evenly spread (`pieceOffsets`)
 *   {"key":K,"bytes":N}               one of which only the size was noted
 *
 * Lines in order of key. `objects` and `bytes` count what there was, also where only some of it is listed.
 */
import { z } from "zod";

const text = z.string();
const count = z.number().int().nonnegative();

export const inputSchema = z.object({
  /** As it was declared, secrets replaced. */
  uri: text,
  /** `volume` has an `info`; `tiles`: the files that an ingest reads; `other`: no place that cirrus reads. */
  kind: z.enum(["volume", "folder", "file", "tiles", "other"]).optional(),
  /** URL of the place, normalised. */
  url: text.optional(),
  /** Of a single object, by its store: a generation, an etag. */
  version: text.optional(),
  /** `sha256:<hex>`: of a single object's content, else of the unpacked list. */
  digest: text.optional(),
  listKey: text.optional(),
  objects: count.optional(),
  bytes: count.optional(),
  /** How much of it the digest covers by content; the rest by name and size. */
  digested: z.object({ objects: count, bytes: count }).optional(),
  /** Of a volume with events: digests of the newest ones. */
  events: z.array(text).readonly().optional(),
  /** For people: why there is no digest, or of a part only. */
  note: text.optional(),
});

export type Input = Readonly<z.infer<typeof inputSchema>>;

export interface ListedInput {
  readonly key: string;
  readonly bytes: number;
  readonly sha256?: string;
  readonly pieces?: string;
}

export interface InputList {
  readonly root: string;
  /** `named`: other objects below the root are none of the input's. */
  readonly scope: "all" | "named";
  readonly objects: number;
  readonly bytes: number;
  readonly entries: readonly ListedInput[];
}

export const inputListKey = (sha256: string): string => `provenance.d/inputs/${sha256}.ndjson.gz`;

export function inputListText({ root, scope, objects, bytes, entries }: InputList): string {
  const head = JSON.stringify({ type: "inputs", version: 1, root, scope, objects, bytes });
  const lines = entries.map(({ key, bytes: size, sha256, pieces }) =>
    JSON.stringify({ key, bytes: size, sha256, pieces }),
  );
  return [head, ...lines, ""].join("\n");
}

const headSchema = z.object({
  type: z.literal("inputs"),
  version: z.literal(1),
  root: text,
  scope: z.enum(["all", "named"]),
  objects: count,
  bytes: count,
});
const entrySchema = z.object({ key: text, bytes: count, sha256: text.optional(), pieces: text.optional() });

/** @throws Error that says which line is wrong */
export function parseInputList(list: string): InputList {
  const [head, ...lines] = list.trimEnd().split("\n");
  const { root, scope, objects, bytes } = headSchema.parse(JSON.parse(head ?? ""));
  const entries = lines.map((line) => entrySchema.parse(JSON.parse(line)) as ListedInput); // absent members stay absent
  return { root, scope, objects, bytes, entries };
}

export const pieceBytes = 16 * 1024;
const pieceCount = 16;

/** Where the pieces of a large object begin; the first is its start, the last its end. */
export const pieceOffsets = (sizeBytes: number): readonly number[] =>
  Array.from({ length: pieceCount }, (_, i) => Math.floor(((sizeBytes - pieceBytes) * i) / (pieceCount - 1)));

/** Up to this size an object is digested whole. */
export const wholeBytes = pieceBytes * pieceCount;
