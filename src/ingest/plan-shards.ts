/**
 * How the scales of a volume are cut into shards, and why. Pure, and a function of the volume and the config alone: two jobs that write
 * parts of one volume on different machines must come to the same bits.
 */
import { perAxis, product, type Vec3 } from "../core/vec3.js";
import { CirrusError } from "../core/errors.js";
import { encodingNamed } from "../formats/precomputed/encodings/table.js";
import { idBits } from "../formats/precomputed/sharding/chunk-id.js";
import { cellsPerShard, shardCells } from "../formats/precomputed/sharding/shard-box.js";
import type { ShardingSpec } from "../formats/precomputed/volume-info.js";
import { gridShape } from "../geometry/chunk-grid.js";
import type { GridLevel } from "../geometry/task-grid.js";
import { isBucketUrl } from "../volume/stored-form.js";
import { commonMultiple } from "./choose-stages.js";
import type { DestinationConfig } from "./config.js";
import { encodingMembers } from "./encoding-members.js";

export interface ShardsInput {
  readonly destination: Pick<
    DestinationConfig,
    "sharding" | "encoding" | "compression" | "layout" | "backgroundChunks"
  >;
  /** Normalised. */
  readonly url: string;
  /** Factors from mip 0. */
  readonly levels: readonly GridLevel[];
  /** Before encoding. */
  readonly chunkBytes: number;
}

export interface ScaleShards {
  readonly sharding: ShardingSpec;
  /** Chunks per shard and axis. */
  readonly shardCells: Vec3;
}

export interface Shards {
  /** Per mip; empty for a volume of single chunks. */
  readonly scales: readonly ScaleShards[];
  /** For people. */
  readonly reason: string;
}

/** Chunks of this many bytes before encoding, at the most: of a shard, which may be put together in memory, and of a layer that a task must hold. */
const mostShardBytes = 64 * 2 ** 20;
const mostAskedBytes = 512 * 2 ** 20;
/** Shards of a coarser mip have at least this many chunks, or are the mip. */
const leastChunks = 8;
/** Shards of mip 0 that large volumes have at least, so that several workers have something to do. */
const enoughShards = 16;
const enoughBytes = 32 * 2 ** 20;
/** Chunks whose numbers follow one another share a minishard: an index of 1.5 kB. */
const preshift = 6;

/** @throws CirrusError `E_CONFIG_INVALID` for shards that no task could own, or that are too large */
export function planShards(input: ShardsInput): Shards {
  const { sharding, layout } = input.destination;
  if (sharding === null) return { scales: [], reason: "one object per chunk: sharding is not asked for" };
  if (input.destination.backgroundChunks === "skip") {
    if (sharding === "auto")
      return {
        scales: [],
        reason: "one object per chunk: chunks of background are skipped, and shards hold every chunk",
      };
    throw invalid("chunks of background are skipped in unsharded volumes only", 'take backgroundChunks "write"');
  }
  if (layout === "cloudvolume") {
    if (sharding === "auto")
      return { scales: [], reason: "one object per chunk: the cloudvolume layout has no shards" };
    throw invalid("the cloudvolume layout is for single chunks", 'take layout "plain"');
  }
  if (sharding !== "auto")
    return { scales: input.levels.map((level) => askedShards(level, input, sharding)), reason: "shards as asked for" };
  return automatic(input);
}

function automatic(input: ShardsInput): Shards {
  const { destination, url, levels, chunkBytes } = input;
  const chunks = levels.reduce((sum, { grid }) => sum + product(gridShape(grid)), 0);
  const isPacked = dataEncodingOf(destination) === "gzip";
  const isBucket = isBucketUrl(url);
  const [most, why] = isBucket
    ? [10_000, "few objects in the bucket"]
    : isPacked
      ? [64, "the compressed form that CloudVolume, TensorStore and Neuroglancer all read from a folder"]
      : [50_000, "few files in a folder"];
  if (chunks <= most) return { scales: [], reason: `one object per chunk: there are only ${chunks}` };
  const bits = automaticBits(levels, chunkBytes);
  const scales = levels.map((level, mip) => shardsOf(level, bits[mip]!, destination));
  const shards = levels.reduce((sum, { grid }, mip) => {
    const cells = gridShape(grid);
    return sum + product(perAxis((i) => Math.ceil(cells[i] / scales[mip]!.shardCells[i])));
  }, 0);
  return { scales, reason: `${shards} shards in place of ${chunks} chunks: ${why}` };
}

/**
 * Bits per mip that do not choose the shard. The mips of a group have shards whose footprints divide one another, so that one task owns whole
 * ones of all of them. Where few chunks would be left in a shard, the footprint grows; where a task would then hold too much, the next
 * group begins, which is made from the chunks of this one.
 */
function automaticBits(levels: readonly GridLevel[], chunkBytes: number): number[] {
  const target = Math.max(0, Math.floor(Math.log2(mostShardBytes / chunkBytes)));
  const bits: number[] = [];
  let group: Group | undefined;
  levels.forEach((level, mip) => {
    const cells = gridShape(level.grid);
    const inGroup = group && (bitsWithin(group, level, target) ?? bitsAround(group, level, chunkBytes));
    const own = inGroup ?? firstBits(level, { before: levels[mip - 1], target, chunkBytes });
    bits.push(own);
    const shard = shardCells(own, cells);
    group = {
      first: inGroup === undefined ? level : group!.first,
      unit: inGroup === undefined ? shard : unitWith(group!, level, shard),
    };
  });
  return bits;
}

