/** `cirrus provenance lineage`: what a volume was made from, and what was made of it. */
import { Option } from "@commander-js/extra-typings";
import { CirrusError } from "../../core/errors.js";
import { defineCommand } from "../command.js";
import { describeLineage } from "../describe-lineage.js";

const formats = ["text", "dot", "mermaid", "svg"] as const;

export const provenanceLineage = defineCommand({
  name: "provenance lineage",
  summary: "show what a volume was made from, and what was made of it",
  description: `Follows the records from volume to volume: sources, inputs of jobs, transfers by Igneous. Marks volumes whose sources are not what was
read (stale), and what was made of those; says where the records go in a circle. Upwards it needs nothing but the volume;
downwards it looks among the volumes below the given roots.`,
  examples: [
    ["cirrus provenance lineage ./segmentation", "both ways, among the volumes of the same folder"],
    ["cirrus provenance lineage gs://bucket/image --down --root gs://bucket --root ./local", "who depends on it"],
    ["cirrus provenance lineage ./segmentation --format svg > lineage.svg", ""],
  ],
  declare: (command) =>
    command
      .argument("<path>", "the volume: a folder, or a file://, gs://, s3:// or https:// URL")
      .option("--up", "only what it was made from")
      .option("--down", "only what was made of it")
      .addOption(new Option("--format <name>", "how it is drawn").choices(formats).default("text" as const))
      .option(
        "--root <prefix>",
        "folder or bucket prefix in which derived volumes are looked for, repeatable; default: what the volume lies in",
        (prefix: string, before: string[]) => [...before, prefix],
        [] as string[],
      )
      .option("--quick", "compare sources by names and sizes only"),
  run: async ({ args: [path], options }, { settings }) => {
    if (options.up && options.down)
      throw new CirrusError("E_USAGE", "--up and --down exclude each other; both is the default");
    const [known, { storeOptions }, { traceLineage }, { lineageDot, lineageMermaid, lineageSvg }, { requireVolume }] =
      await Promise.all([
        settings(),
        import("../settings.js"),
        import("../../provenance/lineage/trace.js"),
        import("../../provenance/lineage/drawing.js"),
        import("../require-volume.js"),
      ]);
    const store = storeOptions(known);
    const graph = await traceLineage(path, {
      store,
      direction: options.up ? "up" : options.down ? "down" : "both",
      quick: options.quick ?? false,
      ...(options.root.length ? { roots: options.root } : {}),
    });
    const { kind } = graph.nodes.find(({ id }) => id === graph.root)!; // the root is always a node
    if (kind !== "volume") await requireVolume(path, store);
    const drawn = { text: () => null, dot: lineageDot, mermaid: lineageMermaid, svg: lineageSvg };
    return { ...graph, drawing: await drawn[options.format](graph) };
  },
  render: ({ drawing, ...graph }, style) => drawing?.trimEnd() ?? describeLineage(graph, style),
});
