/** A lineage as drawings: Graphviz's DOT, Mermaid, SVG. Sources stand left of what was made of them. */
import { isStale, type LineageEdge, type LineageGraph, type LineageNode } from "./graph.js";

/** @see https://graphviz.org/doc/info/lang.html */
export function lineageDot({ root, nodes, edges }: LineageGraph): string {
  const names = numbered(nodes);
  return [
    "digraph lineage {",
    '  rankdir=LR; node [shape=box, style="rounded,filled", fillcolor=white, fontname="sans-serif", fontsize=11];',
    '  edge [fontname="sans-serif", fontsize=9];',
    ...nodes.map((node) => {
      const look = [
        node.kind === "text" && 'shape=note, style="filled"',
        node.stale === "changed" && 'color="#b00020", fillcolor="#fde7ea"',
        node.stale === "inherited" && 'color="#9a6700", fillcolor="#fff8e0"',
        node.id === root && "penwidth=2",
      ].filter((attribute) => attribute !== false);
      return `  ${names.get(node.id)} [${[`label=${dotText(labelOf(node))}`, `tooltip=${dotText([node.id])}`, ...look].join(", ")}];`;
    }),
    ...edges.map((edge) => {
      const look = [
        `label=${dotText(edgeLabel(edge))}`,
        ...(isStale(edge) ? ['color="#b00020"', 'fontcolor="#b00020"', "style=dashed"] : []),
      ];
      return `  ${names.get(edge.from)} -> ${names.get(edge.to)} [${look.join(", ")}];`;
    }),
    "}",
  ].join("\n");
}

/** @see https://mermaid.js.org/syntax/flowchart.html */
export function lineageMermaid({ root, nodes, edges }: LineageGraph): string {
  const names = numbered(nodes);
  const ofKind = (keep: (node: LineageNode) => boolean): string =>
    nodes
      .filter(keep)
      .map(({ id }) => names.get(id))
      .join(",");
  const classed = (name: string, ids: string): string[] => (ids ? [`  class ${ids} ${name}`] : []);
  return [
    "flowchart LR",
    ...nodes.map((node) => {
      const [open, close] = node.kind === "text" ? [">", "]"] : ["(", ")"];
      return `  ${names.get(node.id)}${open}"${mermaidText(labelOf(node))}"${close}`;
    }),
    ...edges.map((edge) => {
      const label = mermaidText(edgeLabel(edge));
      const arrow = isStale(edge) ? "-.->" : "-->";
      return `  ${names.get(edge.from)} ${arrow}${label ? `|"${label}"|` : ""} ${names.get(edge.to)}`;
    }),
    "  classDef stale stroke:#b00020,fill:#fde7ea",
    "  classDef inherited stroke:#9a6700,fill:#fff8e0",
    "  classDef asked stroke-width:3px",
    ...classed(
      "stale",
      ofKind(({ stale }) => stale === "changed"),
    ),
    ...classed(
      "inherited",
      ofKind(({ stale }) => stale === "inherited"),
    ),
    ...classed(
      "asked",
      ofKind(({ id }) => id === root),
    ),
  ].join("\n");
}

/** Drawn by Graphviz, which comes along as WebAssembly. */
export async function lineageSvg(graph: LineageGraph): Promise<string> {
  const { instance } = await import("@viz-js/viz");
  const viz = await instance();
  return viz.renderString(lineageDot(graph), { format: "svg", engine: "dot" });
}

const numbered = (nodes: readonly LineageNode[]): ReadonlyMap<string, string> =>
  new Map(nodes.map(({ id }, i) => [id, `n${i}`]));

/** The last part of a URL large, where it is small, and what is wrong. */
function labelOf({ id, kind, isDocumented, stale }: LineageNode): string[] {
  const notes = [
    stale === "changed" && "stale",
    stale === "inherited" && "stale upstream",
    kind === "volume" && isDocumented === false && "no provenance",
    kind === "unread" && "not readable",
  ].filter((note) => note !== false);
  if (kind === "text") return [...wrapped(id), ...notes];
  const slash = id.lastIndexOf("/");
  return [id.slice(slash + 1), id.slice(0, slash), ...notes];
}

const lineLength = 48;

function wrapped(text: string): string[] {
  const words = text.replace(/\s+/g, " ").slice(0, 240).split(" ");
  const lines: string[] = [];
  for (const word of words) {
    const last = lines.at(-1);
    if (last !== undefined && last.length + word.length < lineLength) lines[lines.length - 1] = `${last} ${word}`;
    else lines.push(word);
  }
  return lines;
}

const edgeLabel = (edge: LineageEdge): string[] => [
  ...new Set(edge.steps.map(({ task }) => task).filter(Boolean)),
  ...(edge.state === "changed" || edge.state === "gone" ? [`source ${edge.state}`] : []),
];

const dotText = (lines: readonly string[]): string =>
  `"${lines.map((line) => line.replaceAll("\\", "\\\\").replaceAll('"', '\\"').replace(/\s+/g, " ")).join("\\n")}"`;

const mermaidText = (lines: readonly string[]): string =>
  lines
    .map((line) => line.replace(/\s+/g, " ").replace(/[^\p{L}\p{N} /:._,-]/gu, (sign) => `#${sign.codePointAt(0)};`))
    .join("<br/>");
