/** Adds to a provenance file what is not in it yet. Doing it twice adds nothing. */
import type { JsonObject } from "../../core/json/value.js";
import type { ProvenanceFile } from "./file.js";
import { appendNote, hasNote, parseNotes, type Note } from "./note.js";
import { hasEntryOf, hasProcess, processingEntry, type ProcessingFacts } from "./processing.js";

export interface FileAddition {
  /** Done first. */
  readonly mend?: (file: ProvenanceFile) => ProvenanceFile;
  readonly sources?: readonly string[];
  /** Added when there is no note of its type and text. */
  readonly notes?: readonly Note[];
  /** Added when no entry has its task and parameters, or for `duplicate` when its event has none. */
  readonly process?: ProcessingFacts & { readonly duplicate?: boolean };
}

/** @returns `stored` itself when there is nothing to add */
export function fold(stored: ProvenanceFile, addition: FileAddition): ProvenanceFile {
  const file = addition.mend?.(stored) ?? stored;
  const newSources = [...new Set(addition.sources ?? [])].filter((source) => !file.sources.includes(source));
  const newEntries = missingEntries(file, addition.process);
  const description = withNotes(file.description, addition.notes ?? []);
  if (!newSources.length && !newEntries.length && description === file.description) return file;
  return {
    ...file,
    sources: [...file.sources, ...newSources],
    processing: [...file.processing, ...newEntries],
    description,
  };
}

function missingEntries({ processing }: ProvenanceFile, facts: FileAddition["process"]): JsonObject[] {
  if (!facts) return [];
  const { duplicate, task, parameters, cirrus } = facts;
  const isThere = duplicate ? hasEntryOf(processing, cirrus.id) : hasProcess(processing, task, parameters);
  return isThere ? [] : [processingEntry(facts)];
}

function withNotes(description: string, notes: readonly Note[]): string {
  let result = description;
  for (const note of notes) if (!hasNote(parseNotes(result), note)) result = appendNote(result, note);
  return result;
}
