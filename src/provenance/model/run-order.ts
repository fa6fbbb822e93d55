/** The order in which runs wrote: of two that name the same chunk, the later one tells what is there. */
import { statusOf } from "./claim.js";
import type { LoggedEvent } from "./order.js";

/**
 * Start events of the runs that may have written something. A run that was resumed comes after those that wrote meanwhile.
 *
 * @param events - in causal order
 */
export const writingRuns = (events: readonly LoggedEvent[]): LoggedEvent[] =>
  documentingEvents(events).filter(({ event }) => event.kind === "start");

/**
 * As `writingRuns`, and with them the snapshots, which took digests of everything that was there.
 *
 * @param events - in causal order
 */
export function documentingEvents(events: readonly LoggedEvent[]): LoggedEvent[] {
  const lastBegun = new Map<string, number>();
  events.forEach(({ event }, i) => {
    if (event.kind === "start" || event.kind === "resume" || event.kind === "snapshot") lastBegun.set(event.run, i);
  });
  return events
    .filter(
      ({ event }) =>
        event.kind === "snapshot" || (event.kind === "start" && statusOf(event.run, events) !== "withdrawn"),
    )
    .sort((a, b) => lastBegun.get(a.event.run)! - lastBegun.get(b.event.run)!);
}
