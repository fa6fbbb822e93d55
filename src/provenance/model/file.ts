/**
 * The `provenance` file of CloudVolume: `{description, owners, processing, sources}` and whatever else people keep in it.
 * CloudVolume checks it when it is *read*, so a bad file makes the volume unopenable; what it refuses is listed here.
 */
import { parseLiberal } from "../../core/json/parse.js";
import { stringifyLossless } from "../../core/json/stringify.js";
import { isJsonObject, setMember, type JsonObject, type JsonValue } from "../../core/json/value.js";

export interface ProvenanceFile {
  readonly sources: readonly string[];
  readonly owners: readonly string[];
  readonly processing: readonly JsonObject[];
  readonly description: string;
  /** Other members of the top level, kept. */
  readonly extra: JsonObject;
}

export const emptyFile: ProvenanceFile = { sources: [], owners: [], processing: [], description: "", extra: {} };

export interface ParsedFile {
  /** In the form that CloudVolume opens. */
  readonly file: ProvenanceFile;
  /** What had to be mended for that, each with where; [] for a file that CloudVolume opens. */
  readonly problems: readonly string[];
}

/** Never throws: an unreadable text gives an empty file and says so. */
export function parseProvenanceFile(text: string): ParsedFile {
  if (text.replace(/^\ufeff/, "").trim() === "") return { file: emptyFile, problems: [] };
  try {
    return mend(parseLiberal(text));
  } catch (error) {
    if (!(error instanceof SyntaxError)) throw error;
    return { file: emptyFile, problems: [`neither JSON nor JSON5: ${error.message}`] };
  }
}

/** Exact bytes of CloudVolume's own writer for this content. */
export const provenanceFileText = (file: ProvenanceFile): string =>
  stringifyLossless(
    {
      ...file.extra,
      description: file.description,
      owners: file.owners,
      processing: file.processing,
      sources: file.sources,
    },
    "cloudvolume",
  );

function mend(value: JsonValue): ParsedFile {
  if (!isJsonObject(value)) return { file: emptyFile, problems: ["the top level is no object"] };
  const problems: string[] = [];
  const { sources, owners, processing, description, ...rest } = value;
  const file: ProvenanceFile = {
    sources: uniqueTexts(sources, "sources", problems),
    owners: uniqueTexts(owners, "owners", problems),
    processing: entriesOf(processing, problems),
    description: textOf(description, problems),
    extra: renamed(rest, "", problems),
  };
  return { file, problems };
}

const isUnset = (value: JsonValue | undefined): value is undefined | null | "" =>
  value === undefined || value === null || value === "";

/** A single text stands for a list of one: CloudVolume opens that, for sources. */
function uniqueTexts(value: JsonValue | undefined, name: string, problems: string[]): string[] {
  if (isUnset(value)) return [];
  if (!Array.isArray(value)) {
    if (name !== "sources" || typeof value !== "string") problems.push(`${name}: no list`);
    return [asText(value)];
  }
  const texts = value.map((item, i) => {
    if (typeof item !== "string") problems.push(`${name}[${i}]: no text`);
    return asText(item);
  });
  const unique = [...new Set(texts)];
  if (unique.length < texts.length) problems.push(`${name}: the same one twice`);
  return unique;
}

function entriesOf(value: JsonValue | undefined, problems: string[]): JsonObject[] {
  if (isUnset(value)) return [];
  const isList = Array.isArray(value);
  if (!isList) problems.push("processing: no list");
  // The guard does not narrow a readonly list in the other branch.
  const items = isList ? (value as readonly JsonValue[]) : [value];
  return items.map((item, i) => {
    if (isJsonObject(item)) return renamed(item, `processing[${i}].`, problems);
    problems.push(`processing[${i}]: no object`);
    return { method: asText(item) };
  });
}

function textOf(value: JsonValue | undefined, problems: string[]): string {
  if (isUnset(value)) return "";
  if (typeof value !== "string") problems.push("description: no text");
  return asText(value);
}

const asText = (value: JsonValue): string => (typeof value === "string" ? value : stringifyLossless(value, "compact"));

/** python_jsonschema_objects takes members as keyword arguments: these three collide with its own. */
const forbidden = new Set(["self", "cls", "_properties"]);

function renamed(object: JsonObject, path: string, problems: string[]): JsonObject {
  if (!Object.keys(object).some((key) => forbidden.has(key))) return object;
  const result: Record<string, JsonValue> = {};
  for (const [key, member] of Object.entries(object)) {
    let name = key;
    if (forbidden.has(key)) {
      problems.push(`${path}${key}: CloudVolume cannot open a file with this key`);
      do name += "_";
      while (Object.hasOwn(object, name));
    }
    setMember(result, name, member);
  }
  return result;
}
