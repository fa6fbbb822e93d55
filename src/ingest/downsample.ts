/** `cirrus downsample`: a job whose source is the volume itself, and which makes the chunks of coarser mips that are not there. */
import { boxAt } from "../core/bounding-box.js";
import { CirrusError } from "../core/errors.js";
import type { RunSummary } from "../engine/events.js";
import { isEqual, multiply, ones, perAxis, type Vec3 } from "../core/vec3.js";
import { defaultBlockSize } from "../formats/precomputed/encodings/compressed_segmentation.js";
import { cellsPerShard } from "../formats/precomputed/sharding/shard-box.js";
import { gridShape } from "../geometry/chunk-grid.js";
import { commonMultiple } from "./choose-stages.js";
import { gridOf, type Scale, type VolumeInfo } from "../formats/precomputed/volume-info.js";
import { scaledBounds } from "../geometry/pyramid.js";
import type { Declaration } from "../provenance/model/declaration.js";
import type { KeyValueStore, StoreOptions } from "../storage/store.js";
import { normaliseUrl } from "../storage/url.js";
import { openVolume } from "../volume/open-volume.js";
import type { StoredForm } from "../volume/stored-form.js";
import type { DestinationDocument, JobDocument } from "./job-document.js";
import { JobSeries } from "./job-series.js";
import { gridLevels, planStage, type Plan, type PlannedScale } from "./plan.js";
import { documentedAges } from "./documented-ages.js";
import { leftOut, scratchPrefix } from "./scratch.js";
import { withCoarserScales } from "./added-scales.js";
import { launch, type LaunchRequest } from "./launch.js";
import type { RunEnvironment } from "./run-job.js";

export interface DownsampleRequest {
  readonly path: string;
  readonly baseFolder: string;
  readonly motivation: string | undefined;
  /** As of `withCoarserScales`. */
  readonly mips: number | undefined;
  readonly store: StoreOptions;
}

export interface DownsampleJob {
  readonly document: Omit<JobDocument, "jobId" | "recordKey">;
  readonly declaration: Declaration;
}

/** Chunks of the base mip per task and axis, in multiples of the step to the next: some hundred MB of voxels at the most. */
const chunksPerTask = 4;

/**
 * Plans one stage per step of the pyramid, each over all of the volume; its tasks pass over what is there.
 *
 * @throws CirrusError `E_VOLUME_NOT_FOUND`, `E_VOLUME_INVALID`; `E_SOURCE_UNSUPPORTED` for a volume whose voxels are not kept losslessly
 */
export async function prepareDownsample(request: DownsampleRequest): Promise<DownsampleJob> {
  const url = normaliseUrl(request.path, request.baseFolder);
  const { info: stored, form, hasScratch, hasLeftOut } = await look(url, request.store);
  const info = withCoarserScales(stored, request.mips);
  const plan = planDownsample(info, url);
  const document = {
    version: 1,
    destination: { ...destinationOf(url, info, form), ...(hasLeftOut && { skipsBackground: true }) },
    plan,
    existing: "keep",
  } as const;
  if (new JobSeries(document).isLossy && !hasScratch)
    throw new CirrusError(
      "E_SOURCE_UNSUPPORTED",
      `${url} is lossy (${document.destination.encoding}) and keeps no lossless copies: coarser mips are never made from lossy chunks`,
      { hint: "every mip may be there already (`cirrus verify`); else ingest from the source again" },
    );
  return {
    document,
    declaration: {
      sources: [url],
      motivation: request.motivation ?? "",
      process: {
        description: `downsample mip 0 to ${plan.scales.length - 1}`,
        parameters: {
          method: info.type === "image" ? "mean" : "mode",
          factors: plan.scales.slice(1).map(({ step }) => [...step]),
        },
      },
    },
  };
}

async function look(
  url: string,
  options: StoreOptions,
): Promise<{
  readonly info: VolumeInfo;
  readonly form: StoredForm;
  readonly hasScratch: boolean;
  /** Chunks of background were skipped: coarser ones are too. */
  readonly hasLeftOut: boolean;
}> {
  const { store, info, close } = await openVolume(url, options);
  try {
    const { background } = await documentedAges(store, options);
    const hasScratch = await hasAny(store, scratchPrefix);
    return { info, form: await formOf(store, info), hasScratch, hasLeftOut: background.size > 0 };
  } finally {
    await close();
  }
}

async function hasAny(store: KeyValueStore, prefix: string): Promise<boolean> {
  for await (const _object of store.list(prefix)) return true;
  return false;
}

