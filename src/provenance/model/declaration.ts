/** What must be said before anything is written: sources, motivation and process. */
import { CirrusError } from "../../core/errors.js";
import { isJsonObject, type JsonObject } from "../../core/json/value.js";
import { redactJson, redactTokens } from "../../core/redact.js";
import { toRecordable } from "./recordable.js";

export interface ProcessDescription {
  readonly description: string;
  readonly parameters: JsonObject;
}

export interface Declaration {
  /** Not empty, unique, in the order given. */
  readonly sources: readonly string[];
  /** Exact, as it was given. */
  readonly motivation: string;
  readonly process: ProcessDescription;
}

const parts = ["sources", "motivation", "process"] as const;
type Part = (typeof parts)[number];

interface Problem {
  readonly part: Part;
  readonly isMissing: boolean;
  readonly text: string;
}

/**
 * Accepts what a person or a config gave, or says per field what is wrong. An empty list and blank text are missing,
 * where the original (cirrus-volume) let them pass; `process.parameters` may be left out and is then `{}`.
 *
 * @param given - from any JSON reader; number tokens and bigints in `process.parameters` keep their digits
 * @throws CirrusError `E_PROVENANCE_MISSING`; `E_PROVENANCE_INVALID` when all three are there and one has a wrong form
 */
export function checkDeclaration(given: unknown): Declaration {
  const fields: Readonly<Record<string, unknown>> = isJsonObject(given) ? given : {};
  const problems = [
    ...sourceProblems(fields.sources),
    ...motivationProblems(fields.motivation),
    ...processProblems(fields.process),
  ];
  if (problems.length) throw refusal(problems);
  // The checks above have established these types.
  return Object.freeze({
    sources: [...new Set(fields.sources as readonly string[])],
    motivation: fields.motivation as string,
    process: recordableProcess(fields.process),
  });
}

/**
 * As `checkDeclaration`, for work that is documented by itself: its sources and motivation may be known already.
 *
 * @throws CirrusError `E_PROVENANCE_INVALID` with a line per bad field
 */
export function checkWork(given: {
  readonly process: unknown;
  readonly sources?: unknown;
  readonly motivation?: unknown;
}): Partial<Declaration> & Pick<Declaration, "process"> {
  const { process, sources, motivation } = given;
  const problems = [
    ...(sources === undefined ? [] : sourceProblems(sources)),
    ...(motivation === undefined ? [] : motivationProblems(motivation)),
    ...processProblems(process),
  ];
  if (problems.length) throw malformed(problems);
  // The checks above have established these types.
  return {
    process: recordableProcess(process),
    ...(sources === undefined ? {} : { sources: [...new Set(sources as readonly string[])] }),
    ...(motivation === undefined ? {} : { motivation: motivation as string }),
  };
}

/** Motivation and sources stay exact but for what is a secret beyond doubt. */
export const withoutSecrets = <Given extends Partial<Declaration> & Pick<Declaration, "process">>(
  given: Given,
): Given => ({
  ...given,
  ...(given.sources && { sources: given.sources.map(redactTokens) }),
  ...(given.motivation !== undefined && { motivation: redactTokens(given.motivation) }),
  process: {
    description: redactTokens(given.process.description),
    parameters: redactJson(given.process.parameters),
  },
});

/** @param process - as `processProblems` has checked it */
function recordableProcess(process: unknown): ProcessDescription {
  const { description, parameters } = process as { description: string; parameters?: unknown };
  return { description, parameters: toRecordable(parameters ?? {}, "process.parameters") as JsonObject };
}

/** The same two first lines as cirrus-volume's error, for whoever matches them, then a line per bad field. */
function refusal(problems: readonly Problem[]): CirrusError {
  const fields = problems.map(({ text }) => text);
  const lines = fields.map((text) => `- ${text}`);
  const missing = new Set(problems.filter(({ isMissing }) => isMissing).map(({ part }) => part));
  if (!missing.size) return malformed(problems);
  const defined = parts.map((part) => `${part}: ${missing.has(part) ? "False" : "True"}`).join(", ");
  const message = [
    "Need to define sources, motivation and process in order to write to this volume.",
    `DEFINED: ${defined}`,
    ...lines,
  ].join("\n");
  return new CirrusError("E_PROVENANCE_MISSING", message, { context: { missing: [...missing], fields } });
}

function malformed(problems: readonly Problem[]): CirrusError {
  const fields = problems.map(({ text }) => text);
  const message = ["the provenance has a field of the wrong form", ...fields.map((text) => `- ${text}`)].join("\n");
  return new CirrusError("E_PROVENANCE_INVALID", message, { context: { fields } });
}

const isBlank = (value: unknown): boolean =>
  value === undefined || value === null || (typeof value === "string" && value.trim() === "");

function* sourceProblems(value: unknown): Generator<Problem> {
  const part = "sources";
  const isEmpty = isBlank(value) || (Array.isArray(value) && value.every(isBlank));
  if (isEmpty)
    yield { part, isMissing: true, text: "sources: name at least one, such as the path of the stack or a DOI" };
  else if (!Array.isArray(value))
    yield { part, isMissing: false, text: `sources: must be a list of texts, not ${nameOf(value)}` };
  else
    for (const [i, item] of value.entries())
      if (typeof item !== "string" || isBlank(item))
        yield { part, isMissing: false, text: `sources[${i}]: must be text, not ${nameOf(item)}` };
}

function* motivationProblems(value: unknown): Generator<Problem> {
  const part = "motivation";
  if (isBlank(value)) yield { part, isMissing: true, text: "motivation: say why this is made" };
  else if (typeof value !== "string")
    yield { part, isMissing: false, text: `motivation: must be text, not ${nameOf(value)}` };
}

function* processProblems(value: unknown): Generator<Problem> {
  const part = "process";
  if (isBlank(value)) {
    yield { part, isMissing: true, text: "process: give { description, parameters }" };
    return;
  }
  if (!isJsonObject(value)) {
    yield { part, isMissing: false, text: `process: must be { description, parameters }, not ${nameOf(value)}` };
    return;
  }
  const { description, parameters } = value;
  if (isBlank(description)) yield { part, isMissing: true, text: "process.description: say what is done" };
  else if (typeof description !== "string")
    yield { part, isMissing: false, text: `process.description: must be text, not ${nameOf(description)}` };
  if (parameters !== undefined && parameters !== null && !isJsonObject(parameters))
    yield { part, isMissing: false, text: `process.parameters: must be an object, not ${nameOf(parameters)}` };
}

/** For people: what stands there instead. */
function nameOf(value: unknown): string {
  if (value === null || value === undefined) return "nothing";
  if (Array.isArray(value)) return "a list";
  if (typeof value === "string") return value.trim() ? "text" : "blank text";
  if (isJsonObject(value)) return "an object";
  return typeof value === "boolean" ? `${value}` : `the number ${String(value)}`;
}
