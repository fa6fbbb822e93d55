/** Takes secrets out of text before it is printed, logged or recorded. */
import { isJsonObject, setMember, type JsonValue } from "./json/value.js";

const secretWord = String.raw`authorization|token|password|passwd|passphrase|secret|api[-_]?key|private[-_]?key|access[-_]?key`;
const secretName = new RegExp(String.raw`(?:^|[\W_]|[a-z](?=[A-Z]))(?:${secretWord})(?:[-_]?id)?$`, "i");

/** The forms of tokens that their issuers made recognisable. */
const tokens = new RegExp(
  [
    String.raw`gh[a-z]_\w{16,}|github_pat_\w{20,}|glpat-[\w-]{16,}|npm_\w{30,}|hf_\w{30,}`,
    String.raw`A(?:KIA|SIA)[A-Z0-9]{16}|AIza[\w-]{35}|ya29\.[\w.-]{20,}|GOOG1[A-Z0-9]{20,}`,
    String.raw`xox[a-z]-[\w-]{10,}|sk-[\w-]{32,}`,
    String.raw`eyJ[\w-]{8,}\.eyJ[\w-]{8,}\.[\w-]+`,
  ].join("|"),
  "g",
);

/**
 * Only what is a secret beyond doubt: user and password of URLs, signatures in their queries, tokens of known form,
 * private keys. Lines stay lines, so that a patch still applies where its added lines held a secret.
 */
export const redactTokens = (text: string): string =>
  text
    .replace(/([a-z][a-z0-9+.-]*:\/\/)[^/\s:@?#"']*:[^/\s?#"']*@/gi, "$1***@")
    .replace(/([a-z][a-z0-9+.-]*:\/\/)(?:gh[a-z]_|github_pat_|glpat-)[^/\s@]*@/gi, "$1***@")
    .replace(
      /([?&](?:x-(?:amz|goog)-(?:signature|credential|security-token)|sig|signature|(?:access_)?token|api_?key|awsaccesskeyid)=)[^&\s"'#]+/gi,
      "$1***",
    )
    .replace(
      /(-----BEGIN [A-Z ]*PRIVATE KEY-----)([^]*?)(?=-----END|$)/g,
      (_, begin: string, body: string) => begin + body.replace(/[A-Za-z0-9/=]{8,}/g, "***"),
    )
    .replace(tokens, "***");

/** Also the values of keys and headers whose name looks secret. */
export const redact = (text: string): string =>
  redactTokens(text).replace(
    new RegExp(
      String.raw`(\b[\w-]*(?:${secretWord})\b["']?\s*[:=]\s*)(?:(["'])(?:\\.|(?!\2).)*\2|(?:(?:bearer|token|basic)\s+)?[^\s"',;&]+)`,
      "gi",
    ),
    (_, name: string, quote: string | undefined) => `${name}${quote ?? ""}***${quote ?? ""}`,
  );

/** A command line, in which the secret may be the argument after its flag: `--token abc`. */
export const redactArguments = (argv: readonly string[]): string[] =>
  argv.map((argument, i) => {
    const before = argv[i - 1] ?? "";
    return before.startsWith("-") && secretName.test(before) ? "***" : redact(argument);
  });

/** Texts at any depth, and whole values under keys whose name looks secret. */
export function redactJson<Value extends JsonValue>(value: Value): Value {
  // The shape is kept: texts become texts, objects keep their keys.
  return redactAny(value) as Value;
}

function redactAny(value: JsonValue): JsonValue {
  if (typeof value === "string") return redactTokens(value);
  if (Array.isArray(value)) return value.map(redactAny);
  if (!isJsonObject(value)) return value;
  const result: Record<string, JsonValue> = {};
  for (const [key, member] of Object.entries(value)) {
    const isSecret = typeof member === "string" && member !== "" && secretName.test(key);
    setMember(result, key, isSecret ? "***" : redactAny(member));
  }
  return result;
}