interface Start {
  /** Of whose chunks the mip is made; absent for mip 0. */
  readonly before: GridLevel | undefined;
  readonly target: number;
  readonly chunkBytes: number;
}

/** Of a group's first mip: as many as may be, where a task can still hold a layer of the chunks that it reads. */
function firstBits({ grid, factor }: GridLevel, { before, target, chunkBytes }: Start): number {
  const cells = gridShape(grid);
  if (!before) return Math.min(target, bitsForEnough(cells, chunkBytes));
  const isHeld = (bits: number): boolean => {
    const [x, y] = perAxis((i) => (Math.min(shardCells(bits, cells)[i], cells[i]) * factor[i]) / before.factor[i]);
    return x * y * chunkBytes <= 2 * mostShardBytes;
  };
  let bits = Math.min(target, idBits(cells));
  while (bits > 0 && !isHeld(bits)) bits--;
  return bits;
}

function bitsForEnough(cells: Vec3, chunkBytes: number): number {
  const shards = Math.min(enoughShards, Math.ceil((product(cells) * chunkBytes) / enoughBytes));
  return Math.max(0, Math.floor(Math.log2(product(cells) / shards)));
}

/** Mips that the same tasks make. */
interface Group {
  readonly first: GridLevel;
  /** Chunks of the first mip, per axis, that hold whole shards of every mip so far. */
  readonly unit: Vec3;
}

/** The most bits whose shards divide the unit; undefined where those would hold too few chunks. */
function bitsWithin({ first, unit }: Group, { grid, factor }: GridLevel, target: number): number | undefined {
  const cells = gridShape(grid);
  const firstCells = gridShape(first.grid);
  const fits = (box: Vec3): boolean =>
    box.every((size, i) => {
      const share = (unit[i]! * first.factor[i]!) / factor[i]!;
      return unit[i]! >= firstCells[i]! || (Number.isInteger(share) && share % size === 0);
    });
  for (let bits = Math.min(target, idBits(cells)); 2 ** bits >= leastChunksOf(cells); bits--)
    if (fits(shardCells(bits, cells))) return bits;
  return undefined;
}

/** Bits of the smallest shards that hold enough chunks; undefined where a unit that holds them would be too large for a task. */
function bitsAround(group: Group, level: GridLevel, chunkBytes: number): number | undefined {
  const cells = gridShape(level.grid);
  const bits = Math.ceil(Math.log2(leastChunksOf(cells)));
  const firstCells = gridShape(group.first.grid);
  const unit = unitWith(group, level, shardCells(bits, cells));
  const isDeeper = unit[2] > group.unit[2] && group.unit[2] < firstCells[2];
  const slabChunks = Math.min(unit[0], firstCells[0]) * Math.min(unit[1], firstCells[1]);
  return isDeeper || slabChunks * chunkBytes > mostShardBytes ? undefined : bits;
}

const leastChunksOf = (cells: Vec3): number => Math.min(leastChunks, product(cells));

const unitWith = ({ first, unit }: Group, { factor }: GridLevel, shard: Vec3): Vec3 =>
  commonMultiple(
    unit,
    perAxis((i) => (shard[i] * factor[i]) / first.factor[i]),
  );

function shardsOf(level: GridLevel, bits: number, destination: ShardsInput["destination"]): ScaleShards {
  const cells = gridShape(level.grid);
  const sharding: ShardingSpec = {
    hash: "identity",
    preshiftBits: Math.min(bits, preshift),
    minishardBits: Math.max(0, bits - preshift),
    shardBits: Math.max(0, idBits(cells) - bits),
    minishardIndexEncoding: "gzip",
    dataEncoding: dataEncodingOf(destination),
  };
  return { sharding, shardCells: shardCells(bits, cells) };
}

function askedShards(
  { grid, mip }: GridLevel,
  { destination, chunkBytes }: ShardsInput,
  asked: Exclude<DestinationConfig["sharding"], "auto" | null>,
): ScaleShards {
  const cells = gridShape(grid);
  const sharding: ShardingSpec = {
    hash: asked.hash,
    preshiftBits: asked.preshift_bits,
    minishardBits: asked.minishard_bits,
    shardBits: Math.max(0, idBits(cells) - asked.preshift_bits - asked.minishard_bits),
    minishardIndexEncoding: asked.minishard_index_encoding,
    dataEncoding: asked.data_encoding ?? dataEncodingOf(destination),
  };
  const perShard = cellsPerShard(sharding, cells);
  if (!perShard)
    throw invalid(
      `with murmurhash the shards of mip ${mip} are no boxes of chunks, and no task could write a whole one`,
      "take identity, or so many bits that there is one shard",
    );
  const chunks = product(perAxis((i) => Math.min(perShard[i], cells[i])));
  if (chunks * chunkBytes > mostAskedBytes)
    throw invalid(
      `a shard of mip ${mip} would hold ${chunks} chunks, ${Math.ceil((chunks * chunkBytes) / 2 ** 20)} MiB before encoding`,
      `512 MiB are the most that is put together in memory: take fewer bits, or "auto"`,
    );
  return { sharding, shardCells: perShard };
}

/** gzip goes inside of the shard, where nothing compresses already. */
const dataEncodingOf = ({ encoding, compression }: ShardsInput["destination"]): "raw" | "gzip" =>
  compression === "none" || encodingNamed(encodingMembers(encoding).encoding).isCompressed ? "raw" : "gzip";

const invalid = (what: string, hint: string): CirrusError =>
  new CirrusError("E_CONFIG_INVALID", `destination.sharding: ${what}`, { hint });
