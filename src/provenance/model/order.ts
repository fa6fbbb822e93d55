/** Order of events: what a writer saw comes before what it wrote; among the others the time counts, then the id. */
import { eventKey, type ProvenanceEvent } from "./event.js";

export interface LoggedEvent {
  readonly key: string;
  /** `sha256:<hex>` of the stored bytes: what `sees` of later events names. */
  readonly digest: string;
  readonly event: ProvenanceEvent;
}

/** Clocks of machines differ, so time alone would put an answer before its question. Cycles (forged) go by time. */
export function inCausalOrder(events: readonly LoggedEvent[]): LoggedEvent[] {
  const waiting = new Map(events.map((logged) => [logged.digest, logged]));
  const result: LoggedEvent[] = [];
  const visit = (logged: LoggedEvent): void => {
    if (!waiting.delete(logged.digest)) return;
    for (const seen of byTime(logged.event.sees.flatMap((digest) => waiting.get(digest) ?? []))) visit(seen);
    result.push(logged);
  };
  for (const logged of byTime([...events])) visit(logged);
  return result;
}

const byTime = (events: LoggedEvent[]): LoggedEvent[] =>
  events.sort((a, b) => (eventKey(a.event) < eventKey(b.event) ? -1 : 1));

/** Digests of the events that no other one saw. */
export const heads = (events: readonly LoggedEvent[]): string[] => newest(events).map(({ digest }) => digest);

/** What the next event has seen. */
export function sightOf(events: readonly LoggedEvent[]): Required<Pick<ProvenanceEvent, "sees" | "seesAt">> {
  const seen = newest(events);
  return { sees: seen.map(({ digest }) => digest), seesAt: seen.map(({ key }) => key) };
}

function newest(events: readonly LoggedEvent[]): LoggedEvent[] {
  const seen = new Set(events.flatMap(({ event }) => event.sees));
  return events.filter(({ digest }) => !seen.has(digest));
}
