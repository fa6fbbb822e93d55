/** Text of a job config -> JobConfig, with every problem reported at once, each with its path and a suggestion. */
import { readFile } from "node:fs/promises";
import { dirname, resolve } from "node:path";
import { text as readAll } from "node:stream/consumers";
import { parse as parseYaml } from "yaml";
import type { z } from "zod";
import { CirrusError, codeOf, messageOf } from "../core/errors.js";
import { didYouMean } from "../core/suggest.js";
import { jobConfigSchema, type JobConfig } from "./config.js";

export interface LoadedConfig {
  readonly config: JobConfig;
  /** Folder that the config's relative paths are relative to. */
  readonly baseFolder: string;
  /** For messages: the path as given, or "standard input". */
  readonly name: string;
}

/** Reads JSON or YAML from a file, or from standard input for `-`. */
export async function loadJobConfig(path: string): Promise<LoadedConfig> {
  const name = path === "-" ? "standard input" : path;
  const document = await readDocument(path);
  return {
    config: parseJobConfig(document, name),
    baseFolder: path === "-" ? process.cwd() : dirname(resolve(path)),
    name,
  };
}

/** JSON or YAML (JSON is YAML) as plain data. */
export async function readDocument(path: string): Promise<unknown> {
  const name = path === "-" ? "standard input" : path;
  let text: string;
  try {
    text = path === "-" ? await readAll(process.stdin) : await readFile(path, "utf8");
  } catch (cause) {
    const reason = codeOf(cause) === "ENOENT" ? "there is no such file" : messageOf(cause);
    throw new CirrusError("E_CONFIG_INVALID", `cannot read ${name}: ${reason}`, { cause, hint: "check the path" });
  }
  try {
    return text.trimStart().startsWith("{") ? JSON.parse(text) : parseYaml(text);
  } catch (cause) {
    throw new CirrusError("E_CONFIG_INVALID", `${name} is neither JSON nor YAML: ${messageOf(cause).split("\n")[0]}`, {
      cause,
    });
  }
}

/** @throws CirrusError `E_CONFIG_INVALID` whose message has one line per problem */
export function parseJobConfig(document: unknown, name: string): JobConfig {
  const parsed = jobConfigSchema.safeParse(document);
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
