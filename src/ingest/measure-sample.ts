/** A second of real work on one tile, so that a plan can say how long the job takes and how much it stores. */
import { asBytes, newVoxels } from "../core/data-type.js";
import { volumeOf } from "../core/bounding-box.js";
import { isCirrusError } from "../core/errors.js";
import { perAxis, product, type Vec3 } from "../core/vec3.js";
import { brotliChunk, gzipChunk } from "../formats/precomputed/encodings/compression.js";
import { encodingFor } from "../formats/precomputed/encodings/table.js";
import { pastePlane } from "../geometry/paste.js";
import { emptySource, openByteSource } from "../tiles/byte-source.js";
import type { StoreOptions } from "../storage/store.js";
import { isBoxSource, type BoxSource, type OpenSource, type Tile, type TileIndex } from "../tiles/contracts.js";
import { firstTime, timesOf, type Times } from "../tiles/source-document.js";
import type { Estimate } from "./estimate.js";
import type { DestinationDocument } from "./job-document.js";
import type { IngestPlan } from "./plan.js";
import { encodingMembers } from "./encoding-members.js";

export interface SampleEstimate {
  readonly seconds: number;
  readonly storedBytes: number;
  /** What was measured, for people. */
  readonly basis: string;
}

export interface SampleInput extends IngestPlan {
  readonly open: OpenSource | BoxSource;
  readonly t: Times | undefined;
  readonly stores: StoreOptions;
  readonly estimate: Estimate;
  readonly destination: DestinationDocument;
  readonly workers: number;
}

/** Beside decoding and encoding, on a core of a server of 2026: pasting and downsampling a byte of the finest mip, */
const voxelMsPerByte = 1.5e-6;
/** digest, file and bookkeeping of one object, */
const objectMs = 0.3;
/** and what passes until the workers begin and after they end. */
const startMs = 1200;
const tilesTried = 3;
const sampledRows = 1024;
/** So long the sample is encoded again and again: the first times are compiled while they run. */
const encodingMs = 100;

/** undefined when no tile of the middle section can be decoded. */
export async function measureSample(input: SampleInput): Promise<SampleEstimate | undefined> {
  const decoded = await decodeSome(input);
  if (!decoded) return undefined;
  const { plan, estimate, workers } = input;
  const encoded = await encodeSome(decoded.tile, input);
  const decodeMs =
    (volumeOf(plan.extent) / decoded.voxels) * input.tiles.decodesPerTile * timesOf(input.t).length * decoded.ms;
  const encodeMs = (estimate.bytes / encoded.bytes) * encoded.ms;
  const restMs = voxelMsPerByte * (estimate.scales[0]?.bytes ?? 0) + objectMs * estimate.objects;
  return {
    seconds: Math.ceil((startMs + (decodeMs + encodeMs + restMs) / workers) / 1000),
    storedBytes: Math.round(estimate.bytes * (encoded.stored / encoded.bytes)),
    basis: `1 of the middle section's tiles: decoded in ${decoded.ms.toFixed(1)} ms, stored as ${((100 * encoded.stored) / encoded.bytes).toFixed(0)} % of its voxels' bytes`,
  };
}

interface DecodedSample {
  readonly tile: Tile;
  readonly ms: number;
  /** Of one channel and section that were decoded in this time. */
  readonly voxels: number;
}

async function decodeSome({ plan, tiles, open, t, stores }: SampleInput): Promise<DecodedSample | undefined> {
  if (isBoxSource(open)) return undefined; // how often a chunk of the source is read depends on the cut into slabs
  const middle = perAxis((i) => Math.floor((plan.extent.min[i] + plan.extent.max[i]) / 2) - tiles.shift[i]);
  const index: TileIndex = {
    column: Math.floor(middle[0] / tiles.tileSizePx[0]),
    row: Math.floor(middle[1] / tiles.tileSizePx[1]),
    z: middle[2],
    ...(t === undefined ? {} : { t: firstTime(t) }),
  };
  const location = open.pathProcessor(index);
  if (!location) return undefined;
  // Whole rows, of which everything is decoded however the image is cut into strips.
  const part = { x0: 0, y0: 0, x1: tiles.tileSizePx[0], y1: Math.min(tiles.tileSizePx[1], sampledRows) };
  const isWhole = part.y1 === tiles.tileSizePx[1];
  let best = Infinity;
  let tile: Tile | undefined;
  try {
    for (let i = 0; i < tilesTried; i++) {
      const begun = performance.now();
      tile = await open.tileProcessor.decode(
        location,
        open.isSelfReading ? emptySource : openByteSource(location.url, stores),
        isWhole ? undefined : part,
      );
      best = Math.min(best, performance.now() - begun);
    }
  } catch (error) {
    if (isCirrusError(error)) return undefined; // the job itself will name the tile
    throw error;
  }
  if (!tile) return undefined;
  return { tile, ms: best, voxels: part.x1 * part.y1 };
}

async function encodeSome(tile: Tile, { plan, destination }: SampleInput) {
  const { encoding, ...options } = encodingMembers(destination.encoding);
  const { x0, y0, x1, y1 } = tile.covers;
  const size: Vec3 = [Math.min(64, x1 - x0), y1 - y0, 1];
  const shape = { dataType: plan.dataType, channels: plan.channels, size };
  const voxels = newVoxels(plan.dataType, product(size) * plan.channels);
  const planeLength = (x1 - x0) * (y1 - y0);
  const box = { x0, y0, x1: x0 + size[0], y1 };
  // Each time's channels are like those of the first.
  for (let channel = 0; channel < plan.channels; channel++)
    pastePlane(
      { data: tile.data, offset: (channel % tile.channels) * planeLength, box: tile.covers },
      { data: voxels, offset: channel * product(size), box },
      plan.dataType,
    );
  const { sharding } = plan.scales[0]!;
  const isGzipped = sharding ? sharding.dataEncoding === "gzip" : destination.form !== "plain";
  let best = Infinity;
  let stored = 0;
  for (const until = performance.now() + encodingMs; performance.now() < until;) {
    const begun = performance.now();
    const encoded = await encodingFor(encoding, shape).encode(voxels, shape, options);
    const packed =
      destination.form === "br-name" ? brotliChunk(encoded) : isGzipped ? gzipChunk(encoded, encoding) : encoded;
    best = Math.min(best, performance.now() - begun);
    stored = packed.length;
  }
  return { bytes: asBytes(voxels).length, stored, ms: best };
}
