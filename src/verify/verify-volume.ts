/** Reads every chunk again and reports, mip by mip, how it compares with the manifests beside the volume. Needs nothing but the volume. */
import type { BoundingBox } from "../core/bounding-box.js";
import { CirrusError } from "../core/errors.js";
import { boundsOf, gridOf, type Scale, type VolumeInfo } from "../formats/precomputed/volume-info.js";
import { chunksIn } from "../geometry/chunk-grid.js";
import { footprint } from "../geometry/pyramid.js";
import { listEvents } from "../provenance/log.js";
import { openStore } from "../storage/open.js";
import type { StoreOptions } from "../storage/store.js";
import { requireInfo } from "../volume/open-volume.js";
import { documentedChunks, type DocumentedChunk, type RunReport } from "./documented-chunks.js";
import { inspectChunks, type ChunkProblem } from "./inspect-chunks.js";
import { objectKey, stepBetween, unfinishedObjects } from "./unfinished-objects.js";

export interface Problem {
  readonly kind: ChunkProblem["kind"] | "record";
  /** Of the chunk; empty for a problem of the records themselves. */
  readonly key: string;
  readonly detail: string;
}

export interface MipReport {
  readonly mip: number;
  readonly key: string;
  readonly chunksOfScale: number;
  /** In a manifest, there, and equal; or left out as background, and nothing is there. */
  readonly verified: number;
  /** Of these, how many were left out as background. */
  readonly background: number;
  /** In no manifest and not there, or of a task that is not done: not made, or not yet. */
  readonly notMade: number;
  /** Verified, but made before a chunk of the finer mip that it is made of was replaced: `cirrus downsample` makes them again. */
  readonly outdated: number;
}

export interface VerifyReport {
  readonly path: string;
  /** complete: every chunk of every mip is right; partial: what was made is as it was written; unfinished: and some job failed or runs; mismatch */
  readonly state: "complete" | "partial" | "unfinished" | "mismatch";
  readonly mips: readonly MipReport[];
  readonly runs: readonly RunReport[];
  /** Stored bytes that were verified. */
  readonly bytes: number;
  readonly filledTiles: readonly string[];
  /** Every one, in the order found. */
  readonly problems: readonly Problem[];
}

export interface VerifyOptions {
  readonly store?: StoreOptions;
  readonly onProgress?: (done: number, total: number) => void;
}

/**
 * @param url - of the volume
 * @throws CirrusError `E_VOLUME_NOT_FOUND`, `E_VOLUME_INVALID`, `E_PROVENANCE_MISSING` when no manifest is there to compare with
 */
export async function verifyVolume(url: string, options: VerifyOptions = {}): Promise<VerifyReport> {
  const store = await openStore(url, options.store);
  try {
    const { info } = await requireInfo(store);
    const { events } = await listEvents(url, options.store);
    const documented = await documentedChunks(store, events);
    if (!documented.runs.length)
      throw new CirrusError(
        "E_PROVENANCE_MISSING",
        `${store.url} has no manifests: cirrus did not write it, and there is nothing to compare its chunks with`,
        { hint: "read it with its own tools, or ingest it anew" },
      );
    const { asDocumented, bytes, present, ...inspected } = await inspectChunks(store, documented.chunks, {
      ...(options.onProgress ? { onProgress: options.onProgress } : {}),
      scaleKeys: info.scales.map(({ key }) => key),
      unfinished: async () => unfinishedObjects(info, events),
      by: "digests",
    });
    const records = documented.problems.map((detail): Problem => ({ kind: "record", key: "", detail }));
    const problems = [...records, ...inspected.problems];
    const mips = mipReports(info, asDocumented, { present: present ?? new Set(), chunks: documented.chunks });
    return {
      path: store.url,
      state: stateOf(problems, mips, documented.runs),
      mips,
      runs: documented.runs,
      bytes,
      filledTiles: documented.filled,
      problems,
    };
  } finally {
    await store.close();
  }
}

interface Seen {
  readonly present: ReadonlySet<string>;
  readonly chunks: ReadonlyMap<string, DocumentedChunk>;
}

function mipReports(info: VolumeInfo, verified: ReadonlySet<string>, { present, chunks }: Seen): MipReport[] {
  return info.scales.map((scale, mip) => {
    const finer = info.scales[mip - 1];
    let chunksOfScale = 0;
    let count = 0;
    let background = 0;
    let notMade = 0;
    let outdated = 0;
    for (const { box } of chunksIn(boundsOf(scale), gridOf(scale))) {
      const key = objectKey(scale, box);
      chunksOfScale++;
      if (!verified.has(key)) notMade += present.has(key) ? 0 : 1;
      else {
        count++;
        if (chunks.get(key)!.isBackground) background++;
        if (finer && isOlderThanBelow(chunks.get(key)!, footprint(box, stepBetween(finer, scale)), { finer, chunks }))
          outdated++;
      }
    }
    return { mip, key: scale.key, chunksOfScale, verified: count, background, notMade, outdated };
  });
}

/** @param below - voxels of the finer scale that the chunk is made of */
function isOlderThanBelow(
  { age }: DocumentedChunk,
  below: BoundingBox,
  { finer, chunks }: { readonly finer: Scale; readonly chunks: ReadonlyMap<string, DocumentedChunk> },
): boolean {
  for (const { box } of chunksIn(below, gridOf(finer)))
    if ((chunks.get(objectKey(finer, box))?.age ?? age) > age) return true;
  return false;
}

function stateOf(
  problems: readonly Problem[],
  mips: readonly MipReport[],
  runs: readonly RunReport[],
): VerifyReport["state"] {
  if (problems.length) return "mismatch";
  if (mips.every((mip) => mip.verified === mip.chunksOfScale && mip.outdated === 0)) return "complete";
  return runs.some((run) => run.status === "failed" || run.status === "running") ? "unfinished" : "partial";
}
