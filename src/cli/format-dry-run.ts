/** How a plan reads. */
import type { DryRun } from "../ingest/dry-run.js";
import { formatBytes, formatBytesBoth, formatCount, formatCounted, formatSeconds, formatTable } from "./format.js";
import type { Style } from "./style.js";

const mostNamed = 10;

const mipsOf = (from: number, to: number): string => (from === to ? `mip ${from}` : `mips ${from} to ${to}`);

export function formatDryRun(plan: DryRun, style: Style): string {
  const { scales, stages, estimate, tilesMissing, warnings, freeBytes } = plan;
  const rows = scales.map((scale) => [
    String(scale.mip),
    scale.key,
    scale.size.join(" x "),
    scale.factor.join("x"),
    scale.chunks === scale.chunksOfScale
      ? formatCount(scale.chunks)
      : `${formatCount(scale.chunks)} of ${formatCount(scale.chunksOfScale)}`,
    formatBytes(scale.bytes),
  ]);
  const lines = [
    style.bold("source"),
    ...plan.source.map((line) => `  ${line}`),
    `  part: ${plan.extentText} (voxels of the volume)`,
    style.bold("volume"),
    `  ${plan.destination}`,
    ...formatTable([["mip", "key", "voxels", "factor", "chunks", "bytes"], ...rows])
      .split("\n")
      .map((line) => `  ${line}`),
    style.bold("work"),
    ...stages.map(
      ({ mips: [from, to], tasks }, i) =>
        `  stage ${i + 1}: ${formatCounted(tasks, "task")} for ${mipsOf(i === 0 ? from : from + 1, to)}`,
    ),
    `  ${formatCount(plan.objects)} objects, ${formatBytesBoth(plan.bytes)} before compression`,
    ...(plan.sharding ? [`  ${plan.sharding}`] : []),
    `  each tile is decoded ${plan.decodesPerTile === 1 ? "once" : `${plan.decodesPerTile.toFixed(2)} times`}`,
    `  memory: about ${formatBytes(plan.peakMemoryBytes)} at the most`,
    ...(freeBytes === null ? [] : [`  free space: ${formatBytes(freeBytes)}`]),
    ...(estimate
      ? [
          `  estimate: ${formatSeconds(estimate.seconds)}, ${formatBytes(estimate.storedBytes)} stored (${estimate.basis})`,
        ]
      : []),
    ...(tilesMissing.count
      ? [
          `  ${formatCount(tilesMissing.count)} tiles are missing:`,
          ...tilesMissing.names.slice(0, mostNamed).map((name) => `    ${name}`),
        ]
      : []),
    ...(tilesMissing.count > mostNamed ? ["    ... (--json lists them)"] : []),
    ...warnings.map(({ code, text }) => `${style.yellow("warning:")} ${text} ${style.dim(`(${code})`)}`),
    "nothing was written",
  ];
  return lines.join("\n");
}
