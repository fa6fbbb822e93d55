/** JSON value to text, number tokens as they were read. */
import { pythonFloat } from "./python-float.js";
import { isJsonObject, isNumberToken, type JsonValue } from "./value.js";

/**
 * - `cloudvolume`: the exact bytes of CloudVolume's writer: keys sorted by code point, 2 spaces, ASCII, no newline at the end
 * - `canonical`: the same without white space, for digests and comparison
 * - `pretty`: order kept, 2 spaces, for people
 * - `compact`: order kept, no white space
 */
export type JsonStyle = "cloudvolume" | "canonical" | "pretty" | "compact";

interface Layout {
  readonly isSorted: boolean;
  readonly isAscii: boolean;
  readonly indent: string;
}
const layouts: Readonly<Record<JsonStyle, Layout>> = {
  cloudvolume: { isSorted: true, isAscii: true, indent: "  " },
  canonical: { isSorted: true, isAscii: true, indent: "" },
  pretty: { isSorted: false, isAscii: false, indent: "  " },
  compact: { isSorted: false, isAscii: false, indent: "" },
};

/**
 * Numbers and bigints are written too: whole ones as integers, others as Python's float text (`1e-05`); NaN and
 * Infinity, which JSON has not, become null as in CloudVolume's commit.
 *
 * @returns text without a newline at the end
 */
export const stringifyLossless = (value: JsonValue, style: JsonStyle): string => write(value, layouts[style], "\n");

/**
 * Order kept, indented as `example` is and with its last newline; ASCII only where `example` is.
 *
 * @param example - the JSON text that `value` was changed from
 */
export function stringifyAs(example: string, value: JsonValue): string {
  const indent = /\n([ \t]+)\S/.exec(example)?.[1] ?? "";
  const isAscii = !/[^ -~\s]/.test(example);
  return write(value, { isSorted: false, isAscii, indent }, "\n") + /\s*$/.exec(example)![0];
}

/** `lineStart`: newline and the spaces of the enclosing level. */
function write(value: JsonValue, layout: Layout, lineStart: string): string {
  if (value === null || typeof value === "boolean") return String(value);
  if (typeof value === "string") return writeString(value, layout);
  if (typeof value === "bigint") return value.toString();
  if (typeof value === "number") return writeNumber(value);
  if (isNumberToken(value)) return value.value;
  const inner = lineStart + layout.indent;
  if (!isJsonObject(value)) {
    // What is left of the union after the guard is the list.
    const items = value as readonly JsonValue[];
    return enclose(
      "[]",
      items.map((item) => write(item, layout, inner)),
      layout,
      lineStart,
    );
  }
  const entries = Object.entries(value).filter(([, member]) => member !== undefined);
  if (layout.isSorted) entries.sort(([a], [b]) => compareCodePoints(a, b));
  const colon = layout.indent ? ": " : ":";
  const members = entries.map(([key, member]) => writeString(key, layout) + colon + write(member, layout, inner));
  return enclose("{}", members, layout, lineStart);
}

function enclose(brackets: "[]" | "{}", parts: readonly string[], layout: Layout, lineStart: string): string {
  if (!parts.length) return brackets;
  if (!layout.indent) return brackets[0] + parts.join(",") + brackets[1];
  const inner = lineStart + layout.indent;
  return brackets[0] + inner + parts.join(`,${inner}`) + lineStart + brackets[1];
}

function writeString(text: string, layout: Layout): string {
  const json = JSON.stringify(text);
  if (!layout.isAscii) return json;
  return json.replace(/[^ -~]/g, (unit) => `\\u${unit.charCodeAt(0).toString(16).padStart(4, "0")}`);
}

function writeNumber(value: number): string {
  if (!Number.isFinite(value)) return "null";
  return Number.isSafeInteger(value) && !Object.is(value, -0) ? String(value) : pythonFloat(value);
}

/** By Unicode code point as Python sorts; `<` would put U+1F600 (a surrogate pair) before U+FF5E. */
function compareCodePoints(a: string, b: string): number {
  let i = 0;
  while (i < a.length && a[i] === b[i]) i++;
  return rank(a, i) - rank(b, i);
}

/** UTF-16 unit at `i`, surrogates above the rest of the first plane; -1 at the end. */
function rank(text: string, i: number): number {
  const unit = text.charCodeAt(i);
  if (Number.isNaN(unit)) return -1;
  return unit >= 0xd800 && unit <= 0xdfff ? unit + 0x10000 : unit;
}
