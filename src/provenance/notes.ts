/** Notes: why a volume is made, what came out, anything else. As provenance-toolbox keeps them, and each with an event. */
import { describeBox, intersect, isEmpty } from "../core/bounding-box.js";
import { CirrusError, isCirrusError } from "../core/errors.js";
import { redactTokens } from "../core/redact.js";
import { infoKey, parseInfo } from "../formats/precomputed/info.js";
import { boundsOf, type Scale } from "../formats/precomputed/volume-info.js";
import type { KeyValueStore, StoreOptions } from "../storage/store.js";
import {
  append,
  inRecordStore,
  inStore,
  newEvent,
  type DocumentOptions,
  type Documented,
  type VolumeAddress,
} from "./document.js";
import { readEventsIfListed } from "./events.js";
import { readProvenanceFile } from "./fold-into-store.js";
import { additionOf } from "./model/addition.js";
import type { NoteFacts } from "./model/event.js";
import { hasNote, noteTypes, parseNotes, type NoteType } from "./model/note.js";
import { textOf } from "./objects.js";
import { noteList, type ListedNote } from "./model/note-list.js";

export interface NoteOptions extends DocumentOptions {
  readonly tags?: readonly string[];
  /** The place that it is about: half-open, xyz, voxels of `mip`. */
  readonly box?: NonNullable<NoteFacts["box"]>;
  /** The segment that it is about: its id, decimal. */
  readonly segment?: string;
}

/** Why the volume is made. @throws CirrusError as `addNote` */
export const addMotivation = (volume: VolumeAddress, text: string, options?: NoteOptions): Promise<Documented> =>
  addNote(volume, { type: "MOTIVATION", text }, options);

/** What came out. @throws CirrusError as `addNote` */
export const addResult = (volume: VolumeAddress, text: string, options?: NoteOptions): Promise<Documented> =>
  addNote(volume, { type: "RESULT", text }, options);

/** Anything else. @throws CirrusError as `addNote` */
export const addGeneric = (volume: VolumeAddress, text: string, options?: NoteOptions): Promise<Documented> =>
  addNote(volume, { type: "GENERIC", text }, options);

/**
 * Adds a note unless the volume has one of its type and text. In `description` it stands in provenance-toolbox's form, escaped;
 * the event has the exact text, who wrote it, its tags and its place.
 *
 * @throws CirrusError `E_PROVENANCE_INVALID` for a blank text, a bad box or segment; `E_SCALE_UNKNOWN`, `E_BOX_OUTSIDE`; `E_VOLUME_NOT_FOUND`; errors of the store
 */
export async function addNote(
  volume: VolumeAddress,
  given: { readonly type: NoteType; readonly text: string },
  options: NoteOptions = {},
): Promise<Documented> {
  const note = checkNote(given, options);
  return inRecordStore(volume, options.store, async (store) => {
    const { file } = await readProvenanceFile(store);
    if (hasNote(parseNotes(file.description), note)) return { isNew: false, recordKey: null, warnings: [] };
    if (note.box) await requireInside(store, note.box);
    const event = await newEvent(store, options.who, { kind: "note", status: "completed", note });
    return { isNew: true, ...(await append(event, { store, options, additionOf })) };
  });
}

/** Of volumes whose info can be read; what other formats hold is not known here. */
async function requireInside(store: KeyValueStore, { mip, ...box }: NonNullable<NoteFacts["box"]>): Promise<void> {
  const scales = await scalesOf(store);
  if (!scales) return;
  const scale = scales[mip];
  if (!scale)
    throw new CirrusError("E_SCALE_UNKNOWN", `${store.url} has ${scales.length} scales, mip 0 to ${scales.length - 1}, no mip ${mip}`); // prettier-ignore
  const bounds = boundsOf(scale);
  if (isEmpty(intersect(bounds, box)))
    throw new CirrusError("E_BOX_OUTSIDE", `box: ${describeBox(box)} lies outside of mip ${mip}, which is ${describeBox(bounds)}`); // prettier-ignore
}

async function scalesOf(store: KeyValueStore): Promise<readonly Scale[] | undefined> {
  const object = await store.get(infoKey);
  try {
    return object && parseInfo(await textOf(object)).scales;
  } catch (error) {
    if (isCirrusError(error, "E_VOLUME_INVALID")) return undefined;
    throw error;
  }
}

function checkNote({ type, text }: Pick<NoteFacts, "type" | "text">, options: NoteOptions): NoteFacts {
  const { tags, box, segment } = options;
  const refuse = (why: string): never => {
    throw new CirrusError("E_PROVENANCE_INVALID", why);
  };
  if (typeof text !== "string" || text.trim() === "") refuse("the note is blank");
  if (!noteTypes.includes(type)) refuse(`a note is one of ${noteTypes.join(", ")}, not ${String(type)}`);
  if (segment !== undefined && !/^\d+$/.test(segment)) refuse(`segment: "${segment}" is no decimal id`);
  if (box && !box.min.every((low, i) => Number.isInteger(low) && low < box.max[i]!))
    refuse(`box: [${box.min.join(", ")}] to [${box.max.join(", ")}] holds no voxel`);
  return {
    type,
    text: redactTokens(text),
    ...(tags?.length ? { tags: [...new Set(tags)] } : {}),
    ...(box && { box }),
    ...(segment !== undefined && { segment }),
  };
}

/** True when the volume has no note of this text, and of this type where one is given. */
export async function noteAbsent(
  volume: VolumeAddress,
  { type, text }: { readonly type?: NoteType; readonly text: string },
  options?: StoreOptions,
): Promise<boolean> {
  const notes = await inStore(volume, options, async (store) =>
    parseNotes((await readProvenanceFile(store)).file.description),
  );
  return !(type ? [type] : noteTypes).some((one) => hasNote(notes, { type: one, text }));
}

/** Every note of a volume, oldest first, whoever wrote it; [] where there is none. */
export function listNotes(volume: VolumeAddress, options?: StoreOptions): Promise<ListedNote[]> {
  return inStore(volume, options, async (store) => {
    const [{ file }, { events }] = await Promise.all([readProvenanceFile(store), readEventsIfListed(store)]);
    return noteList(
      parseNotes(file.description),
      events.map(({ event }) => event),
    );
  });
}
