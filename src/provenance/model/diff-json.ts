/** What differs between two JSON values, leaf by leaf. */
import { isJsonObject, type JsonValue } from "../../core/json/value.js";
import { isSame } from "./processing.js";

export interface Difference {
  /** `parameters.config.destination.encoding`, `sources[1]`; "" for the values themselves. */
  readonly path: string;
  /** undefined where that side has no such member. */
  readonly a: JsonValue | undefined;
  readonly b: JsonValue | undefined;
}

/** In the order of the members of `a`, then those that only `b` has. Numbers are compared by value, `1.0` is 1. */
export function diffJson(a: JsonValue | undefined, b: JsonValue | undefined, path = ""): Difference[] {
  if (a === undefined || b === undefined) return a === b ? [] : [{ path, a, b }];
  if (isSame(a, b)) return [];
  if (isJsonObject(a) && isJsonObject(b)) {
    const names = [...new Set([...Object.keys(a), ...Object.keys(b)])];
    return names.flatMap((name) => diffJson(member(a, name), member(b, name), path ? `${path}.${name}` : name));
  }
  if (isList(a) && isList(b))
    return Array.from({ length: Math.max(a.length, b.length) }, (_, i) => diffJson(a[i], b[i], `${path}[${i}]`)).flat();
  return [{ path, a, b }];
}

const isList = (value: JsonValue): value is readonly JsonValue[] => Array.isArray(value);

const member = (object: { readonly [key: string]: JsonValue }, name: string): JsonValue | undefined =>
  Object.hasOwn(object, name) ? object[name] : undefined;
