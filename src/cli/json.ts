/**
 * How data looks with `--json`: one object with `schemaVersion`; bigints as decimal strings, dates as ISO 8601 UTC, number
 * tokens (core/json) as they were read.
 */
import { stringifyLossless, type JsonStyle } from "../core/json/stringify.js";
import { isNumberToken, setMember, type JsonValue } from "../core/json/value.js";

/** Grows when a member of any command's data changes its meaning or goes; new members do not count. */
export const schemaVersion = 1;

/** Indented, for a single answer. */
export const toJson = (data: object): string => write(data, "pretty");

/** One line, for a stream of answers or events (NDJSON). */
export const toJsonLine = (data: object): string => write(data, "compact");

const write = (data: object, style: JsonStyle): string =>
  stringifyLossless(jsonValueOf({ schemaVersion, ...data }), style);

/** @throws Error for what is no data: a function, a symbol, a typed array */
function jsonValueOf(value: unknown): JsonValue {
  if (value === null || typeof value === "string" || typeof value === "number" || typeof value === "boolean")
    return value;
  if (typeof value === "bigint") return value.toString();
  if (value instanceof Date) return value.toISOString();
  if (isNumberToken(value)) return value;
  if (Array.isArray(value)) return value.map((item) => (item === undefined ? null : jsonValueOf(item)));
  if (typeof value !== "object" || ArrayBuffer.isView(value)) throw new Error(`a ${typeof value} is no data to print`);
  const members: Record<string, JsonValue> = {};
  for (const [key, member] of Object.entries(value))
    if (member !== undefined) setMember(members, key, jsonValueOf(member));
  return members;
}
