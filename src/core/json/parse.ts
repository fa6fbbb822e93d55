/** Text to JSON value, number tokens kept. */
import { parse } from "lossless-json";
import { parseJson5 } from "./json5.js";
import type { JsonValue } from "./value.js";

/**
 * Strict JSON; a byte-order mark before it is passed over, and the last of two equal keys counts, as everywhere.
 *
 * @throws SyntaxError that says what was expected and where
 */
export function parseLossless(text: string): JsonValue {
  return unlessTooDeep(() => {
    const value = parse(withoutMark(text), undefined, { onDuplicateKey: ({ newValue }) => newValue });
    // The library's result is `unknown`; with its default number parser it holds JSON values and tokens only.
    return value as JsonValue;
  });
}

/**
 * JSON, else JSON5 (comments, trailing commas, single quotes, bare keys, `+1`, `.5`, `0x10`, NaN), as CloudVolume
 * reads its provenance files. Numbers that are no JSON become the JSON of the same value; NaN and Infinity stay numbers.
 *
 * @throws SyntaxError of the JSON5 reader when it is neither
 */
export function parseLiberal(text: string): JsonValue {
  try {
    return parseLossless(text);
  } catch (error) {
    if (!(error instanceof SyntaxError)) throw error;
    return unlessTooDeep(() => parseJson5(withoutMark(text)));
  }
}

const withoutMark = (text: string): string => (text.startsWith("\ufeff") ? text.slice(1) : text);

/** Both readers recurse: thousands of nested brackets end as a SyntaxError, not as a crash. */
function unlessTooDeep(read: () => JsonValue): JsonValue {
  try {
    return read();
  } catch (error) {
    if (error instanceof RangeError) throw new SyntaxError("nested too deeply", { cause: error });
    throw error;
  }
}
