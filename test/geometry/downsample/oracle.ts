/** Downsampling written for the eye: BigInt and one voxel at a time. The rules as in `reference/performance.md` section 4. */
import type { Cutout } from "#src/core/cutout.js";
import type { Vec3 } from "#src/core/vec3.js";

export type Value = number | bigint;

/** Value of one voxel of the coarser mip, from all finer ones that exist. */
export function expectedVoxel(
  fine: Cutout,
  at: Vec3,
  rule: { factor: Vec3; method: "mean" | "mode"; channel: number },
): Value {
  const { factor, method, channel } = rule;
  const values: Value[] = [];
  for (let z = at[2] * factor[2]; z < (at[2] + 1) * factor[2]; z++)
    for (let y = at[1] * factor[1]; y < (at[1] + 1) * factor[1]; y++)
      for (let x = at[0] * factor[0]; x < (at[0] + 1) * factor[0]; x++) {
        const value = voxel(fine, [x, y, z], channel);
        if (value !== undefined) values.push(value);
      }
  if (method === "mode") return factor.join() === "2,2,1" ? countless(fine, at, channel) : mostFrequent(values);
  if (fine.dataType === "float32") return Math.fround((values as number[]).reduce((a, b) => a + b) / values.length);
  const rounded = halfEven(
    values.reduce((sum: bigint, value) => sum + BigInt(value), 0n),
    BigInt(values.length),
  );
  return fine.dataType === "uint64" ? rounded : Number(rounded);
}

export function voxel({ box, data }: Cutout, [x, y, z]: Vec3, channel: number): Value | undefined {
  if (x < box.min[0] || y < box.min[1] || z < box.min[2]) return undefined;
  if (x >= box.max[0] || y >= box.max[1] || z >= box.max[2]) return undefined;
  const [nx, ny, nz] = [0, 1, 2].map((i) => box.max[i]! - box.min[i]!) as [number, number, number];
  return data[((channel * nz + z - box.min[2]) * ny + y - box.min[1]) * nx + x - box.min[0]];
}

export function halfEven(sum: bigint, count: bigint): bigint {
  const remainder = ((sum % count) + count) % count;
  const quotient = (sum - remainder) / count;
  if (remainder * 2n > count) return quotient + 1n;
  if (remainder * 2n < count) return quotient;
  return quotient % 2n === 0n ? quotient : quotient + 1n;
}

function mostFrequent(values: readonly Value[]): Value {
  const counts = values.map((value) => values.filter((other) => Object.is(other, value)).length);
  return values[counts.indexOf(Math.max(...counts))]!;
}

/** a b / c d; an absent voxel is the mirror image of the one beside it, then above or below it. */
function countless(fine: Cutout, [x, y, z]: Vec3, channel: number): Value {
  const read = (dx: number, dy: number) => voxel(fine, [2 * x + dx, 2 * y + dy, z], channel);
  const mirrored = (dx: number, dy: number) =>
    read(dx, dy) ?? read(1 - dx, dy) ?? read(dx, 1 - dy) ?? read(1 - dx, 1 - dy)!;
  const [a, b, c, d] = [mirrored(0, 0), mirrored(1, 0), mirrored(0, 1), mirrored(1, 1)];
  if (Object.is(a, b) || Object.is(a, c)) return a;
  return Object.is(b, c) ? b : d;
}