function planDownsample(info: VolumeInfo, url: string): Plan {
  const [first] = info.scales;
  const scales = info.scales.map((scale, mip) => plannedScale(scale, info.scales[mip - 1], first!, url));
  const levels = gridLevels(scales, first!.chunkSize);
  const extent = scales[0]!.bounds;
  const stages = scales.slice(1).map(({ step }, baseMip) => {
    const chunks = perAxis((i) => (i < 2 ? chunksPerTask : 1) * step[i]);
    const span = commonMultiple(chunks, multiply(step, scales[baseMip + 1]!.shardCells ?? ones));
    return planStage({ baseMip, topMip: baseMip + 1, span }, levels, extent);
  });
  if (!stages.length) throw new CirrusError("E_USAGE", `one chunk holds all of ${url}: it needs no coarser mips`);
  const { dataType, channels } = info;
  return { version: 1, dataType, channels, chunkSize: first!.chunkSize, scales, extent, isPartial: false, stages };
}

/** undefined for shards that are no boxes of chunks, and for a scale without any. */
function shardsOf(scale: Scale): Pick<PlannedScale, "sharding" | "shardCells"> | undefined {
  const shardCells = scale.sharding && cellsPerShard(scale.sharding, gridShape(gridOf(scale)));
  return shardCells && scale.sharding && { sharding: scale.sharding, shardCells };
}

/** A scale of the file as one of ours. @throws CirrusError `E_SOURCE_UNSUPPORTED` when it is not on the global grid of mip 0 */
function plannedScale(scale: Scale, before: Scale | undefined, first: Scale, url: string): PlannedScale {
  const step: Vec3 = perAxis((i) => (before ? scale.resolutionNm[i] / before.resolutionNm[i] : 1));
  const factor = perAxis((i) => scale.resolutionNm[i] / first.resolutionNm[i]);
  const bounds = boxAt(scale.voxelOffset, scale.size);
  const expected = scaledBounds(boxAt(first.voxelOffset, first.size), factor);
  // Mip 0 is only read: its shards may hold whatever chunks they like.
  const shards = shardsOf(scale) ?? (before ? undefined : scale.sharding && { sharding: scale.sharding });
  const fits =
    [...step, ...factor].every((f) => Number.isInteger(f) && f >= 1) &&
    isEqual(bounds.min, expected.min) &&
    isEqual(bounds.max, expected.max) &&
    isEqual(scale.chunkSize, first.chunkSize) &&
    scale.encoding === first.encoding &&
    isEqual(scale.blockSize ?? defaultBlockSize, defaultBlockSize) &&
    (!scale.sharding || shards !== undefined);
  if (fits) return { key: scale.key, resolutionNm: scale.resolutionNm, bounds, factor, step, ...shards };
  throw new CirrusError(
    "E_SOURCE_UNSUPPORTED",
    `scale ${scale.key} of ${url} is not mip 0 divided by whole numbers with the same chunks and encoding`,
    { hint: "cirrus downsample completes the pyramids that cirrus ingest planned" },
  );
}

function destinationOf(url: string, info: VolumeInfo, form: StoredForm): DestinationDocument {
  const { encoding, jpegQuality } = info.scales[0]!;
  return {
    url,
    fsync: true,
    encoding: jpegQuality === undefined ? encoding : `${encoding}:${jpegQuality}`,
    form,
    type: info.type,
  };
}

/** How the chunks that are there are stored: new ones shall be the same. */
async function formOf(store: KeyValueStore, { scales: [first] }: VolumeInfo): Promise<StoredForm> {
  for await (const { key } of store.list(`${first!.key}/`)) {
    if (key.endsWith(".gz")) return "gz-name";
    if (key.endsWith(".br")) return "br-name";
    return (await store.stat(key))?.contentEncoding === "gzip" ? "content-encoding" : "plain";
  }
  throw new CirrusError(
    "E_CHUNK_MISSING",
    `${store.url} has no chunk of mip 0: there is nothing to make coarser mips from`,
    {
      hint: "ingest into it first",
    },
  );
}

export interface DownsampleSummary {
  readonly summary: RunSummary;
  /** Chunks that could not be made, because chunks that they need are not there. */
  readonly leftOut: number;
}

/** @throws CirrusError as `launch` */
export async function launchDownsample(
  { document, declaration }: DownsampleJob,
  from: Pick<LaunchRequest, "argv" | "codeFolder">,
  environment: RunEnvironment,
): Promise<DownsampleSummary> {
  const { destination } = document;
  const parameters = { ...declaration.process.parameters };
  // Two downsamples of the same volume are two jobs once the first one is over: findUnfinished sees to that.
  const summary = await launch(
    { ...from, document, declaration, parameters, identity: { downsample: destination.url } },
    environment,
  );
  const { store, close } = await openVolume(destination.url, environment.store);
  try {
    return { summary, leftOut: await leftOut(summary.jobId, store) };
  } finally {
    await close();
  }
}
