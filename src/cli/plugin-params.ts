/** A plugin's params for people, from its zod schema by way of JSON schema. */
import { z } from "zod";
import type { AnyPlugin } from "../tiles/contracts.js";

export interface ParamRow {
  readonly name: string;
  readonly type: string;
  readonly isRequired: boolean;
  /** undefined when there is none: an optional param may then be left out. */
  readonly default?: unknown;
  readonly description: string;
}

type Schema = Readonly<Record<string, unknown>>;

/** null for a schema that JSON schema cannot express. */
export function paramsSchemaOf(plugin: AnyPlugin): Schema | null {
  try {
    return z.toJSONSchema(plugin.params, { io: "input", target: "draft-7" }) as Schema;
  } catch {
    // A transform, a bigint, or the schema of another zod: the plugin works, it only cannot be described.
    return null;
  }
}

export function paramsOf(schema: Schema | null): ParamRow[] {
  const properties = isSchema(schema?.["properties"]) ? schema["properties"] : {};
  const required = Array.isArray(schema?.["required"]) ? schema["required"] : [];
  return Object.entries(properties).map(([name, property]) => ({
    name,
    type: isSchema(property) ? typeText(property) : "",
    isRequired: required.includes(name),
    ...(isSchema(property) && "default" in property ? { default: property["default"] } : {}),
    description: isSchema(property) ? String(property["description"] ?? "") : "",
  }));
}

function typeText(schema: Schema): string {
  if (Array.isArray(schema["enum"])) return schema["enum"].map((value) => JSON.stringify(value)).join(" | ");
  if ("const" in schema) return JSON.stringify(schema["const"]);
  const choices = schema["anyOf"] ?? schema["oneOf"];
  if (Array.isArray(choices)) return choices.filter(isSchema).map(typeText).join(" | ");
  const { items } = schema;
  if (Array.isArray(items)) return `[${items.filter(isSchema).map(typeText).join(", ")}]`;
  if (isSchema(items)) return `list of ${typeText(items)}`;
  return typeof schema["type"] === "string" ? schema["type"] : "anything";
}

const isSchema = (value: unknown): value is Schema =>
  typeof value === "object" && value !== null && !Array.isArray(value);
