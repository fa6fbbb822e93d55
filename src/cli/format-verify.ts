/** How a verification reads. */
import { formatBytes, formatCount, formatCounted, formatTable } from "./format.js";
import type { SourceReport } from "../verify/compare-source.js";
import { changedText } from "../provenance/model/changed-text.js";
import type { VerifyReport } from "../verify/verify-volume.js";
import type { Style } from "./style.js";

export interface VerifyData extends VerifyReport {
  readonly source?: SourceReport;
}

const mostNamed = 50;

const headlines = {
  complete: "complete: every chunk of every mip is there and as it was written",
  partial: "partial: everything that was written is as it was written; the table says what part of the volume there is",
  unfinished:
    "unfinished: what was written is as it was written, and a job of this volume runs, was interrupted, or has failed tasks",
  mismatch: "MISMATCH",
} as const;

export function formatVerify(data: VerifyData, style: Style): string {
  const { state, mips, runs, problems, filledTiles, source, bytes } = data;
  // Digests that were taken afterwards tell nothing about how it was written.
  const isOurs = runs.every(({ jobId }) => jobId !== "");
  const paint = state === "mismatch" ? style.red : state === "unfinished" ? style.yellow : style.green;
  const hasBackground = mips.some(({ background }) => background > 0);
  const rows = mips.map((mip) => [
    String(mip.mip),
    mip.key,
    `${formatCount(mip.verified)} of ${formatCount(mip.chunksOfScale)}`,
    formatCount(mip.notMade),
    ...(hasBackground ? [formatCount(mip.background)] : []),
  ]);
  return [
    `${data.path}  ${formatBytes(bytes)} read and compared`,
    formatTable([["mip", "key", "chunks verified", "not made", ...(hasBackground ? ["left out"] : [])], ...rows]),
    ...mips
      .filter(({ outdated }) => outdated > 0)
      .map(
        ({ mip, outdated }) =>
          `mip ${mip}: ${formatCount(outdated)} chunks are older than those below them, which were replaced: \`cirrus downsample\` makes them again`,
      ),
    ...runs.map(
      (run) =>
        `${run.jobId ? `job ${run.jobId}: ${run.status}` : `documented ${run.startedAt}`}, ${formatCounted(run.chunks, run.jobId ? "chunk" : "object")}${run.failedTasks ? `, ${formatCounted(run.failedTasks, "task")} failed` : ""}${run.changed ? `; not as documented before: ${changedText(run.changed)}` : ""}`,
    ),
    ...named(`${formatCounted(filledTiles.length, "tile")} filled with background:`, filledTiles),
    ...named(
      `${formatCounted(problems.length, "problem")}:`,
      problems.map(({ kind, key, detail }) => (key ? `${kind} ${key}: ${detail}` : detail)),
    ),
    ...(source ? sourceLines(source, style) : []),
    paint(isOurs ? headlines[state] : headlines[state].replaceAll("as it was written", "as documented")),
  ].join("\n");
}

function sourceLines(
  { compared, notThere, differing, isLossy, meanDifference }: NonNullable<VerifyData["source"]>,
  style: Style,
): string[] {
  const lossy = isLossy ? `, which is lossy: mean difference ${meanDifference.toFixed(2)}` : "";
  const skipped = notThere ? [`source: ${formatCounted(notThere, "tile")} of the sample: not in the volume`] : [];
  if (!differing.length)
    return [
      ...skipped,
      ...(compared
        ? [style.green(`source: ${formatCounted(compared, "tile")} decoded again, voxels as in the volume${lossy}`)]
        : []),
    ];
  return [
    ...skipped,
    ...named(style.red(`source: ${differing.length} of ${compared} tiles differ from the volume:`), differing),
  ];
}

function named(head: string, names: readonly string[]): string[] {
  if (!names.length) return [];
  const more =
    names.length > mostNamed ? [`  ... and ${formatCount(names.length - mostNamed)} more (--json lists them)`] : [];
  return [head, ...names.slice(0, mostNamed).map((name) => `  ${name}`), ...more];
}
