/**
 * The forms of the Boss ingest client's job configs: which documents its schemas (JSON Schema draft 4) accept. Pure.
 *
 * Unknown members are allowed everywhere, extents may have any length, and sizes any sign: what these schemas do not look at is looked
 * at by convert-peer.ts. An integer is a number written without fraction and exponent: `512.0` and `true` are none.
 */
import { isJsonObject, isNumberToken, type JsonObject, type JsonValue } from "../../core/json/value.js";
import { didYouMean } from "../../core/suggest.js";

type Shape =
  | { readonly kind: "string"; readonly choices?: readonly string[] }
  | { readonly kind: "integer" }
  | { readonly kind: "integers" }
  | {
      readonly kind: "object";
      readonly members: Readonly<Record<string, Shape>>;
      readonly required: readonly string[];
    };

const text: Shape = { kind: "string" };
const integer: Shape = { kind: "integer" };
/** All of its members are required, unless `required` says less. */
const object = (
  members: Readonly<Record<string, Shape>>,
  required: readonly string[] = Object.keys(members),
): Shape => ({
  kind: "object",
  members,
  required,
});
const all = (shape: Shape, ...names: readonly string[]): Shape =>
  object(Object.fromEntries(names.map((name) => [name, shape])));

const processor = object({ class: text, params: object({}) });
const client = (required: readonly string[]): Shape =>
  object(
    {
      backend: all(text, "name", "class", "host", "protocol"),
      path_processor: processor,
      tile_processor: processor,
      ...(required.includes("tile_processor") ? {} : { chunk_processor: processor }),
    },
    required,
  );
const job = {
  resolution: integer,
  extent: all({ kind: "integers" }, "x", "y", "z", "t"),
  tile_size: all(integer, "x", "y", "z", "t"),
};
const tileDocument = (database: readonly string[]): Shape =>
  object({
    schema: all(text, "name", "validator"),
    client: client(["backend", "path_processor", "tile_processor"]),
    database: all(text, ...database),
    ingest_job: object(job),
  });

const schemas: Readonly<Record<string, Shape>> = {
  "boss-v0.1-schema": tileDocument(["collection", "experiment", "channel"]),
  "boss-v0.2-schema": object({
    schema: all(text, "name", "validator"),
    client: client(["backend", "path_processor"]),
    database: all(text, "collection", "experiment", "channel"),
    ingest_job: object(
      {
        ...job,
        ingest_type: { kind: "string", choices: ["tile", "volumetric"] },
        chunk_size: all(integer, "x", "y", "z"),
      },
      ["ingest_type", "resolution", "extent"],
    ),
  }),
  "neurodata-schema": tileDocument(["dataset", "project", "channel"]),
};

const validators = ["BossValidatorV01", "BossValidatorV02", "NeurodataValidator"];

/** True for what looks like a config of the Boss ingest client and not like one of ours. */
export const isPeerConfig = (document: JsonValue): document is JsonObject =>
  isJsonObject(document) &&
  !("version" in document) &&
  ("schema" in document || "ingest_job" in document || "client" in document);

/** One problem per line, each after the JSON pointer of where it is; none when the document's own schema accepts it. */
export function schemaProblems(document: JsonObject): string[] {
  const { schema } = document;
  const name = isJsonObject(schema as JsonValue) ? (schema as JsonObject)["name"] : undefined;
  if (typeof name !== "string") return problemsAt(document, schemas["boss-v0.1-schema"]!, "");
  const shape = Object.hasOwn(schemas, name) ? schemas[name] : undefined;
  if (!shape) {
    const known = Object.keys(schemas);
    return [`/schema/name: there is no schema "${name}"${didYouMean(name, known)}; known are ${known.join(", ")}`];
  }
  const problems = problemsAt(document, shape, "");
  return problems.length ? problems : propertyProblems(document);
}

function problemsAt(value: JsonValue | undefined, shape: Shape, pointer: string): string[] {
  const at = pointer || "the whole document";
  if (shape.kind === "string") {
    if (typeof value !== "string") return [`${at}: must be a string, not ${kindOf(value)}`];
    if (!shape.choices || shape.choices.includes(value)) return [];
    return [`${at}: must be ${shape.choices.map((choice) => `"${choice}"`).join(" or ")}, not "${value}"`];
  }
  if (shape.kind === "integer") return isInteger(value) ? [] : [`${at}: must be an integer, not ${kindOf(value)}`];
  if (shape.kind === "integers") {
    if (!Array.isArray(value)) return [`${at}: must be a list of integers, not ${kindOf(value)}`];
    const items = value as readonly JsonValue[]; // Array.isArray does not narrow a readonly list
    return items.flatMap((item, i) => problemsAt(item, integer, `${pointer}/${i}`));
  }
  if (value === undefined || !isJsonObject(value)) return [`${at}: must be an object, not ${kindOf(value)}`];
  return [
    ...shape.required.filter((name) => !(name in value)).map((name) => `${pointer}/${name}: is required`),
    ...Object.entries(shape.members).flatMap(([name, member]) =>
      name in value ? problemsAt(value[name], member, `${pointer}/${name}`) : [],
    ),
  ];
}

const isInteger = (value: unknown): boolean =>
  isNumberToken(value)
    ? /^-?\d+$/.test(value.value)
    : typeof value === "bigint" || (typeof value === "number" && Number.isInteger(value));

function kindOf(value: unknown): string {
  if (isNumberToken(value)) return value.value;
  if (value === null) return "null";
  if (Array.isArray(value)) return "a list";
  return typeof value === "object" ? "an object" : typeof value === "string" ? `"${value}"` : String(value);
}

/** What the peer's validators check beside the schema, in their own words. */
function propertyProblems(document: JsonObject): string[] {
  const problems: string[] = [];
  const validator = memberAt(document, "schema", "validator");
  if (!validators.includes(String(validator)))
    problems.push(
      `/schema/validator: there is no validator "${String(validator)}"; known are ${validators.join(", ")}`,
    );
  if (memberAt(document, "schema", "name") !== "boss-v0.2-schema") return problems;
  const has = (...path: readonly string[]): boolean => memberAt(document, ...path) !== undefined;
  if (memberAt(document, "ingest_job", "ingest_type") === "tile") {
    if (!has("ingest_job", "tile_size")) problems.push('"ingest_job": "tile_size" required for tile ingest jobs.');
    if (!has("client", "tile_processor")) problems.push('"client": "tile_processor" required for tile ingest jobs.');
    return problems;
  }
  if (!has("ingest_job", "chunk_size"))
    problems.push('"ingest_job": "chunk_size" required for volumetric ingest jobs.');
  else
    for (const [axis, multiple] of [
      ["x", 512],
      ["y", 512],
      ["z", 16],
    ] as const)
      if (Number(memberAt(document, "ingest_job", "chunk_size", axis)) % multiple !== 0)
        problems.push(`"ingest_job": "chunk_size": "${axis}" must be a multiple of ${multiple}.`);
  if (!has("client", "chunk_processor"))
    problems.push('"client": "chunk_processor" required for volumetric ingest jobs.');
  return problems;
}

/** The member at a path of names; undefined where there is none. */
export function memberAt(document: JsonValue, ...path: readonly string[]): JsonValue | undefined {
  let at: JsonValue | undefined = document;
  for (const name of path) at = at !== undefined && isJsonObject(at) ? at[name] : undefined;
  return at;
}
