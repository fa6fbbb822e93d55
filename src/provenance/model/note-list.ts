/** The notes of a volume from both places: the file has everybody's, the events have the exact texts of ours and who wrote them. */
import type { NoteFacts, ProvenanceEvent } from "./event.js";
import { hasNote, noteTime, type Note } from "./note.js";

/** Members are null where nobody told. */
export interface ListedNote extends Note {
  readonly by: string | null;
  readonly tags: readonly string[];
  readonly box: NonNullable<NoteFacts["box"]> | null;
  readonly segment: string | null;
  /** Id of the event that it was written with. */
  readonly event: string | null;
}

/** Oldest first. Free text that is no note comes as GENERIC without a time, before the note that it stood before. */
export function noteList(inFile: readonly Note[], events: readonly ProvenanceEvent[]): ListedNote[] {
  const recorded = events.flatMap(notesOf);
  // A run that is told to have ended twice, and the same motivation of two runs, are one note.
  const distinct = recorded.filter((note, i) => !hasNote(recorded.slice(0, i), note));
  const placed = inFile.map((note): ListedNote => {
    const found = distinct.find((one) => hasNote([one], note));
    return found ? { ...found, time: note.time ?? found.time } : { ...unknown, ...note };
  });
  // Other tools overwrite `description`; the events still have what was written into it.
  const overwritten = distinct.filter((note) => !hasNote(inFile, note));
  return inOrderOfTime([...placed, ...overwritten]);
}

const unknown = { by: null, tags: [], box: null, segment: null, event: null };

function notesOf(event: ProvenanceEvent): ListedNote[] {
  const { who, motivation, message, note, kind } = event;
  const by = who.name ?? who.email ?? who.user ?? null;
  const shared = { ...unknown, time: noteTime(event.time), by, event: event.id };
  return [
    ...(motivation === undefined ? [] : [{ ...shared, type: "MOTIVATION", text: motivation } as const]),
    ...(kind === "end" && message !== undefined ? [{ ...shared, type: "RESULT", text: message } as const] : []),
    ...(note ? [{ ...shared, ...withNulls(note) }] : []),
  ];
}

const withNulls = ({ type, text, tags = [], box, segment }: NoteFacts) => ({
  type,
  text,
  tags,
  box: box ?? null,
  segment: segment ?? null,
});

/** Times without a zone are local to whoever wrote them: taken as they read. */
function inOrderOfTime(notes: readonly ListedNote[]): ListedNote[] {
  let last = "";
  const keyed = notes.map((note) => ({ note, time: (last = note.time ?? last) }));
  return keyed.sort((a, b) => (a.time < b.time ? -1 : a.time > b.time ? 1 : 0)).map(({ note }) => note);
}
