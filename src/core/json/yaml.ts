/** Text of YAML 1.2 to JSON value, number tokens kept as in JSON. This file is the home of the library yaml. */
import { numberToken, type JsonValue } from "./value.js";

/**
 * Numbers that JSON can spell keep their digits (`1.0`, `648518346349515986`); `0x10`, `1e3` and `.5` become the JSON of the same value.
 * YAML has JSON within it.
 *
 * @throws Error whose message names line and column, in several lines
 */
export async function parseYamlLossless(text: string): Promise<JsonValue> {
  const { parseDocument, visit } = await import("yaml");
  const document = parseDocument(text, { intAsBigInt: true });
  if (document.errors[0]) throw document.errors[0];
  visit(document, {
    Scalar(key, node) {
      if (key === "key") return;
      if (typeof node.value === "bigint") node.value = numberToken(node.value.toString());
      else if (typeof node.value === "number" && isDecimal.test(node.source ?? ""))
        node.value = numberToken(node.source!);
    },
  });
  // The core schema of YAML 1.2 has no other values than JSON, but for keys that are no text, which become text here.
  return (document.toJS() ?? null) as JsonValue;
}

const isDecimal = /^-?(?:0|[1-9]\d*)\.\d+$/;
