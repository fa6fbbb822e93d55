/** `cirrus ingest --dry-run`: everything that the job would be, without writing a byte. */
import { statfs } from "node:fs/promises";
import { dirname } from "node:path";
import { fileURLToPath } from "node:url";
import { codeOf, isCirrusError } from "../core/errors.js";
import { describeBox, type BoundingBox } from "../core/bounding-box.js";
import { estimate, type ScaleReport } from "./estimate.js";
import { measureSample, type SampleEstimate } from "./measure-sample.js";
import { overheadBytes } from "./memory.js";
import { openSource } from "../tiles/open-source.js";
import { declarationOf, type Prepared } from "./prepare.js";
import { warningsOf, type PlanWarning } from "./warnings.js";
import { nameOf } from "../tiles/read-tiles.js";

export interface DryRun {
  readonly destination: string;
  readonly source: readonly string[];
  readonly extent: BoundingBox;
  readonly extentText: string;
  readonly scales: readonly ScaleReport[];
  readonly stages: readonly {
    readonly mips: readonly [from: number, to: number];
    readonly tasks: number;
    readonly chunksPerTask: readonly number[];
  }[];
  readonly tasks: number;
  readonly objects: number;
  /** Why chunks are in shards, or not. */
  readonly sharding: string;
  readonly bytes: number;
  /** null for buckets. */
  readonly freeBytes: number | null;
  readonly peakMemoryBytes: number;
  readonly decodesPerTile: number;
  readonly tilesMissing: { readonly count: number; readonly names: readonly string[] };
  readonly estimate: SampleEstimate | null;
  readonly warnings: readonly PlanWarning[];
}

export interface DryRunInput {
  readonly prepared: Prepared;
  readonly provenance: unknown;
  readonly workers: number;
  readonly workerBytes: number;
}

export async function dryRun({ prepared, provenance, workers, workerBytes }: DryRunInput): Promise<DryRun> {
  const { plan, tiles, probe, source, destination, loaded } = prepared;
  const sums = estimate(plan);
  const open = await openSource(source, prepared.store);
  try {
    const measured = await measureSample({
      plan,
      tiles,
      open,
      t: source.t,
      stores: prepared.store,
      estimate: sums,
      destination,
      workers,
    });
    const freeBytes = await freeSpace(destination.url);
    const slabBytes = Math.min(sums.slabBytes, Math.max(workerBytes - overheadBytes(plan, tiles), sums.leastSlabBytes));
    return {
      destination: destination.url,
      source: probe.summary,
      extent: plan.extent,
      extentText: describeBox(plan.extent),
      scales: sums.scales,
      stages: plan.stages.map(({ baseMip, topMip, count, span }) => ({
        mips: [baseMip, topMip],
        tasks: count,
        chunksPerTask: [...span],
      })),
      tasks: sums.tasks,
      objects: sums.objects,
      sharding: plan.shardingReason ?? "",
      bytes: sums.bytes,
      freeBytes,
      peakMemoryBytes: workers * (slabBytes + overheadBytes(plan, tiles)),
      decodesPerTile: tiles.decodesPerTile,
      tilesMissing: { count: probe.missingCount, names: probe.missing.map(({ location }) => nameOf(location)) },
      estimate: measured ?? null,
      warnings: [
        ...provenanceWarnings(loaded, provenance),
        ...spaceWarnings(measured?.storedBytes ?? sums.bytes, freeBytes),
        ...warningsOf(prepared),
      ],
    };
  } finally {
    await open.close?.();
  }
}

/** A plan may be wanted before its provenance is written; the job itself is refused. */
function provenanceWarnings(loaded: Prepared["loaded"], provenance: unknown): PlanWarning[] {
  try {
    declarationOf({ loaded, provenance });
    return [];
  } catch (error) {
    if (!isCirrusError(error)) throw error;
    return [{ code: "W_PROVENANCE", text: `a job would be refused: ${error.message}` }];
  }
}

const spaceWarnings = (bytes: number, free: number | null): PlanWarning[] =>
  free !== null && bytes > free
    ? [{ code: "W_SPACE", text: `the volume needs about ${bytes} bytes, and ${free} are free` }]
    : [];

/** Of the file system that the destination is or will be on. */
async function freeSpace(url: string): Promise<number | null> {
  if (!url.startsWith("file:")) return null;
  for (let folder = fileURLToPath(url); ; folder = dirname(folder)) {
    try {
      const { bavail, bsize } = await statfs(folder);
      return bavail * bsize;
    } catch (error) {
      const isGone = codeOf(error) === "ENOENT" || codeOf(error) === "ENOTDIR";
      if (!isGone || folder === dirname(folder)) return null;
    }
  }
}
