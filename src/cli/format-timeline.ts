/** How a volume's history reads: one event per paragraph, as `git log` does. */
import type { Timeline, TimelineItem } from "../provenance/timeline.js";
import type { Style } from "./style.js";

export function formatTimeline({ url, items, total, problems }: Timeline, style: Style): string {
  if (!total && problems.length) return `${style.bold(url)}\nno event could be read`;
  if (!total) return `${style.bold(url)}\n${style.yellow("This volume has no provenance.")}`;
  if (!items.length) return `${style.bold(url)}\nnone of ${total} events fits`;
  const lines = items.flatMap((item, i) => linesOf(item, items[i - 1], style));
  return [style.bold(url), ...lines].join("\n");
}

function linesOf(item: TimelineItem, before: TimelineItem | undefined, style: Style): string[] {
  const { time, kind, status, jobId, who, what, digest, isSigned } = item;
  const person = who.email ?? who.name ?? who.user;
  const by = [person, who.host && `on ${who.host}`].filter(Boolean).join(" ");
  const head = [
    time ?? "(no time)",
    style.bold(kind),
    // A start is running by itself: said are states that tell more.
    status && status !== "running" ? painted(status, style) : "",
    jobId && `job ${jobId}`,
    by && `by ${by}`,
    isSigned ? "signed" : "",
    digest && style.dim(short(digest)),
    after(item, before, style),
  ];
  return [`* ${head.filter(Boolean).join("  ")}`, ...(what ? what.split("\n").map((line) => `|   ${line}`) : [])];
}

const painted = (status: string, style: Style): string =>
  (status === "completed" ? style.green : status === "failed" ? style.red : style.yellow)(status);

const short = (digest: string): string => digest.replace("sha256:", "").slice(0, 10);

/** Said where it saw something else than the event that is printed above it. */
function after({ sees }: TimelineItem, before: TimelineItem | undefined, style: Style): string {
  const isNext = sees.length === (before?.digest ? 1 : 0) && sees.every((digest) => digest === before?.digest);
  return isNext ? "" : style.dim(sees.length ? `after ${sees.map(short).join(", ")}` : "after nothing");
}
