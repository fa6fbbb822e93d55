/**
 * JSON values that keep numbers as they were written. `JSON.parse("648518346349515986")` gives 648518346349516000 and
 * `1.0` comes back as `1`; Node 20 can neither read nor write the source text of a number, so a number read here is a
 * token. This file and parse.ts are the home of the library lossless-json.
 */
import { isLosslessNumber, LosslessNumber } from "lossless-json";

/** A number as text: `.value` is its token, valid JSON (`648518346349515986`, `1.0`, `1e-05`). */
export type NumberToken = LosslessNumber;

export type JsonValue =
  | null
  | boolean
  | string
  | number
  | bigint
  | NumberToken
  | readonly JsonValue[]
  | { readonly [key: string]: JsonValue };

/**
 * Keys keep their order, but for keys that look like array indices (`"2"`), which JavaScript moves to the front.
 * A member that is undefined is left out when it is written.
 */
export interface JsonObject {
  readonly [key: string]: JsonValue;
}

/** @throws Error when `text` is no JSON number */
export const numberToken = (text: string): NumberToken => new LosslessNumber(text);

export const isNumberToken = (value: unknown): value is NumberToken => isLosslessNumber(value);

/** True for what `{...}` gives; false for null, lists and number tokens. */
export const isJsonObject = (value: unknown): value is JsonObject =>
  typeof value === "object" && value !== null && !Array.isArray(value) && !isLosslessNumber(value);

/** Sets an own member also when the key is `__proto__`, which plain assignment would swallow. */
export function setMember(object: Record<string, JsonValue>, key: string, value: JsonValue): void {
  Object.defineProperty(object, key, { value, writable: true, enumerable: true, configurable: true });
}

/**
 * Plain JavaScript for schemas and arithmetic: a token becomes a number, or a bigint when it is an integer beyond
 * +-(2^53 - 1). Decimals lose digits that a double cannot hold, so write what was parsed, not what this returns.
 */
export function toPlain(value: JsonValue): unknown {
  if (isNumberToken(value)) return plainNumber(value.value);
  if (Array.isArray(value)) return value.map(toPlain);
  if (!isJsonObject(value)) return value;
  const plain: Record<string, JsonValue> = {};
  // The cast only lets one helper serve both; the result is declared unknown.
  for (const [key, member] of Object.entries(value)) setMember(plain, key, toPlain(member) as JsonValue);
  return plain;
}

function plainNumber(text: string): number | bigint {
  const number = Number(text);
  return /^-?\d+$/.test(text) && !Number.isSafeInteger(number) ? BigInt(text) : number;
}
