import assert from "node:assert/strict";
import { appendFile, writeFile } from "node:fs/promises";
import { after, before, describe, it } from "node:test";
import { lineageDot, lineageMermaid, lineageSvg } from "#src/provenance/lineage/drawing.js";
import { cyclesOf, staleness, type LineageEdge, type LineageGraph } from "#src/provenance/lineage/graph.js";
import { traceLineage } from "#src/provenance/lineage/trace.js";
import { chain, type Chain } from "../chain.js";

const edge = (from: string, to: string, state: LineageEdge["state"] = null): LineageEdge => ({
  from,
  to,
  steps: [],
  state,
  details: [],
  compared: "",
});

describe("the graph", () => {
  it("finds cycles, each once", () => {
    assert.deepEqual(cyclesOf([edge("a", "b"), edge("b", "c"), edge("c", "a"), edge("c", "d")]), [["a", "b", "c"]]);
    assert.deepEqual(cyclesOf([edge("a", "b"), edge("a", "c"), edge("b", "d"), edge("c", "d")]), []);
  });

  it("passes staleness on to all that was made of it, also around a cycle", () => {
    const edges = [
      edge("a", "b", "changed"),
      edge("b", "c"),
      edge("c", "d"),
      edge("d", "c"),
      edge("e", "f", "unchanged"),
    ];
    assert.deepEqual([...staleness(edges)].sort(), [
      ["b", "changed"],
      ["c", "inherited"],
      ["d", "inherited"],
    ]);
  });
});

describe("the lineage of volumes in a folder", () => {
  let ws: Chain;
  /** Names instead of URLs. */
  const short = ({ nodes, edges }: LineageGraph) => ({
    nodes: Object.fromEntries(nodes.map(({ id, kind, stale }) => [name(id), stale ?? kind])),
    edges: edges.map(({ from, to, steps, state }) =>
      [name(from), name(to), steps.map(({ task }) => task).join("+"), state].join(" "),
    ),
  });
  const name = (id: string): string => (id.startsWith("file:") ? id.slice(id.lastIndexOf("/") + 1) : id);

  before(async () => {
    ws = await chain();
    await ws.derive("image", ['the "old" microscope; [fly 17]'], "ingest");
    await ws.derive("copy", [ws.at("image")], "copy");
    await ws.derive("labels", [`precomputed://${ws.url("copy")}`, "memory://nothing/mask"], "segment");
  });
  after(() => ws.dispose());

  it("leads up to every source, through volumes to what is none", async () => {
    const graph = await traceLineage(ws.at("copy"), { direction: "up" });
    assert.equal(graph.root, ws.url("copy"));
    assert.deepEqual(short(graph), {
      nodes: { copy: "volume", image: "volume", 'the "old" microscope; [fly 17]': "text" },
      edges: ["image copy copy unchanged", 'the "old" microscope; [fly 17] image ingest unknown'],
    });
    assert.deepEqual(graph.cycles, []);
    assert.equal(graph.edges[0]?.steps[0]?.status, "completed");
  });

  it("leads down to what was made of a volume, among the volumes beside it", async () => {
    const graph = await traceLineage(ws.at("image"), { direction: "down", quick: true });
    assert.deepEqual(short(graph).nodes, { image: "volume", copy: "volume", labels: "volume" });
    assert.deepEqual(short(graph).edges.sort(), ["copy labels segment unchanged", "image copy copy unchanged"]);
  });

  it("looks below the roots that are given, and nowhere else", async () => {
    const graph = await traceLineage(ws.at("image"), { direction: "down", roots: [ws.at("labels")] });
    assert.deepEqual(short(graph).nodes, { image: "volume" });
  });

  it("says which volume is stale, by what, and what inherits it", async () => {
    await appendFile(ws.at("image", "4_4_40", "-10-22_5-37_100-104"), "!");
    const graph = await traceLineage(ws.at("labels"), { direction: "both" });
    const { nodes } = short(graph);
    assert.deepEqual([nodes["image"], nodes["copy"], nodes["labels"]], ["volume", "changed", "inherited"]);
    const read = graph.edges.find(({ from }) => from === ws.url("image"));
    assert.equal(read?.state, "changed");
    assert.equal(graph.edges.find(({ to }) => to === ws.url("image"))?.state, "unknown");
    assert.deepEqual(read.details, ["4_4_40/-10-22_5-37_100-104: 15 bytes instead of 14"]);
  });

  it("reads what Igneous wrote, at the source of a transfer too", async () => {
    await ws.volume("elsewhere");
    const method = { task: "TransferTask", src: ws.url("image"), dest: `precomputed://${ws.url("elsewhere")}`, mip: 0 };
    const entry = { method, by: "b'me@lab.edu'", date: "2025-03-01 09:30 UTC" };
    const file = { sources: [], owners: [], description: "", processing: [entry] };
    await writeFile(ws.at("elsewhere", "provenance"), JSON.stringify(file));
    const up = await traceLineage(ws.at("elsewhere"), { direction: "up", quick: true });
    assert.deepEqual(short(up).edges[0], "image elsewhere TransferTask ");
    await ws.volume("origin");
    const told = { ...entry, method: { ...method, src: ws.url("origin"), dest: ws.url("gone") } };
    await writeFile(ws.at("origin", "provenance"), JSON.stringify({ ...file, processing: [told] }));
    const down = await traceLineage(ws.at("origin"), { direction: "down" });
    assert.deepEqual(short(down).edges, ["origin gone TransferTask "]);
  });

  it("finds the circle in records, and ends", async () => {
    await ws.volume("b");
    await ws.derive("a", [ws.at("b")]);
    await ws.derive("b", [ws.at("a")]);
    const graph = await traceLineage(ws.at("a"), { direction: "both", quick: true });
    assert.deepEqual(
      graph.cycles.map((cycle) => cycle.map(name)),
      [["a", "b"]],
    );
  });

  it("draws names of any letters", async () => {
    const graph = await traceLineage(ws.at("copy"), { direction: "up", quick: true });
    const dot = lineageDot(graph);
    assert.match(dot, /label="the \\"old\\" microscope; \[fly 17\]"/);
    assert.match(dot, /n\d -> n\d \[label="copy\\nsource changed", color="#b00020"/);
    const mermaid = lineageMermaid(graph);
    assert.match(mermaid, /^flowchart LR\n/);
    assert.match(mermaid, /n\d>"the #34;old#34; microscope#59; #91;fly 17#93;"\]/);
    assert.match(mermaid, /n\d -\.->\|"copy<br\/>source changed"\| n\d/);
    const svg = await lineageSvg(graph);
    assert.match(svg, /<svg [^]*microscope; \[fly 17\][^]*<\/svg>\s*$/);
  });
});
