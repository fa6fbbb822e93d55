/** Notes as provenance-toolbox keeps them inside `description`: `time;TYPE;text`, joined by `" \n "`. */

export const noteTypes = ["MOTIVATION", "RESULT", "GENERIC"] as const;
export type NoteType = (typeof noteTypes)[number];

export interface Note {
  /** As it stands in the file (`2025-03-01 09:30:00.250000`, local time without a zone, or with `+00:00`); null in free text. */
  readonly time: string | null;
  readonly type: NoteType;
  readonly text: string;
}

const separator = " \n ";

/**
 * UTC as `2025-03-01 09:30:00.062+00:00`: Python before 3.11 reads that and no `Z`.
 *
 * @param rfc3339 - `2025-03-01T09:30:00.062Z`, UTC
 */
export const noteTime = (rfc3339: string): string => rfc3339.replace("T", " ").replace("Z", "+00:00");

export const formatNote = (note: Note): string => `${note.time ?? ""};${note.type};${escapeNoteText(note.text)}`;

/** `description` with one note more. */
export const appendNote = (description: string, note: Note): string =>
  description === "" ? formatNote(note) : description + separator + formatNote(note);

/** Tolerant: what is no note is given as GENERIC without a time; empty pieces are dropped. */
export const parseNotes = (description: string): Note[] =>
  description
    .split(separator)
    .filter((piece) => piece.trim() !== "")
    .map(parseNote);

function parseNote(piece: string): Note {
  const [, time, type, text] = /^\s*([^;]*);([^;]*);([^]*)$/.exec(piece) ?? [];
  const known = noteTypes.find((name) => name === type?.trim());
  if (known === undefined || text === undefined) return { time: null, type: "GENERIC", text: piece };
  return { time: time || null, type: known, text: unescapeNoteText(text) };
}

/**
 * provenance-toolbox splits at every `;` and at `" \n "` and raises on what remains, which makes the volume unwritable
 * for it; so neither may stand in a text. `%3B` that was there before becomes `%253B`. The exact text is kept in the event.
 */
export const escapeNoteText = (text: string): string =>
  text
    .replace(/ *\n */g, "\n")
    .replace(/%(?=(?:25)*3B)/g, "%25")
    .replaceAll(";", "%3B");

const unescapeNoteText = (text: string): string => text.replaceAll("%3B", ";").replace(/%25(?=(?:25)*3B)/g, "%");

/** True when `notes` has one of the same type and text, as it would be written. */
export const hasNote = (notes: readonly Note[], wanted: Pick<Note, "type" | "text">): boolean =>
  notes.some((note) => note.type === wanted.type && escapeNoteText(note.text) === escapeNoteText(wanted.text));
