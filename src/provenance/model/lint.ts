/** What in a `provenance` file keeps some reader from it, and the same file without that. */
import { parseLiberal, parseLossless } from "../../core/json/parse.js";
import { isJsonObject, isNumberToken, type JsonObject, type JsonValue } from "../../core/json/value.js";
import { parseProvenanceFile, type ProvenanceFile } from "./file.js";
import { formatNote, noteTypes } from "./note.js";
import { summariseProcess } from "./processing.js";
import { toRecordable } from "./recordable.js";

export interface Finding {
  /** `error`: CloudVolume cannot open the volume, or not write its file again; `warning`: another reader stumbles, or something is lost. */
  readonly level: "error" | "warning";
  /** Member of the file: `processing[2].by`; "" for all of it. */
  readonly where: string;
  readonly what: string;
}

/** @returns findings in the order of the file; [] for one that every known reader takes */
export function lintText(text: string): Finding[] {
  const { problems } = parseProvenanceFile(text);
  const errors = problems.map((problem): Finding => {
    const [, where = "", what = problem] = /^([\w[\].]+): (.*)$/s.exec(problem) ?? [];
    return { level: "error", where, what: `${what} (CloudVolume cannot open the volume)` };
  });
  const value = valueOf(text);
  if (!isJsonObject(value)) return errors;
  return [
    ...(isStrict(text) ? [] : [warning("", "JSON5 and no JSON: comments are lost when CloudVolume writes it again")]),
    ...errors,
    ...(typeof value.sources === "string" && value.sources !== ""
      ? [warning("sources", "one text where a list belongs")]
      : []),
    ...(typeof value.description === "string" ? lintNotes(value.description) : []),
    ...(Array.isArray(value.processing) ? (value.processing as readonly JsonValue[]).flatMap(lintEntry) : []),
    ...lintValues(value, ""),
  ];
}

const warning = (where: string, what: string): Finding => ({ level: "warning", where, what });

function valueOf(text: string): JsonValue | undefined {
  try {
    return parseLiberal(text);
  } catch (error) {
    if (error instanceof SyntaxError) return undefined; // parseProvenanceFile has said so
    throw error;
  }
}

function isStrict(text: string): boolean {
  try {
    parseLossless(text);
    return true;
  } catch {
    return false;
  }
}

/** provenance-toolbox takes a piece apart at every `;` and reads its time: what fits raises, and then nothing can be written. */
const isToolboxNote = (piece: string): boolean => {
  const [time = "", type = "", ...rest] = piece.split(";");
  return (
    rest.length === 1 &&
    noteTypes.some((known) => known === type) &&
    /^\d{4}-\d\d-\d\d[ T]\d\d:\d\d(?::\d\d(?:\.\d{3}(?:\d{3})?)?)?(?:[+-]\d\d:\d\d)?$/.test(time)
  );
};

const separator = " \n ";

function lintNotes(description: string): Finding[] {
  return description
    .split(separator)
    .filter((piece) => piece !== "" && !isToolboxNote(piece))
    .map((piece) => {
      const start = piece.length > 40 ? `${piece.slice(0, 40)}…` : piece;
      return warning("description", `no note: ${JSON.stringify(start)} (provenance-toolbox and cirrus-volume raise)`);
    });
}

function lintEntry(entry: JsonValue, i: number): Finding[] {
  if (!isJsonObject(entry)) return []; // an error already
  const missing = ["task", "parameters", "code_envfiles"].filter((key) => entry[key] === undefined);
  const where = `processing[${i}]`;
  return [
    ...(missing.length
      ? [warning(where, `without ${missing.join(", ")} (provenance-toolbox and cirrus-volume raise)`)]
      : []),
    ...(typeof entry.by === "string" && bytesText.test(entry.by)
      ? [warning(`${where}.by`, `${entry.by}: the text of Python bytes, as Igneous writes it`)]
      : []),
  ];
}

const bytesText = /^b'(.*)'$/;

function lintValues(value: JsonValue, where: string): Finding[] {
  const at = where || "the top level";
  if (Array.isArray(value))
    return (value as readonly JsonValue[]).flatMap((item, i) => lintValues(item, `${where}[${i}]`));
  if (isJsonObject(value))
    return Object.entries(value).flatMap(([key, member]) => {
      const path = where ? `${where}.${key}` : key;
      return [...lintString(key, path), ...lintValues(member, path)];
    });
  if (typeof value === "string") return lintString(value, at);
  const number = isNumberToken(value) ? value.value : typeof value === "number" ? String(value) : undefined;
  if (number === undefined) return [];
  if (!Number.isFinite(Number(number))) return [warning(at, `${number} becomes null when CloudVolume writes it again`)];
  const isTooLong = /^-?\d+$/.test(number) && (BigInt(number) >= 2n ** 64n || BigInt(number) < -(2n ** 63n));
  return isTooLong
    ? [{ level: "error", where: at, what: `${number} has over 64 bits: CloudVolume cannot write the file again` }]
    : [];
}

const lintString = (text: string, where: string): Finding[] =>
  /\p{Surrogate}/u.test(text)
    ? [{ level: "error", where, what: "half a surrogate pair: CloudVolume cannot write the file again" }]
    : [];

/**
 * The same record in the form that every reader takes: free text becomes GENERIC notes, Igneous's entries get the members that
 * provenance-toolbox asks for and keep their own, numbers that no JSON reader keeps become text.
 *
 * @param file - as `parseProvenanceFile` has mended it for CloudVolume
 * @param time - for notes that have none, as in a note
 */
export function repairFile(file: ProvenanceFile, time: string): ProvenanceFile {
  // Objects stay objects and texts texts.
  const extra = toRecordable(file.extra, "the top level") as JsonObject;
  const processing = file.processing.map((entry, i) => toRecordable(entry, `processing[${i}]`) as JsonObject);
  const texts = (items: readonly string[], name: string) => [
    ...new Set(toRecordable(items, name) as readonly string[]),
  ];
  return {
    sources: texts(file.sources, "sources"),
    owners: texts(file.owners, "owners"),
    processing: processing.map(repairEntry),
    description: repairNotes(toRecordable(file.description, "description") as string, time),
    extra,
  };
}

function repairEntry(entry: JsonObject): JsonObject {
  const { task, parameters, codeEnvFiles, by } = summariseProcess(entry);
  return {
    ...entry,
    task: entry.task ?? task,
    parameters: entry.parameters ?? parameters,
    code_envfiles: entry.code_envfiles ?? codeEnvFiles,
    ...(typeof entry.by === "string" && bytesText.test(entry.by) ? { by: by ?? "" } : {}),
  };
}

function repairNotes(description: string, time: string): string {
  return description
    .split(separator)
    .filter((piece) => piece !== "")
    .map((piece) => {
      if (isToolboxNote(piece)) return piece;
      const [head, type, ...rest] = piece.split(";");
      const known = noteTypes.find((name) => name === type);
      const isNote = known !== undefined && rest.length > 0 && isToolboxNote(`${head};${known};`);
      if (isNote) return formatNote({ time: head!, type: known, text: rest.join(";") });
      return formatNote({ time, type: "GENERIC", text: piece });
    })
    .join(separator);
}
