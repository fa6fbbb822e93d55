/** What happened to a volume, one line each, for a summary; `timeline.ts` has the events themselves. */
import type { JobSummary } from "./job-summary.js";
import type { ListedNote } from "./model/note-list.js";
import type { ProcessSummary } from "./model/processing.js";

export interface Moment {
  /** As it was written: UTC where it says so; null where nobody told. */
  readonly time: string | null;
  readonly what: "motivation" | "result" | "note" | "process" | "job";
  readonly text: string;
  readonly by: string | null;
}

/** Oldest first; what has no time comes before everything. Times without a zone are taken as they read. */
export function momentsOf(
  notes: readonly ListedNote[],
  processes: readonly ProcessSummary[],
  jobs: readonly JobSummary[],
): Moment[] {
  const runs = new Set(jobs.map(({ run }) => run));
  const moments: Moment[] = [
    ...processes
      // A job's entry is told by its start.
      .filter(({ event }) => event === null || !runs.has(event))
      .map(({ task, date, by, writtenBy }): Moment => {
        const tool = writtenBy === "unknown" || writtenBy === "cirrus" ? "" : ` (${writtenBy})`;
        return { time: date, what: "process", text: `${task || "(no description)"}${tool}`, by };
      }),
    ...jobs.flatMap(momentsOfJob),
    ...notes.map(({ time, type, text, by }): Moment => {
      const what = type === "MOTIVATION" ? "motivation" : type === "RESULT" ? "result" : "note";
      return { time, what, text, by };
    }),
  ];
  return moments.sort((a, b) => (comparable(a) < comparable(b) ? -1 : comparable(a) > comparable(b) ? 1 : 0));
}

function momentsOfJob({ jobId, startedAt, resumedAt, endedAt, status, start }: JobSummary): Moment[] {
  const by = start.who.name ?? start.who.email ?? start.who.user ?? null;
  const at = (time: string, text: string): Moment => ({ time, what: "job", text: `${jobId} ${text}`, by });
  return [
    at(startedAt, `began: ${start.process?.description ?? "(no description)"}`),
    ...resumedAt.map((time) => at(time, "went on")),
    ...(endedAt === null ? [] : [at(endedAt, status)]),
  ];
}

const comparable = ({ time }: Moment): string => (time ?? "").replace("T", " ").replace(/(?:Z| UTC|\+00:00)$/, "");
