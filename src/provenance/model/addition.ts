/** What of an event belongs into the `provenance` file, where every other reader looks. */
import type { JsonObject } from "../../core/json/value.js";
import type { FileAddition } from "./fold.js";
import { noteTime, type Note } from "./note.js";
import type { LoggedEvent } from "./order.js";

/** Of a start, process or note event: the exact motivation goes into the entry, its escaped form into `description`. */
export function additionOf({ event, digest }: Pick<LoggedEvent, "event" | "digest">): FileAddition {
  const { sources = [], motivation, note, process, codeEnvs = [], inputs = [], who, startedAt, endedAt } = event;
  const time = noteTime(event.time);
  const notes: Note[] = [
    ...(motivation === undefined ? [] : [{ time, type: "MOTIVATION", text: motivation } as const]),
    ...(note ? [{ time, type: note.type, text: note.text }] : []),
  ];
  if (!process) return { sources, notes };
  const { description: task, parameters, parametersSha256 } = process;
  const cirrus = {
    v: event.v,
    id: event.id,
    // So that an event which nobody saw, and which was altered or removed, is missed too.
    digest,
    ...(motivation === undefined ? {} : { motivation }),
    ...(parametersSha256 === undefined ? {} : { parametersSha256 }),
    inputs: inputs.map(({ uri, version, digest: itsDigest }): JsonObject => ({
      uri,
      ...(version === undefined ? {} : { version }),
      ...(itsDigest === undefined ? {} : { digest: itsDigest }),
    })),
    ...(startedAt === undefined ? {} : { startedAt }),
    ...(endedAt === undefined ? {} : { endedAt }),
  };
  const codeEnvFiles = codeEnvs.map(({ file }) => file);
  const by = who.email ?? who.name ?? who.user ?? "";
  return {
    sources,
    notes,
    process: { task, parameters, codeEnvFiles, by, time: endedAt ?? startedAt ?? event.time, cirrus },
  };
}
