/** Entries of `processing`: one that satisfies every known reader at once, and a look at anybody's. */
import { stringifyLossless } from "../../core/json/stringify.js";
import { isJsonObject, isNumberToken, setMember, type JsonObject, type JsonValue } from "../../core/json/value.js";

export interface ProcessingFacts {
  readonly task: string;
  readonly parameters: JsonObject;
  readonly codeEnvFiles: readonly string[];
  /** E-mail, else name; "" when nobody is known. */
  readonly by: string;
  /** RFC 3339, UTC. */
  readonly time: string;
  /** What our own readers want besides; `v` and `id` of the event are in it. */
  readonly cirrus: JsonObject;
}

/**
 * `task`, `parameters`, `code_envfiles` for provenance-toolbox (it raises without them), `method`, `by`, `date` as
 * Igneous writes them, `cirrus` for us.
 */
export const processingEntry = (facts: ProcessingFacts): JsonObject => ({
  task: facts.task,
  parameters: facts.parameters,
  code_envfiles: facts.codeEnvFiles,
  method: { ...scalarsOf(facts.parameters), task: facts.task },
  by: facts.by,
  date: `${facts.time.slice(0, 16).replace("T", " ")} UTC`,
  cirrus: facts.cirrus,
});

/** Lists and objects stand in `parameters` once. */
function scalarsOf(parameters: JsonObject): JsonObject {
  const scalars: Record<string, JsonValue> = {};
  for (const [key, value] of Object.entries(parameters))
    if (isNumberToken(value) || typeof value !== "object") setMember(scalars, key, value);
  return scalars;
}

/** True when the entry that an event wrote is there already. */
export const hasEntryOf = (processing: readonly JsonValue[], eventId: JsonValue | undefined): boolean =>
  processing.some((entry) => isJsonObject(entry) && isJsonObject(entry.cirrus) && entry.cirrus.id === eventId);

/** True when an entry has this task and equal parameters: what provenance-toolbox counts as already logged. */
export const hasProcess = (processing: readonly JsonValue[], task: string, parameters: JsonObject): boolean =>
  processing.some(
    (entry) =>
      isJsonObject(entry) &&
      entry.task === task &&
      isJsonObject(entry.parameters) &&
      isSame(entry.parameters, parameters),
  );

/** Equal as Python compares what its JSON reader gives: `1.0` is 1, the order of keys does not count. */
export const isSame = (a: JsonValue, b: JsonValue): boolean => canonical(a) === canonical(b);

/** One text for values that are the same in that sense. */
export const canonical = (value: JsonValue): string => stringifyLossless(withPlainNumbers(value), "canonical");

function withPlainNumbers(value: JsonValue): JsonValue {
  if (isNumberToken(value))
    return /^-?\d+$/.test(value.value) ? BigInt(value.value) : withPlainNumbers(Number(value.value));
  if (typeof value === "number") return Number.isInteger(value) ? BigInt(value) : value;
  if (Array.isArray(value)) return value.map(withPlainNumbers);
  if (!isJsonObject(value)) return value;
  const result: Record<string, JsonValue> = {};
  for (const [key, member] of Object.entries(value)) setMember(result, key, withPlainNumbers(member));
  return result;
}

/** An entry of any writer, for display and lineage. */
export interface ProcessSummary {
  readonly task: string;
  readonly parameters: JsonObject;
  readonly by: string | null;
  /** As written; null where the writer gave none. */
  readonly date: string | null;
  readonly codeEnvFiles: readonly string[];
  readonly writtenBy: "cirrus" | "provenance-toolbox" | "igneous" | "cloud-volume" | "unknown";
  /** Id of the event behind it, where cirrus wrote it. */
  readonly event: string | null;
}

export function summariseProcess(entry: JsonValue): ProcessSummary {
  if (!isJsonObject(entry)) return { ...nothing, task: textOf(entry) ?? stringifyLossless(entry, "compact") };
  const { method, cirrus } = entry;
  const shared = {
    by: textOf(entry.by)?.replace(/^b'(.*)'$/, "$1") || null, // Igneous writes the text of Python bytes
    date: textOf(entry.date) ?? null,
    codeEnvFiles: Array.isArray(entry.code_envfiles) ? entry.code_envfiles.flatMap((name) => textOf(name) ?? []) : [],
    event: isJsonObject(cirrus) ? (textOf(cirrus.id) ?? null) : null,
  };
  if (typeof entry.task === "string") {
    // `lint --fix` gives entries of other tools a task and leaves their method.
    const writtenBy = isJsonObject(cirrus) ? "cirrus" : method === undefined ? "provenance-toolbox" : writerOf(method);
    return {
      ...shared,
      task: entry.task,
      parameters: isJsonObject(entry.parameters) ? entry.parameters : {},
      writtenBy,
    };
  }
  if (isJsonObject(method)) {
    const { task, ...parameters } = method;
    return { ...shared, task: textOf(task) ?? "", parameters, writtenBy: writerOf(method) };
  }
  return {
    ...shared,
    task: textOf(method) ?? "",
    parameters: {},
    writtenBy: writerOf(method),
  };
}

function writerOf(method: JsonValue | undefined): ProcessSummary["writtenBy"] {
  if (!isJsonObject(method)) return method === undefined ? "unknown" : "cloud-volume";
  return textOf(method.task)?.endsWith("Task") ? "igneous" : "unknown";
}

const nothing: ProcessSummary = {
  task: "",
  parameters: {},
  by: null,
  date: null,
  codeEnvFiles: [],
  writtenBy: "unknown",
  event: null,
};

const textOf = (value: JsonValue | undefined): string | undefined => (typeof value === "string" ? value : undefined);
