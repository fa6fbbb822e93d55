/**
 * Numbers of chunks in sharded scales, and where in the shards each belongs.
 *
 * @see https://github.com/google/neuroglancer/blob/master/src/datasource/precomputed/sharded.md
 */
import type { Vec3 } from "../../../core/vec3.js";
import type { ShardingSpec } from "../volume-info.js";

/**
 * The compressed Morton code of a grid cell: bits of x, y and z in turn, lowest first, each axis only while the grid has cells there.
 *
 * @param gridShape - cells per axis
 */
export function chunkId(cell: Vec3, gridShape: Vec3): bigint {
  let id = 0n;
  let bit = 0n;
  for (let i = 0; i < 32; i++)
    for (const axis of [0, 1, 2] as const)
      if (2 ** i < gridShape[axis]) id |= BigInt(Math.floor(cell[axis] / 2 ** i) % 2) << bit++;
  return id;
}

/** Bits that the numbers of a grid's chunks have. */
export function idBits(gridShape: Vec3): number {
  return gridShape.reduce((sum, cells) => sum + Math.ceil(Math.log2(cells)), 0);
}

/** Where a chunk lies: shard and minishard by number. */
export interface ShardPlace {
  readonly shard: bigint;
  readonly minishard: number;
}

export function shardPlace(id: bigint, spec: ShardingSpec): ShardPlace {
  const shifted = id >> BigInt(spec.preshiftBits);
  const hash = spec.hash === "identity" ? shifted : murmurLow64(shifted);
  const minishardBits = BigInt(spec.minishardBits);
  return {
    minishard: Number(BigInt.asUintN(spec.minishardBits, hash)),
    shard: BigInt.asUintN(spec.shardBits, hash >> minishardBits),
  };
}

/** `<scale key>/<number>.shard`, in lower-case hexadecimal digits of which there are as many as `shard_bits` needs. */
export const shardKey = (scaleKey: string, shard: bigint, { shardBits }: ShardingSpec): string =>
  `${scaleKey}/${shard.toString(16).padStart(Math.ceil(shardBits / 4), "0")}.shard`;

const rotate = (x: number, by: number): number => (x << by) | (x >>> (32 - by));

function finalMix(x: number): number {
  let h = Math.imul(x ^ (x >>> 16), 0x85ebca6b);
  h = Math.imul(h ^ (h >>> 13), 0xc2b2ae35);
  return h ^ (h >>> 16);
}

/** The low 64 bits of MurmurHash3 x86_128, seed 0, of the number's 8 bytes, little endian. */
export function murmurLow64(id: bigint): bigint {
  const low = Number(BigInt.asIntN(32, id));
  const high = Number(BigInt.asIntN(32, id >> 32n));
  let a = 8 ^ Math.imul(rotate(Math.imul(low, 0x239b961b), 15), 0xab0e9789);
  let b = 8 ^ Math.imul(rotate(Math.imul(high, 0xab0e9789), 16), 0x38b34ae5);
  // The other two words of the state have no input of their own, are equal, and stay so.
  let c = 8;
  a = (a + b + c + c) | 0;
  b = (b + a) | 0;
  c = (c + a) | 0;
  a = finalMix(a);
  b = finalMix(b);
  c = finalMix(c);
  a = (a + b + c + c) | 0;
  b = (b + a) | 0;
  return (BigInt(b >>> 0) << 32n) | BigInt(a >>> 0);
}
