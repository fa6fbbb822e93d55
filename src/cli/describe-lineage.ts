/** A lineage for people: a tree upwards and one downwards. */
import {
  isStale,
  type LineageEdge,
  type LineageGraph,
  type LineageNode,
  type LineageStep,
} from "../provenance/lineage/graph.js";
import type { Style } from "./style.js";

export function describeLineage(graph: LineageGraph, paint: Style): string {
  const { root, edges, cycles, problems } = graph;
  const nodes = new Map(graph.nodes.map((node) => [node.id, node]));
  const tree = (direction: "up" | "down"): string[] => {
    const [here, there] = direction === "up" ? (["to", "from"] as const) : (["from", "to"] as const);
    const shown = new Set([root]);
    const below = (id: string, depth: number): string[] =>
      edges
        .filter((edge) => edge[here] === id)
        .flatMap((edge) => {
          const next = edge[there];
          const isNew = !shown.has(next);
          shown.add(next);
          const indent = "  ".repeat(depth);
          const lines = edgeLines(edge, { node: nodes.get(next)!, direction, isNew, paint }); // edges join nodes of the graph
          return [...lines.map((line) => indent + line), ...(isNew ? below(next, depth + 1) : [])];
        });
    return below(root, 1);
  };
  const up = tree("up");
  const down = tree("down");
  return [
    `${paint.bold(root)}${marks(nodes.get(root)!, paint)}`,
    ...(nodes.get(root)?.inPlace ?? []).map((step) => `  changed in place ${describeStep(step)}`),
    ...(up.length ? ["made from", ...up] : []),
    ...(down.length ? ["made into", ...down] : []),
    ...(up.length || down.length ? [] : ["nothing is recorded that it was made from, or that was made of it"]),
    ...cycles.map((cycle) => paint.red(`cycle: ${[...cycle, cycle[0]].join(" -> ")}`)),
    ...problems.map((problem) => paint.yellow(problem)),
  ].join("\n");
}

interface EdgeView {
  readonly node: LineageNode;
  readonly direction: "up" | "down";
  readonly isNew: boolean;
  readonly paint: Style;
}

function edgeLines(edge: LineageEdge, { node, direction, isNew, paint }: EdgeView): string[] {
  const again = isNew ? "" : paint.dim("  (see above)");
  const state = node.kind === "text" ? "" : stateText(edge); // a text cannot change
  return [
    `${direction === "up" ? "<-" : "->"} ${node.id.replaceAll("\n", " ")}${marks(node, paint)}${again}`,
    ...edge.steps.map((step) => paint.dim(`     ${describeStep(step)}`)),
    ...(state ? [isStale(edge) ? paint.red(`     ${state}`) : paint.dim(`     ${state}`)] : []),
    ...(isStale(edge) ? edge.details.map((detail) => paint.red(`       ${detail}`)) : []),
  ];
}

function marks({ kind, isDocumented, stale, note }: LineageNode, paint: Style): string {
  const words = [
    stale === "changed" && paint.red("stale"),
    stale === "inherited" && paint.yellow("stale through what it was made from"),
    kind === "volume" && isDocumented === false && paint.yellow("no provenance"),
    kind === "unread" && paint.yellow(`could not be read: ${note ?? ""}`),
  ].filter((word) => word !== false);
  return words.length ? `  [${words.join(", ")}]` : "";
}

/** What has become of the source since; "" where nothing is known. */
function stateText({ state, details, compared }: LineageEdge): string {
  switch (state) {
    case "changed":
      return "changed since it was read";
    case "gone":
      return "gone since it was read";
    case "unreachable":
      return `could not be compared: ${details.join("; ")}`;
    case "unknown":
      return `not known whether it changed: ${details.join("; ")}`;
    case "unchanged":
      return compared ? `unchanged (${compared})` : "unchanged";
    case null:
      return "";
  }
}

const describeStep = ({ task, jobId, status, time }: LineageStep): string =>
  [
    task && `by ${JSON.stringify(task)}`,
    jobId && `job ${jobId}`,
    status !== null && status !== "completed" && status,
    time,
  ]
    .filter(Boolean)
    .join(", ");
