/**
 * Readers of zarr and N5 know nothing of a `provenance` file, but show attributes. So the attributes of such a volume's root have a
 * pointer to it and a short history, as `cirrus_provenance`:
 *
 *     {"file": "provenance", "history": [{"task": "agglomerate", "date": "2025-03-01 10:00 UTC", "by": "ann@lab.edu"}]}
 *
 * @see https://zarr-specs.readthedocs.io (v2: `.zattrs`; v3: `attributes` in `zarr.json`), https://github.com/saalfeldlab/n5
 */
import { isUtf8 } from "node:buffer";
import { isCirrusError, messageOf } from "../core/errors.js";
import { parseLossless } from "../core/json/parse.js";
import { stringifyAs } from "../core/json/stringify.js";
import { isJsonObject, type JsonObject, type JsonValue } from "../core/json/value.js";
import type { KeyValueStore, StoredObject, WritableStore } from "../storage/store.js";
import { provenanceKey, readProvenanceFile } from "./fold-into-store.js";
import { isSame, summariseProcess } from "./model/processing.js";
import { textOf } from "./objects.js";
import { updateObject, type Round } from "./update-object.js";

const memberName = "cirrus_provenance";

/** Newest entries of `processing` in the history: attributes are read whenever somebody opens the volume. */
const historyLength = 32;

/**
 * Makes the attributes of a zarr or N5 volume say what its `provenance` says now; everything else in them stays. Nothing is done where
 * there is an `info`, or when they say it already.
 *
 * @returns why attributes were left alone: they are no JSON
 * @throws CirrusError as `updateObject`, and errors of the store
 */
export async function pointFromAttributes(store: WritableStore): Promise<string[]> {
  const warnings: string[] = [];
  for (const place of await placesIn(store)) {
    const { problem, isChanged } = await updateObject(store, place.key, () => readPlace(store, place));
    if (isChanged) await store.sync([place.key]);
    if (problem !== undefined)
      warnings.push(`${place.key} of ${store.url} got no pointer to ${provenanceKey}: ${problem}`);
  }
  return warnings;
}

/** An object that has attributes, below these members of it. */
interface Place {
  readonly key: string;
  readonly path: readonly string[];
}

async function placesIn(store: KeyValueStore): Promise<Place[]> {
  const hasAny = async (...keys: string[]): Promise<boolean> =>
    (await Promise.all(keys.map((key) => store.stat(key)))).some((stat) => stat !== undefined);
  if (await hasAny("info", "info.gz")) return [];
  if (await hasAny("zarr.json")) return [{ key: "zarr.json", path: ["attributes"] }];
  if (await hasAny(".zgroup", ".zarray")) {
    // Consolidated metadata of version 2 has a copy, which readers prefer.
    const copy = { key: ".zmetadata", path: ["metadata", ".zattrs"] };
    return [{ key: ".zattrs", path: [] }, ...((await hasAny(copy.key)) ? [copy] : [])];
  }
  return (await hasAny("attributes.json")) ? [{ key: "attributes.json", path: [] }] : [];
}

interface Outcome {
  readonly isChanged: boolean;
  readonly problem?: string;
}

async function readPlace(store: KeyValueStore, { key, path }: Place): Promise<Round<Outcome>> {
  const stored = await store.get(key);
  // Read after the attributes: of two writers, the one whose put is the last has seen what both added to `provenance`.
  const pointer = await pointerOf(store);
  try {
    const text = stored ? await jsonTextOf(stored) : "{\n  }\n";
    const before = parseLossless(text);
    const after = withMember(before, [...path, memberName], pointer);
    if (stored && isSame(before, after)) return { result: { isChanged: false } };
    const bytes = Buffer.from(stringifyAs(text, after));
    return { put: { bytes, version: stored?.version ?? "absent" }, result: { isChanged: true } };
  } catch (error) {
    if (!(error instanceof SyntaxError || isCirrusError(error, "E_PROVENANCE_INVALID"))) throw error;
    return { result: { isChanged: false, problem: messageOf(error) } };
  }
}

async function pointerOf(store: KeyValueStore): Promise<JsonObject> {
  const { key = provenanceKey, file } = await readProvenanceFile(store);
  const history = file.processing.slice(-historyLength).map((entry): JsonObject => {
    const { task, date, by } = summariseProcess(entry);
    return { task, ...(date !== null && { date }), ...(by !== null && { by }) };
  });
  return { file: key, history };
}

/** @throws SyntaxError, or CirrusError `E_PROVENANCE_INVALID`, when it is no text: it could not be written again as it was */
async function jsonTextOf(object: StoredObject): Promise<string> {
  if (object.contentEncoding === undefined && !isUtf8(object.bytes)) throw new SyntaxError("it is no UTF-8 text");
  return textOf(object);
}

/** @throws SyntaxError when what should have members is no object */
function withMember(value: JsonValue | undefined, path: readonly string[], member: JsonObject): JsonObject {
  const [name, ...rest] = path as [string, ...string[]]; // it ends before it is empty
  const object = value ?? {};
  if (!isJsonObject(object)) throw new SyntaxError(`a JSON object was expected around "${name}"`);
  return { ...object, [name]: rest.length ? withMember(object[name], rest, member) : member };
}
