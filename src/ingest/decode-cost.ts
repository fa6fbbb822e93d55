/** How often a task's share of the images makes each of them be decoded. Pure. */
import type { Vec3 } from "../core/vec3.js";
import type { GridLevel } from "../geometry/task-grid.js";
import type { SourceProbe } from "../tiles/contracts.js";

/** The images of a source, as far as decoding a part of one costs more than the part. */
export interface ImageForm {
  /** One source image in voxels of mip 0, and where the first one lies. */
  readonly tile: { readonly size: readonly [number, number]; readonly origin: readonly [number, number] };
  readonly access: SourceProbe["access"];
  /** Of strips or tiles within an image. */
  readonly blockSizePx?: readonly [number, number];
  /** Too big for memory: decoded down to the last row of the part, and not whole. */
  readonly isStreamed?: boolean;
  /** Worker processes: each goes down through the images by itself. */
  readonly workers?: number;
}

/**
 * @param span - chunks of the base mip per task and axis
 * @param base - mip 0
 * @returns how often an image is decoded, on average over all; 1 where tasks and images line up
 */
export function decodesPerTile(span: Vec3, base: GridLevel, form: ImageForm): number {
  const { access, tile, workers = 1 } = form;
  if (access === "rows" || access === "blocks") {
    if (!form.blockSizePx) return access === "blocks" ? 1 : touches(0, { span, base, size: tile.size[0], form });
    const [width, height] = form.blockSizePx;
    return touches(0, { span, base, size: width, form }) * touches(1, { span, base, size: height, form });
  }
  const x = touches(0, { span, base, size: tile.size[0], form });
  const y = touches(1, { span, base, size: tile.size[1], form });
  // Task by task downward: a worker passes over what the others take.
  if (access === "downward" && x === 1) return Math.min(y, workers);
  return form.isStreamed ? (x * (y + 1)) / 2 : x * y;
}

interface Axis {
  readonly span: Vec3;
  readonly base: GridLevel;
  /** Of what is decoded as one. */
  readonly size: number;
  readonly form: ImageForm;
}

/** Tasks that touch what is decoded as one, averaged over all of them. */
function touches(axis: 0 | 1, { span, base, size, form }: Axis): number {
  const { bounds, chunkSize } = base.grid;
  const start = bounds.min[axis] - form.tile.origin[axis];
  const length = bounds.max[axis] - bounds.min[axis];
  const step = span[axis] * chunkSize[axis];
  const count = (from: number, to: number) => Math.ceil(to / size) - Math.floor(from / size);
  let touched = 0;
  for (let from = 0; from < length; from += step) touched += count(start + from, start + Math.min(from + step, length));
  return touched / count(start, start + length);
}
