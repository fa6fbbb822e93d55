/** The history of a volume, oldest first: its events, and before them what other tools have entered into `provenance`. */
import { openStore } from "../storage/open.js";
import type { StoreOptions } from "../storage/store.js";
import { readEventsIfListed } from "./events.js";
import { readProvenanceFile } from "./fold-into-store.js";
import { changedText } from "./model/changed-text.js";
import type { ProvenanceEvent, RunStatus, Who } from "./model/event.js";
import type { LoggedEvent } from "./model/order.js";
import { summariseProcess } from "./model/processing.js";

export interface TimelineItem {
  /** RFC 3339 of an event; of another tool's entry as it wrote it, null when it wrote none. */
  readonly time: string | null;
  /** Of the event; "entry": of another tool, of which there is no event. */
  readonly kind: string;
  /** Of the run, from then on; null for entries. */
  readonly status: RunStatus | null;
  readonly jobId: string;
  readonly who: Who;
  /** One line or more: what was begun, or how it ended. */
  readonly what: string;
  /** `sha256:<hex>`; null for entries. */
  readonly digest: string | null;
  readonly key: string | null;
  /** Digests of the newest events that its writer saw. */
  readonly sees: readonly string[];
  readonly isSigned: boolean;
  readonly event: ProvenanceEvent | null;
}

export interface Timeline {
  readonly url: string;
  readonly items: readonly TimelineItem[];
  /** Before the filter. */
  readonly total: number;
  readonly problems: readonly string[];
}

/** Every member given must fit. */
export interface TimelineFilter {
  readonly job?: string;
  readonly kinds?: readonly string[];
  /** RFC 3339 or a date; the entries of other tools are compared as they read. */
  readonly since?: string;
  readonly until?: string;
  /** Part of a name, an e-mail, an account or a host. */
  readonly by?: string;
}

/** Never fails because of what the records hold. @throws CirrusError errors of the store */
export async function readTimeline(
  url: string,
  options: StoreOptions = {},
  filter: TimelineFilter = {},
): Promise<Timeline> {
  const store = await openStore(url, options);
  try {
    const [{ file, problems, key }, log] = await Promise.all([readProvenanceFile(store), readEventsIfListed(store)]);
    const entries = file.processing.map(summariseProcess).filter(({ event }) => event === null);
    const items = [
      ...entries.map(({ date, by, task, writtenBy }): TimelineItem => {
        const none = { status: null, jobId: "", digest: null, key: null, sees: [], isSigned: false, event: null };
        const tool = writtenBy === "unknown" ? "" : ` (${writtenBy})`;
        return { ...none, time: date, kind: "entry", who: by ? { email: by } : {}, what: `${task}${tool}` };
      }),
      ...log.events.map(itemOf),
    ];
    const fitting = items.filter((item) => fits(item, filter));
    const fileProblems = problems.map((text) => `${key}: ${text}`);
    return { url: store.url, items: fitting, total: items.length, problems: [...fileProblems, ...log.problems] };
  } finally {
    await store.close();
  }
}

function itemOf({ event, digest, key }: LoggedEvent): TimelineItem {
  const { time, kind, status, jobId, who, sees } = event;
  return { time, kind, status, jobId, who, what: whatOf(event), digest, key, sees, isSigned: event.signature !== undefined, event }; // prettier-ignore
}

function whatOf({ kind, process, motivation, message, outputs, argv, note }: ProvenanceEvent): string {
  const lines = [
    process?.description,
    motivation === undefined ? undefined : `why: ${motivation}`,
    message,
    note && `${note.type}: ${note.text}`,
    kind === "snapshot" && outputs ? `digests of ${outputs.chunks} objects, ${outputs.bytes} bytes` : undefined,
    outputs?.changed && `not as documented before: ${changedText(outputs.changed)}`,
    kind === "join" && argv ? argv.slice(1).join(" ") : undefined,
    outputs?.tree === undefined ? undefined : `${kind === "snapshot" ? "there was" : "wrote"} ${outputs.tree}`,
  ];
  return lines.filter((line) => line !== undefined && line !== "").join("\n");
}

function fits({ time, kind, jobId, who }: TimelineItem, { job, kinds, since, until, by }: TimelineFilter): boolean {
  // A date stands for the whole day on both ends.
  const isInTime =
    (since === undefined || (time !== null && time >= since)) &&
    (until === undefined || (time !== null && time.slice(0, until.length) <= until));
  const names = Object.values(who).join("\n").toLowerCase();
  return (
    isInTime &&
    (job === undefined || jobId === job) &&
    (kinds === undefined || kinds.includes(kind)) &&
    (by === undefined || names.includes(by.toLowerCase()))
  );
}
