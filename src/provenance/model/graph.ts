/**
 * Is the log whole? Each event names the digests and keys of the newest events that its writer saw, and each entry that cirrus folds into
 * `provenance` names its start event and that one's digest. So an event that was altered or removed is missed by name, unless it is
 * the newest of all and an end: only a signature, or whoever noted its digest, protects that one.
 */
import { eventKey, type ProvenanceEvent } from "./event.js";
import type { LoggedEvent } from "./order.js";

export interface GraphProblem {
  /** Of the event; its id where no key is known. */
  readonly key: string;
  readonly what: "altered" | "removed" | "misnamed";
  /** Who says so. */
  readonly detail: string;
}

/** An entry of `provenance` that an event wrote. */
export interface FoldedEntry {
  readonly id: string;
  /** Of the event; entries of early versions have none. */
  readonly digest?: string;
}

export interface EventGraph {
  readonly events: readonly LoggedEvent[];
  /** Keys of objects in the log that are no events: they may have been. */
  readonly unreadable: readonly string[];
  readonly folded: readonly FoldedEntry[];
}

/** Each event at most once, in order of key. */
export function graphProblems({ events, unreadable, folded }: EventGraph): GraphProblem[] {
  const found = new Map<string, GraphProblem>();
  const report = (problem: GraphProblem): void => {
    if (!found.has(problem.key)) found.set(problem.key, problem);
  };
  const digests = new Set(events.map(({ digest }) => digest));
  const keys = new Set([...events.map(({ key }) => key), ...unreadable]);
  const ids = new Map(events.map((logged) => [logged.event.id, logged]));
  for (const { event, key } of events) {
    if (eventKey(event) !== key) report({ key, what: "misnamed", detail: `it says that it is ${eventKey(event)}` });
    event.sees.forEach((digest, i) => {
      if (digests.has(digest)) return;
      const lost = event.seesAt?.[i];
      const detail = `${nameOf(event)} saw it with the digest ${digest}`;
      report({ key: lost ?? digest, what: lost !== undefined && keys.has(lost) ? "altered" : "removed", detail });
    });
  }
  for (const { event } of events)
    if (!ids.has(event.run)) {
      const key = keyOf(event.run, found.keys());
      report({ key, what: unreadable.includes(key) ? "altered" : "removed", detail: `${nameOf(event)} is of its run` });
    }
  for (const { id, digest } of folded) {
    const logged = ids.get(id);
    const detail = "the provenance file has its entry";
    const key = logged?.key ?? keyOf(id, [...keys, ...found.keys()]);
    if (!logged) report({ key, what: keys.has(key) ? "altered" : "removed", detail });
    else if (digest !== undefined && digest !== logged.digest)
      report({ key, what: "altered", detail: `${detail} with another digest` });
  }
  return [...found.values()].sort((a, b) => (a.key < b.key ? -1 : 1));
}

const nameOf = ({ kind, jobId, time }: ProvenanceEvent): string =>
  `the ${kind} event${jobId ? ` of job ${jobId}` : ""} at ${time}`;

/** The key that ends in this id, where one is known. */
function keyOf(id: string, keys: Iterable<string>): string {
  const bare = id.replace("urn:uuid:", "");
  for (const key of keys) if (key.endsWith(`${bare}.json`)) return key;
  return id;
}
