/** Anything thrown -> what is printed on stderr. Secrets are taken out; stacks only with `--debug`. */
import type { ExitCode } from "../core/error-codes.js";
import { CirrusError, isCirrusError, messageOf } from "../core/errors.js";
import { redact } from "../core/redact.js";
import { toJsonLine } from "./json.js";
import { plainStyle, type Style } from "./style.js";

export interface ErrorView {
  readonly json: boolean;
  readonly debug: boolean;
  readonly style?: Style;
}

/** A CirrusError as it is; everything else is a defect of ours: `E_INTERNAL`, one line. */
export function asCirrusError(thrown: unknown): CirrusError {
  if (isCirrusError(thrown)) return thrown;
  return new CirrusError("E_INTERNAL", `unexpected error: ${oneLine(thrown)}`, { cause: thrown });
}

export const exitCodeOf = (thrown: unknown): ExitCode => asCirrusError(thrown).exitCode;

/** Ends with a newline. With `json` an object on one line `{ schemaVersion, error: { code, message, hint, context } }`. */
export function renderError(thrown: unknown, view: ErrorView): string {
  const error = asCirrusError(thrown);
  const { code, message, hint, context } = error;
  if (view.json) {
    const stack = view.debug ? { stack: stacks(error) } : {};
    return `${redact(toJsonLine({ error: { code, message, hint, context, ...stack } }))}\n`;
  }
  const style = view.style ?? plainStyle;
  const lines = [
    `${style.red("cirrus:")} ${indent(message)}`,
    `  ${style.bold("hint:")} ${indent(hint)}`,
    `  ${style.dim(`code: ${code}`)}`,
  ];
  if (view.debug) {
    if (Object.keys(context).length) lines.push(`  context: ${toJsonLine(context)}`);
    lines.push(stacks(error));
  }
  return `${redact(lines.join("\n"))}\n`;
}

/** zod's message is a JSON array over many lines: only its paths and texts are for reading. */
function oneLine(thrown: unknown): string {
  if (typeof thrown === "object" && thrown !== null && "issues" in thrown && Array.isArray(thrown.issues)) {
    const issues = thrown.issues as readonly { readonly path?: readonly PropertyKey[]; readonly message?: string }[];
    return issues.map(({ path, message }) => `${path?.map(String).join(".") || "value"}: ${message}`).join("; ");
  }
  return messageOf(thrown).split("\n", 1)[0]!;
}

const indent = (text: string): string => text.replaceAll("\n", "\n  ");

function stacks(error: Error): string {
  const texts: string[] = [];
  for (let at: unknown = error; at !== undefined && texts.length < 10; at = causeOf(at)) {
    const stack = typeof at === "object" && at !== null && "stack" in at ? String(at.stack) : messageOf(at);
    texts.push(texts.length ? `caused by: ${stack}` : stack);
  }
  return texts.join("\n");
}

const causeOf = (error: unknown): unknown =>
  typeof error === "object" && error !== null && "cause" in error ? error.cause : undefined;
