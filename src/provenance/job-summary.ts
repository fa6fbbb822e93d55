/** The runs of a volume, each with its state. */
import { isRunStep, type ProvenanceEvent, type RunStatus } from "./model/event.js";
import type { LoggedEvent } from "./model/order.js";

/** One run of a job. */
export interface JobSummary {
  readonly jobId: string;
  readonly run: string;
  readonly recordKey: string;
  readonly status: RunStatus;
  readonly startedAt: string;
  /** null while it runs. */
  readonly endedAt: string | null;
  readonly resumedAt: readonly string[];
  readonly start: ProvenanceEvent;
  readonly end: ProvenanceEvent | null;
}

/** In the order of their starts. */
export function jobsOf(events: readonly LoggedEvent[]): JobSummary[] {
  return events
    .filter(({ event }) => event.kind === "start")
    .map(({ key: recordKey, event: start }) => {
      const { jobId, run, time: startedAt } = start;
      const steps = events.map(({ event }) => event).filter((event) => event.run === run && isRunStep(event));
      const last = steps.at(-1) ?? start;
      const end = last.kind === "end" ? last : null;
      const resumedAt = steps.filter(({ kind }) => kind === "resume").map(({ time }) => time);
      const { status } = last;
      return { jobId, run, recordKey, status, startedAt, endedAt: end?.time ?? null, resumedAt, start, end };
    });
}
