/** Text of a job config -> JobConfig, with every problem reported at once, each with its path and a suggestion. */
import { readFile } from "node:fs/promises";
import { dirname, resolve } from "node:path";
import { text as readAll } from "node:stream/consumers";
import type { z } from "zod";
import { parseLossless } from "../core/json/parse.js";
import { isJsonObject, toPlain, type JsonValue } from "../core/json/value.js";
import { parseYamlLossless } from "../core/json/yaml.js";
import { CirrusError, codeOf, messageOf } from "../core/errors.js";
import { didYouMean } from "../core/suggest.js";
import type { SourceProbe } from "../tiles/contracts.js";
import { jobConfigSchema, type JobConfig } from "./config.js";

export interface LoadedConfig {
  readonly config: JobConfig;
  /** Folder that the config's relative paths are relative to. */
  readonly baseFolder: string;
  /** For messages: the path as given, or "standard input". */
  readonly name: string;
  /** The document of another program that this was made of, for the record. */
  readonly convertedFrom?: JsonValue;
  /** What was learnt of the source while it was converted. */
  readonly probe?: SourceProbe;
}

/** Reads JSON or YAML from a file, or from standard input for `-`. */
export async function loadJobConfig(path: string): Promise<LoadedConfig> {
  const name = path === "-" ? "standard input" : path;
  return {
    config: parseJobConfig(await readDocument(path), name),
    baseFolder: path === "-" ? process.cwd() : dirname(resolve(path)),
    name,
  };
}

/** JSON or YAML, numbers as they were written. */
export async function readDocument(path: string): Promise<JsonValue> {
  const name = path === "-" ? "standard input" : path;
  let text: string;
  try {
    text = path === "-" ? await readAll(process.stdin) : await readFile(path, "utf8");
  } catch (cause) {
    if (codeOf(cause) === "EISDIR")
      throw new CirrusError("E_CONFIG_INVALID", `${name} is a folder, where a job config is expected`, {
        cause,
        hint: `\`cirrus init ${name} --out job.json\` looks at its files and writes one`,
      });
    const reason = codeOf(cause) === "ENOENT" ? "there is no such file" : messageOf(cause);
    throw new CirrusError("E_CONFIG_INVALID", `cannot read ${name}: ${reason}`, { cause, hint: "check the path" });
  }
  try {
    return /^\ufeff?\s*\{/.test(text) ? parseLossless(text) : await parseYamlLossless(text);
  } catch (cause) {
    throw new CirrusError("E_CONFIG_INVALID", `${name} is neither JSON nor YAML: ${reasonOf(cause, text)}`, { cause });
  }
}

/** The first line of a parser's message; it says line and column where it only told a position. */
function reasonOf(cause: unknown, text: string): string {
  const reason = messageOf(cause).split("\n")[0]!.replace(/:$/, "");
  return reason.replace(/ at position (\d+)/, (_, position) => {
    const before = text.slice(0, Number(position)).split("\n");
    return ` at line ${before.length}, column ${before.at(-1)!.length + 1}`;
  });
}

/**
 * @param document - plain data, or with number tokens: those of `provenance.process.parameters` stay, for the record
 * @throws CirrusError `E_CONFIG_INVALID` whose message has one line per problem
 */
export function parseJobConfig(document: JsonValue, name: string): JobConfig {
  const parsed = jobConfigSchema.safeParse(plainButParameters(document));
  if (parsed.success) return deepFreeze(parsed.data);
  const problems = problemsOf(parsed.error);
  const count = problems.length === 1 ? "1 problem" : `${problems.length} problems`;
  throw new CirrusError(
    "E_CONFIG_INVALID",
    `${name} has ${count}:\n${problems.map((line) => `  ${line}`).join("\n")}`,
    {
      context: { problems },
    },
  );
}

/** One line per problem: `destination.chunkSize[0]: Too small ...`. */
export function problemsOf(error: z.ZodError, schema: z.ZodType = jobConfigSchema): string[] {
  return error.issues.flatMap((issue) => {
    const where = pathText(issue.path);
    if (issue.code !== "unrecognized_keys") return [`${where || "the whole document"}: ${issue.message}`];
    return issue.keys.map((key) => {
      const at = where ? `${where}.${key}` : key;
      return `${at}: unknown key${didYouMean(key, keysAt(schema, issue.path))}`;
    });
  });
}

const exactPath = ["provenance", "process", "parameters"];

/** Numbers for the schema, tokens where people's own parameters stand. Elsewhere an integer beyond 2^53 becomes a bigint, which the schema refuses. */
function plainButParameters(value: JsonValue, path: readonly string[] = exactPath): unknown {
  if (!path.length) return value;
  if (!isJsonObject(value)) return toPlain(value);
  return Object.fromEntries(
    Object.entries(value).map(([key, member]) => [
      key,
      key === path[0] ? plainButParameters(member, path.slice(1)) : toPlain(member),
    ]),
  );
}

const pathText = (path: readonly PropertyKey[]): string =>
  path.map((part, i) => (typeof part === "number" ? `[${part}]` : `${i ? "." : ""}${String(part)}`)).join("");

/** Keys that the schema knows at a path; none where it is not an object. */
function keysAt(schema: z.ZodType, path: readonly PropertyKey[]): string[] {
  let node: unknown = schema;
  for (const part of path) node = shapeOf(node)?.[String(part)];
  return Object.keys(shapeOf(node) ?? {});
}

function shapeOf(node: unknown): Record<string, unknown> | undefined {
  let inner = node as { shape?: Record<string, unknown>; unwrap?: () => unknown } | undefined;
  while (inner && !inner.shape && inner.unwrap) inner = inner.unwrap() as typeof inner;
  return inner?.shape;
}

function deepFreeze<T>(value: T): T {
  if (typeof value === "object" && value !== null && !Object.isFrozen(value)) {
    Object.freeze(value);
    Object.values(value).forEach(deepFreeze);
  }
  return value;
}
