/** Fills a slab of mip 0 from a source of boxes: volumes, and arrays that are stored in chunks. */
import { intersect, isEmpty, sizeOf, type BoundingBox } from "../core/bounding-box.js";
import { isCirrusError, type CirrusError } from "../core/errors.js";
import { perAxis, type Vec3 } from "../core/vec3.js";
import type { SlabPlanes } from "../geometry/run-block.js";
import type { BadPiece, BoxSource, TileLocation, VoxelPiece } from "./contracts.js";
import type { SourceDocument } from "./source-document.js";

export interface BoxRead {
  readonly source: SourceDocument;
  readonly open: BoxSource;
  readonly t: number | undefined;
  /** A box that was filled with background; `error` where it is damaged, not missing. */
  onFilled(location: TileLocation, error: CirrusError | undefined): void;
  onBad(location: TileLocation, error: CirrusError): void;
}

/** Chunks of the source hold many sections, so that all of the slab is filled at once. */
export async function readBoxes(slab: SlabPlanes, read: BoxRead): Promise<void> {
  const { shift, stack } = read.source.tiles;
  const { x0, y0, x1, y1 } = slab.planes(slab.from)[0]!.box;
  const wanted: BoundingBox = { min: [x0, y0, slab.from], max: [x1, y1, slab.to] };
  const box = intersect(moved(wanted, shift, -1), stack);
  if (isEmpty(box)) return;
  for await (const piece of read.open.readBox(box, read.t))
    if ("data" in piece) pastePiece(piece, slab, read);
    else fillPiece(piece, slab, read);
}

function pastePiece({ box, data }: VoxelPiece, slab: SlabPlanes, { source }: BoxRead): void {
  const { min, max } = moved(box, source.tiles.shift, 1);
  const [nx, ny, nz] = sizeOf(box);
  const planeBox = { x0: min[0], y0: min[1], x1: max[0], y1: max[1] };
  for (let z = Math.max(min[2], slab.from); z < Math.min(max[2], slab.to); z++)
    slab.planes(z).forEach((target, channel) => {
      const offset = (channel * nz + z - min[2]) * nx * ny;
      target.paste({ data, offset, box: planeBox });
    });
}

function fillPiece({ box, location, error }: BadPiece, slab: SlabPlanes, read: BoxRead): void {
  const { source } = read;
  if (!isCirrusError(error) || error.exitCode === 75) throw error; // temporary: the task is tried again
  const isMissing = error.code === "E_TILE_MISSING";
  const policy = isMissing ? source.missing : error.code === "E_TILE_CORRUPT" ? source.corrupt : "fail";
  if (policy === "fail") return read.onBad(location, error);
  read.onFilled(location, isMissing ? undefined : error);
  const { min, max } = moved(box, source.tiles.shift, 1);
  const area = { x0: min[0], y0: min[1], x1: max[0], y1: max[1] };
  for (let z = Math.max(min[2], slab.from); z < Math.min(max[2], slab.to); z++)
    for (const plane of slab.planes(z)) plane.fill(area, source.background);
}

const moved = ({ min, max }: BoundingBox, shift: Vec3, sign: 1 | -1): BoundingBox => ({
  min: perAxis((i) => min[i] + sign * shift[i]),
  max: perAxis((i) => max[i] + sign * shift[i]),
});
