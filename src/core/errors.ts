/** The one error class of the project, and its guard. */
import { errorKinds, type ErrorCode, type ExitCode } from "./error-codes.js";

const brand = Symbol.for("cirrus.error");

export interface ErrorDetails {
  /** Facts for machines: printed with --json, never secret. */
  readonly context?: Readonly<Record<string, unknown>>;
  readonly cause?: unknown;
  /** Replaces the hint of the code's row. */
  readonly hint?: string;
}

/** A message says what, where and why; the hint says what to do. */
export class CirrusError extends Error {
  readonly [brand] = true;
  readonly code: ErrorCode;
  readonly hint: string;
  readonly exitCode: ExitCode;
  readonly context: Readonly<Record<string, unknown>>;

  constructor(code: ErrorCode, message: string, details: ErrorDetails = {}) {
    super(message, details.cause === undefined ? undefined : { cause: details.cause });
    this.name = "CirrusError";
    this.code = code;
    this.hint = details.hint ?? errorKinds[code].hint;
    this.exitCode = errorKinds[code].exit;
    this.context = details.context ?? {};
  }
}

/** True for a CirrusError of any copy of this module; with `code`, of that code only. */
export function isCirrusError(value: unknown, code?: ErrorCode): value is CirrusError {
  if (typeof value !== "object" || value === null || !(brand in value)) return false;
  return code === undefined || (value as CirrusError).code === code;
}

/** The `code` of an error by Node or a library (`ENOENT`, ...); undefined when it has none. */
export function codeOf(error: unknown): string | undefined {
  if (typeof error !== "object" || error === null || !("code" in error)) return undefined;
  return typeof error.code === "string" ? error.code : undefined;
}

/** The text of anything thrown. */
export const messageOf = (error: unknown): string =>
  typeof error === "object" && error !== null && "message" in error ? String(error.message) : String(error);
