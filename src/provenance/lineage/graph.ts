/** Where volumes come from, as a graph: nodes are volumes and other sources, an edge leads from what was read to what was made of it. */
import type { InputState } from "../inputs/check-inputs.js";

export interface LineageNode {
  /** Normalised URL, or the text of a source that is no place. */
  readonly id: string;
  readonly kind: LineageKind;
  /** null where nothing could be read. */
  readonly isDocumented: boolean | null;
  /** Runs that read this volume and wrote to it. */
  readonly inPlace: readonly LineageStep[];
  /** `changed`: something that it was made from is not what was read; `inherited`: something further up is not. */
  readonly stale: "changed" | "inherited" | null;
  /** Why it could not be read; null when it was. */
  readonly note: string | null;
}

/** `volume` has an `info` or records; `data` is a place with neither; `text` is no place; `unread` did not answer. */
export type LineageKind = "volume" | "data" | "text" | "unread";

export interface LineageEdge {
  readonly from: string;
  readonly to: string;
  /** Runs that made the one of the other, oldest first; [] where only `sources` tell of it. */
  readonly steps: readonly LineageStep[];
  /** What has become of `from` since it was read; null where no digest was recorded or nothing was looked at. */
  readonly state: InputState["state"] | null;
  readonly details: readonly string[];
  /** What that was compared by: "3 objects by name and size, 1 by content"; "" where nothing was. */
  readonly compared: string;
}

export interface LineageStep {
  readonly task: string;
  readonly jobId: string | null;
  readonly status: string | null;
  /** As the writer wrote it. */
  readonly time: string | null;
}

export interface LineageGraph {
  /** The volume that was asked about. */
  readonly root: string;
  readonly nodes: readonly LineageNode[];
  readonly edges: readonly LineageEdge[];
  /** Each as a list of nodes, every one made from the one before, the first from the last. */
  readonly cycles: readonly (readonly string[])[];
  readonly problems: readonly string[];
}

/** Edges of one pair as one; the worst state counts, and a step that two records tell of counts once. */
export function mergeEdges(edges: readonly LineageEdge[]): LineageEdge[] {
  const merged = new Map<string, LineageEdge>();
  for (const edge of edges) {
    const key = JSON.stringify([edge.from, edge.to]);
    const known = merged.get(key);
    merged.set(key, known ? joined(known, edge) : edge);
  }
  return [...merged.values()].map((edge) => ({ ...edge, steps: edge.steps.toSorted(byTime) }));
}

function joined(a: LineageEdge, b: LineageEdge): LineageEdge {
  const isNew = (step: LineageStep): boolean =>
    !a.steps.some((known) => JSON.stringify(known) === JSON.stringify(step));
  const steps = [...a.steps, ...b.steps.filter(isNew)];
  const worst = severity(b.state) > severity(a.state) ? b : a;
  return { ...worst, steps };
}

const states = [null, "unchanged", "unknown", "unreachable", "changed", "gone"] as const;
const severity = (state: LineageEdge["state"]): number => states.indexOf(state);

const byTime = (a: LineageStep, b: LineageStep): number => ((a.time ?? "") < (b.time ?? "") ? -1 : 1);

export const isStale = ({ state }: LineageEdge): boolean => state === "changed" || state === "gone";

/** Ids that `start` leads to against (`up`) or along (`down`) the edges, itself included. */
export function reachable(start: string, edges: readonly LineageEdge[], direction: "up" | "down"): Set<string> {
  const [here, there] = direction === "up" ? (["to", "from"] as const) : (["from", "to"] as const);
  const seen = new Set([start]);
  for (const id of seen) for (const edge of edges) if (edge[here] === id) seen.add(edge[there]);
  return seen;
}

/** Direct staleness from the edges into a volume, inherited staleness from what lies above it. */
export function staleness(edges: readonly LineageEdge[]): Map<string, "changed" | "inherited"> {
  const result = new Map<string, "changed" | "inherited">();
  const direct = new Set(edges.filter(isStale).map(({ to }) => to));
  for (const id of direct)
    for (const below of reachable(id, edges, "down")) if (!direct.has(below)) result.set(below, "inherited");
  for (const id of direct) result.set(id, "changed");
  return result;
}

/** One cycle for each edge that closes one, found depth first; every cycle of the graph shares an edge with one of them. */
export function cyclesOf(edges: readonly LineageEdge[]): string[][] {
  const targets = new Map<string, string[]>();
  for (const { from, to } of edges) targets.set(from, [...(targets.get(from) ?? []), to]);
  const settled = new Set<string>();
  const cycles: string[][] = [];
  const visit = (id: string, trail: readonly string[]): void => {
    const at = trail.indexOf(id);
    if (at >= 0) cycles.push(trail.slice(at));
    if (at >= 0 || settled.has(id)) return;
    for (const next of targets.get(id) ?? []) visit(next, [...trail, id]);
    settled.add(id);
  };
  for (const id of [...targets.keys()].sort()) visit(id, []);
  return cycles;
}
