/** Parameters of a process from the files that tools keep them in: JSON (JSON5 too), YAML, TOML, INI. Numbers keep their spelling. */
import { readFile } from "node:fs/promises";
import { extname } from "node:path";
import { text as readAll } from "node:stream/consumers";
import { CirrusError, codeOf, messageOf } from "../core/errors.js";
import { parseLiberal } from "../core/json/parse.js";
import { pythonFloat } from "../core/json/python-float.js";
import { isJsonObject, numberToken, type JsonObject } from "../core/json/value.js";
import { parseYamlLossless } from "../core/json/yaml.js";
import { toRecordable } from "./model/recordable.js";

export const parameterFormats = ["json", "yaml", "toml", "ini"] as const;
export type ParameterFormat = (typeof parameterFormats)[number];

const formatsByExtension: Readonly<Record<string, ParameterFormat>> = {
  ".json": "json",
  ".json5": "json",
  ".yaml": "yaml",
  ".yml": "yaml",
  ".toml": "toml",
  ".ini": "ini",
  ".cfg": "ini",
  ".conf": "ini",
};

/**
 * @param path - the extension tells the format; standard input (`-`) is JSON or YAML
 * @throws CirrusError `E_CONFIG_INVALID` when it cannot be read, is not of its format, or is no table of names and values
 */
export async function readParameters(path: string): Promise<JsonObject> {
  const name = path === "-" ? "standard input" : path;
  let text: string;
  try {
    text = path === "-" ? await readAll(process.stdin) : await readFile(path, "utf8");
  } catch (cause) {
    const reason = codeOf(cause) === "ENOENT" ? "there is no such file" : messageOf(cause);
    throw refusal(`cannot read ${name}: ${reason}`, cause);
  }
  const format = formatsByExtension[extname(path).toLowerCase()] ?? (/^\s*\{/.test(text) ? "json" : "yaml");
  return parseParameters(text, format, name);
}

/** @throws CirrusError as `readParameters` */
export async function parseParameters(text: string, format: ParameterFormat, name = "the text"): Promise<JsonObject> {
  let value: unknown;
  try {
    value = await parsers[format](text.replace(/^\ufeff/, ""));
  } catch (cause) {
    throw refusal(`${name} is no ${format.toUpperCase()}: ${messageOf(cause).split("\n")[0]}`, cause);
  }
  const parameters = value === null || value === undefined ? {} : toRecordable(value, name);
  if (isJsonObject(parameters)) return parameters;
  throw refusal(`${name} is no table of names and values`);
}

const refusal = (why: string, cause?: unknown): CirrusError =>
  new CirrusError("E_CONFIG_INVALID", why, {
    ...(cause === undefined ? {} : { cause }),
    hint: `parameters are a table of names and values in ${parameterFormats.join(", ")}`,
  });

const parsers: Readonly<Record<ParameterFormat, (text: string) => unknown>> = {
  json: parseLiberal,
  yaml: parseYamlLossless,
  toml: parseToml,
  // Values stay text, as in Python's configparser; sections are objects.
  ini: async (text) => (await import("ini")).parse(text),
};

/** Whole numbers are bigints, so a plain number is a TOML float: `1.0` stays `1.0`. */
async function parseToml(text: string): Promise<unknown> {
  const { parse } = await import("smol-toml");
  return withFloats(parse(text, { integersAsBigInt: true }));
}

function withFloats(value: unknown): unknown {
  if (typeof value === "number") return Number.isFinite(value) ? numberToken(pythonFloat(value)) : value;
  if (Array.isArray(value)) return value.map(withFloats);
  if (typeof value !== "object" || value === null || value instanceof Date) return value;
  return new Map(Object.entries(value).map(([key, member]) => [key, withFloats(member)]));
}
