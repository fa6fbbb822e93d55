/** Any plain value as JSON that every reader of provenance files takes back unchanged. */
import { CirrusError } from "../../core/errors.js";
import { isNumberToken, setMember, type JsonValue } from "../../core/json/value.js";

/**
 * CloudVolume's commit raises on integers beyond 64 bits and on lone surrogates, and turns NaN into null: those become
 * text, and the replacement character. Typed arrays, sets and maps become lists and objects, dates RFC 3339, undefined
 * members are left out.
 *
 * @param path - of `value`, for the error message
 * @throws CirrusError `E_PROVENANCE_INVALID` for functions, symbols, instances of classes and cycles
 */
export function toRecordable(value: unknown, path: string, above: readonly unknown[] = []): JsonValue {
  if (value === null || value === undefined) return null;
  if (typeof value === "boolean") return value;
  if (typeof value === "string") return wellFormed(value);
  if (typeof value === "number") return Number.isFinite(value) ? value : String(value);
  if (typeof value === "bigint") return within64Bits(value) ? value : value.toString();
  if (isNumberToken(value)) {
    const isKept = /^-?\d+$/.test(value.value)
      ? within64Bits(BigInt(value.value))
      : Number.isFinite(Number(value.value));
    return isKept ? value : value.value;
  }
  if (value instanceof Date && !Number.isNaN(value.getTime())) return value.toISOString();
  if (typeof value !== "object") throw unrecordable(path, `a ${typeof value}`);
  if (above.includes(value)) throw unrecordable(path, "a reference to what contains it");
  const chain = [...above, value];
  const list = asList(value);
  if (list) return list.map((item, i) => toRecordable(item, `${path}[${i}]`, chain));
  const object: Record<string, JsonValue> = {};
  for (const [key, member] of membersOf(value, path))
    if (member !== undefined) setMember(object, wellFormed(key), toRecordable(member, `${path}.${key}`, chain));
  return object;
}

const within64Bits = (value: bigint): boolean => value >= -(2n ** 63n) && value < 2n ** 64n;

/** String.prototype.toWellFormed, which the compiler's library of ES2023 does not list. */
const wellFormed = (text: string): string => text.replace(/\p{Surrogate}/gu, "\ufffd");

function asList(value: object): readonly unknown[] | undefined {
  if (Array.isArray(value)) return value;
  if (value instanceof Set) return [...value];
  // Every view but DataView is a list of numbers.
  if (ArrayBuffer.isView(value) && !(value instanceof DataView)) return Array.from(value as Uint8Array);
  return undefined;
}

function membersOf(value: object, path: string): readonly (readonly [string, unknown])[] {
  if (value instanceof Map) return [...value].map(([key, member]) => [String(key), member] as const);
  const prototype: unknown = Object.getPrototypeOf(value);
  // Another realm's plain object has another Object.prototype, whose own prototype is null.
  const isPlain = prototype === null || Object.getPrototypeOf(prototype) === null;
  if (!isPlain) throw unrecordable(path, "an instance of a class");
  return Object.entries(value);
}

const unrecordable = (path: string, what: string): CirrusError =>
  new CirrusError("E_PROVENANCE_INVALID", `${path}: ${what} cannot be recorded; give plain JSON values`, {
    context: { path },
  });
