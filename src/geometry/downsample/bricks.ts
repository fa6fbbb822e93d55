/**
 * 2x2x1 and 2x2x2 means of uint8 and uint16, and 2x2x1 modes of anything, from the bricks of one mip into those of the next, where they are:
 * for slabs in the kernels' memory whose chunks end on even voxels. Everything else goes through planes (section.ts), with the same result.
 */
import { bytesPerVoxel, type DataType } from "../../core/data-type.js";
import type { Vec3 } from "../../core/vec3.js";
import { addressOf } from "../../kernels/arena.js";
import { loadKernels } from "../../kernels/kernels.js";
import type { BrickSlab } from "../brick-slab.js";
import type { Plane } from "../paste.js";
import type { DownsampleMethod } from "./windows.js";

export interface BrickSpec {
  readonly method: DownsampleMethod;
  readonly from: BrickSlab;
  readonly to: BrickSlab;
  readonly step: Vec3;
}

/** One section of `to`, out of sections of `from` that are in memory. */
export interface BrickJob {
  /** The sections of `from` that belong to the target. */
  readonly sections: readonly number[];
  readonly target: number;
  readonly channel: number;
}

/** Where a brick's first section lies, in voxels from its slab's start, and how far the next section is. */
interface Pair {
  readonly from: number;
  readonly fromStep: number;
  readonly fromWidth: number;
  readonly to: number;
  readonly toStep: number;
  readonly toWidth: number;
  readonly width: number;
  readonly height: number;
}

export class BrickDownsampler {
  readonly #spec: BrickSpec;
  readonly #isPossible: boolean;
  /** Of slabs with layers of these depths: hundreds of bricks make a section, and every section has the same ones. */
  #pairs: readonly Pair[] | undefined;
  #depths: readonly number[] = [];

  constructor(spec: BrickSpec) {
    const { method, from, step } = spec;
    const isKnown = method === "mean" ? isAveraged(from.spec.dataType) && step[2] <= 2 : step[2] === 1;
    this.#spec = spec;
    this.#isPossible = isKnown && step[0] === 2 && step[1] === 2 && isEven(from) && loadKernels() !== undefined;
  }

  /** @returns false, with nothing written, when this is no job for the kernels */
  run({ sections, target, channel }: BrickJob): boolean {
    const { method, from, to, step } = this.#spec;
    const kernels = this.#isPossible && sections.length === step[2] ? loadKernels() : undefined;
    const [base, targetBase] = [addressOf(from.data), addressOf(to.data)];
    if (!kernels || base === undefined || targetBase === undefined) return false;
    const pairs = this.#pairsOf();
    if (!pairs) return false;
    const voxelBytes = bytesPerVoxel(from.spec.dataType);
    const depth = from.layer.to - from.layer.from;
    const targetDepth = to.layer.to - to.layer.from;
    const [first, second] = sections.map((z) => channel * depth + z - from.layer.from);
    const made = channel * targetDepth + target - to.layer.from;
    for (const pair of pairs) {
      const { width, height } = pair;
      const a = base + (pair.from + first! * pair.fromStep) * voxelBytes;
      const b = second === undefined ? 0 : base + (pair.from + second * pair.fromStep) * voxelBytes;
      const place = targetBase + (pair.to + made * pair.toStep) * voxelBytes;
      const [stride, toStride] = [pair.fromWidth * voxelBytes, pair.toWidth * voxelBytes];
      if (method === "mode") kernels.modeOfSquares(voxelBytes, a, stride, place, toStride, width, height);
      else if (voxelBytes === 1) kernels.meanBytes(a, b, stride, place, toStride, width, height);
      else kernels.meanShorts(a, b, stride, place, toStride, width, height);
    }
    return true;
  }

  #pairsOf(): readonly Pair[] | undefined {
    const { from, to } = this.#spec;
    const depths = [from.layer.to - from.layer.from, to.layer.to - to.layer.from];
    if (depths.some((depth, i) => depth !== this.#depths[i])) {
      this.#depths = depths;
      const targets = bricksOf(to);
      const pairs = bricksOf(from).map((brick) => pairOf(brick, targets));
      this.#pairs = pairs.every((pair) => pair !== undefined) ? pairs : undefined;
    }
    return this.#pairs;
  }
}

/** Types that the kernels make means of. */
const isAveraged = (type: DataType): boolean => type === "uint8" || type === "uint16";

/** undefined when the brick's mean belongs into several ones. */
function pairOf({ offset, box }: Plane, targets: readonly Plane[]): Pair | undefined {
  const into = targets.find((target) => covers(target.box, box));
  if (!into) return undefined;
  const [width, height] = [box.x1 - box.x0, box.y1 - box.y0];
  const toWidth = into.box.x1 - into.box.x0;
  return {
    from: offset,
    fromStep: width * height,
    fromWidth: width,
    to: into.offset + (box.y0 / 2 - into.box.y0) * toWidth + box.x0 / 2 - into.box.x0,
    toStep: toWidth * (into.box.y1 - into.box.y0),
    toWidth,
    width: width / 2,
    height: height / 2,
  };
}

/** Each brick's first section. */
const bricksOf = (slab: BrickSlab): Plane[] => [...slab.section(slab.layer.from, 0).pieces()];

/** Every cut lies on an even voxel, so that no window crosses one. */
const isEven = ({ columns, rows }: BrickSlab): boolean =>
  [...columns, ...rows].every(({ from, to }) => from % 2 === 0 && to % 2 === 0);

const covers = (target: Plane["box"], source: Plane["box"]): boolean =>
  target.x0 <= source.x0 / 2 && target.x1 >= source.x1 / 2 && target.y0 <= source.y0 / 2 && target.y1 >= source.y1 / 2;
