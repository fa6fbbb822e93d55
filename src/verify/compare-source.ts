/** Decodes a sample of a volume's source tiles again and compares their voxels with mip 0. */
import { intersect, isEmpty, type BoundingBox } from "../core/bounding-box.js";
import type { VoxelArray } from "../core/data-type.js";
import { CirrusError, isCirrusError } from "../core/errors.js";
import { toPlain } from "../core/json/value.js";
import { encodingNamed } from "../formats/precomputed/encodings/table.js";
import { planeTarget, type PlaneBox } from "../geometry/paste.js";
import type { SourceDocument } from "../tiles/source-document.js";
import { openSource } from "../tiles/open-source.js";
import { TileReader } from "../tiles/read-tiles.js";
import { tileCount, tilesIn } from "../tiles/tile-walk.js";
import { listEvents } from "../provenance/log.js";
import type { ProvenanceEvent } from "../provenance/model/event.js";
import type { StoreOptions } from "../storage/store.js";
import { newCutout, type Cutout } from "../core/cutout.js";
import { openVolume } from "../volume/open-volume.js";
import { readBox, type ReadableVolume } from "../volume/read-box.js";
import { backgroundChunks } from "./background-chunks.js";

export interface SourceReport {
  readonly compared: number;
  /** Tiles of the sample that the volume does not hold (yet). */
  readonly notThere: number;
  /** `z 12, row 0, column 3: 17 voxels differ, ...`, one per tile; of a lossy volume those whose mean difference is absurd. */
  readonly differing: readonly string[];
  readonly isLossy: boolean;
  /** Mean absolute difference over all compared voxels; 0 for a lossless volume without differing tiles. */
  readonly meanDifference: number;
}

export interface SourceOptions {
  readonly store: StoreOptions;
  /** Tiles to compare, spread evenly over the extents of the volume's ingest jobs. */
  readonly sample: number;
}

/** A lossy tile further off than this is another picture, not a compressed one. */
const mostMeanDifference = 12;

/** @throws CirrusError `E_SOURCE_NOT_FOUND` when no record of the volume tells its source */
export async function compareSource(url: string, { store: options, sample }: SourceOptions): Promise<SourceReport> {
  const { events } = await listEvents(url, options);
  const jobs = events.map(({ event }) => sourceOf(event)).filter((job) => job !== undefined);
  if (!jobs.length)
    throw new CirrusError("E_SOURCE_NOT_FOUND", `no record of ${url} tells its source`, {
      hint: "volumes that cirrus ingested have one",
    });
  const volume = { ...(await openVolume(url, options)), isBackground: backgroundChunks(url, options) };
  const differing: string[] = [];
  let compared = 0;
  let notThere = 0;
  let sum = 0;
  let voxels = 0;
  const isLossy = encodingNamed(volume.info.scales[0]!.encoding).isLossy;
  try {
    for (const job of jobs) {
      const open = await openSource(job.source, options);
      try {
        for (const tile of sampleOf(job, Math.ceil(sample / jobs.length))) {
          const result = await compareTile({ job, tile, volume, open, stores: options });
          if (result === "not there") notThere++;
          if (!result || result === "not there") continue;
          compared++;
          sum += result.sum;
          voxels += result.voxels;
          const isWrong = isLossy ? result.sum / result.voxels > mostMeanDifference : result.count > 0;
          if (isWrong) differing.push(`${tile.name}: ${result.count} of ${result.voxels} voxels differ`);
        }
      } finally {
        await open.close?.();
      }
    }
  } finally {
    await volume.close();
  }
  return { compared, notThere, differing, isLossy, meanDifference: voxels ? sum / voxels : 0 };
}

interface SourceJob {
  readonly source: SourceDocument;
  readonly extent: BoundingBox;
}

/** What launch-ingest.ts put into the start event. */
function sourceOf(event: ProvenanceEvent): SourceJob | undefined {
  const source = event.kind === "start" ? event.parameters?.["source"] : undefined;
  if (source === undefined || !event.claim) return undefined;
  const { min, max } = event.claim.extent;
  return { source: toPlain(source) as unknown as SourceDocument, extent: { min, max } };
}

interface SampleTile {
  readonly name: string;
  /** Its place in the volume, clipped to the job's part. */
  readonly box: BoundingBox;
}

/** Tiles at even steps through z, row and column, the same ones each time. */
function* sampleOf({ source, extent }: SourceJob, count: number): Generator<SampleTile> {
  const { tileSizePx, shift } = source.tiles;
  const step = Math.max(1, tileCount(source.tiles, extent) / count);
  for (const { column, row, z } of tilesIn(source.tiles, extent, { start: step / 2, step })) {
    const min = [column * tileSizePx[0] + shift[0], row * tileSizePx[1] + shift[1], z + shift[2]] as const;
    const box = intersect({ min, max: [min[0] + tileSizePx[0], min[1] + tileSizePx[1], min[2] + 1] }, extent);
    yield { name: `section ${z}, row ${row}, column ${column}`, box };
  }
}

interface Comparison {
  readonly job: SourceJob;
  readonly tile: SampleTile;
  readonly volume: ReadableVolume;
  readonly open: Awaited<ReturnType<typeof openSource>>;
  readonly stores: StoreOptions;
}

/** undefined for a tile outside of the job's part. */
async function compareTile({ job, tile, volume, open, stores }: Comparison) {
  const { dataType, channels } = volume.info;
  if (isEmpty(tile.box)) return undefined;
  const stored = await storedVoxels(volume, tile.box);
  if (!stored) return "not there";
  const decoded = newCutout({ box: tile.box, mip: 0, channels, dataType });
  const box: PlaneBox = { x0: tile.box.min[0], y0: tile.box.min[1], x1: tile.box.max[0], y1: tile.box.max[1] };
  const planeLength = (box.x1 - box.x0) * (box.y1 - box.y0);
  const planes = Array.from({ length: channels }, (_, channel) =>
    planeTarget({ data: decoded.data, offset: channel * planeLength, box }, dataType),
  );
  for (const plane of planes) plane.fill(box, job.source.background);
  const z = tile.box.min[2];
  const reader = new TileReader({ source: job.source, open, stores });
  try {
    await reader.readSection(z, { from: z, to: z + 1, planes: () => planes });
  } finally {
    reader.close();
  }
  reader.throwIfBad();
  return differenceOf(stored.data, decoded.data);
}

/** undefined where a chunk is not there: the report names it, and an unfinished volume has such parts. */
async function storedVoxels(volume: ReadableVolume, box: BoundingBox): Promise<Cutout | undefined> {
  try {
    return await readBox(volume, box);
  } catch (error) {
    if (isCirrusError(error, "E_CHUNK_MISSING")) return undefined;
    throw error;
  }
}

function differenceOf(a: VoxelArray, b: VoxelArray) {
  let count = 0;
  let sum = 0;
  for (let i = 0; i < a.length; i++) {
    if (Object.is(a[i], b[i])) continue;
    count++;
    sum += Math.abs(Number(a[i]) - Number(b[i]));
  }
  return { count, sum, voxels: a.length };
}
