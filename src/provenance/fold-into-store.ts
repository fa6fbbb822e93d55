/**
 * The `provenance` file in its store: read in any form that people have left it in, and added to by a conditional put, read
 * again and tried again while others do the same.
 */
import { isCirrusError } from "../core/errors.js";
import { emptyFile, parseProvenanceFile, provenanceFileText, type ParsedFile } from "./model/file.js";
import { fold, type FileAddition } from "./model/fold.js";
import { noteTime, type Note } from "./model/note.js";
import { putOnce, sha256Hex, textOf } from "./objects.js";
import type { KeyValueStore, StoredObject, WritableStore } from "../storage/store.js";
import { updateObject } from "./update-object.js";

export const provenanceKey = "provenance";

export interface StoredFile extends ParsedFile {
  /** Key that it was read from; undefined when the volume has none. `provenance.gz` counts where there is no plain one. */
  readonly key?: string;
  /** What a conditional put of `provenance` names. */
  readonly version: string;
  readonly bytes: Uint8Array;
}

/** Never fails because of what the file holds. */
export async function readProvenanceFile(store: KeyValueStore): Promise<StoredFile> {
  const plain = await store.get(provenanceKey);
  if (plain) return { ...(await parse(plain)), key: provenanceKey, version: plain.version, bytes: plain.bytes };
  const key = `${provenanceKey}.gz`;
  const packed = await store.get(key);
  if (!packed) return { file: emptyFile, problems: [], version: "absent", bytes: new Uint8Array() };
  return { ...(await parse(packed)), key, version: "absent", bytes: packed.bytes };
}

async function parse(object: StoredObject): Promise<ParsedFile> {
  try {
    return parseProvenanceFile(await textOf(object));
  } catch (error) {
    if (!isCirrusError(error, "E_PROVENANCE_INVALID")) throw error;
    return { file: emptyFile, problems: [error.message] };
  }
}

/**
 * Adds what is not there yet, and leaves a file that CloudVolume opens. One that it would not open is kept, byte for byte,
 * as `provenance.d/replaced/<sha256>`, and a note in the new one says so.
 *
 * @returns keys that must be synced for it to be durable
 * @throws CirrusError `E_STORE_TEMPORARY` when others kept winning for three minutes; `E_DESTINATION_UNWRITABLE` when a folder
 * has the file's name
 */
export function foldIntoStore(store: WritableStore, addition: FileAddition, time: string): Promise<string[]> {
  return updateObject(store, provenanceKey, async () => {
    const stored = await readProvenanceFile(store);
    const kept = stored.problems.length ? [await keepAside(store, stored.bytes)] : [];
    const notes = [...kept.map((key) => keptNote(key, stored.problems, time)), ...(addition.notes ?? [])];
    const next = fold(stored.file, { ...addition, notes });
    // Another writer may have put what we would add and not have synced it yet.
    if (next === stored.file && stored.key !== undefined && !stored.problems.length) return { result: [stored.key] };
    const bytes = Buffer.from(provenanceFileText(next));
    return { put: { bytes, version: stored.version }, result: [provenanceKey, ...kept] };
  });
}

/** Keeps a file as it was, named by its content. @returns its key, not yet durable */
export async function keepAside(store: WritableStore, bytes: Uint8Array): Promise<string> {
  const key = `provenance.d/replaced/${sha256Hex(bytes)}`;
  await putOnce(store, key, bytes);
  return key;
}

function keptNote(key: string, problems: readonly string[], time: string): Note {
  const text = `CloudVolume could not open the provenance file (${problems.join(", ")}). It was mended and kept as ${key}`;
  return { time: noteTime(time), type: "GENERIC", text };
}
