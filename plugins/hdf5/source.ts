/** Boxes of the source out of its files, in pieces that are whole chunks. */
import {
  CirrusError,
  newVoxels,
  type BadPiece,
  type BoundingBox,
  type BoxSource,
  type PluginContext,
  type Vec3,
  type VoxelPiece,
} from "cirrus/plugin";
import { blockOf, formOf, readVoxels, type ArrayForm } from "./array.js";
import { Hdf5Files } from "./hdf5-file.js";
import type { Hdf5Params } from "./params.js";
import { placementsOf, type Placement } from "./placements.js";

export interface OpenHdf5 {
  readonly files: Hdf5Files;
  readonly placements: readonly Placement[];
  /** Of the first file that is there. */
  readonly form: ArrayForm;
  readonly block: Vec3;
  readonly attributes: Readonly<Record<string, unknown>>;
}

/** @throws CirrusError as `placementsOf` and `formOf` */
export async function openFiles(params: Hdf5Params, context: PluginContext): Promise<OpenHdf5> {
  const files = new Hdf5Files(context.stores, context.alive);
  try {
    const sizeOf = async (path: string): Promise<Vec3> =>
      formOf(await files.dataset(path, params.dataset).catch(missingStack), params).size;
    const placements = await placementsOf(params, context, { files, sizeOf });
    for (const { path } of placements)
      try {
        const dataset = await files.dataset(path, params.dataset);
        const form = formOf(dataset, params);
        return { files, placements, form, block: blockOf(dataset, form), attributes: dataset.attributes };
      } catch (error) {
        if (!isOneFile(error)) throw error;
      }
    throw new CirrusError("E_SOURCE_NOT_FOUND", `no file of the stack can be read, such as ${placements[0]!.path}`);
  } catch (error) {
    await files.close();
    throw error;
  }
}

const missingStack = (error: unknown): never => {
  if (codeIs(error, "E_TILE_MISSING") && error instanceof Error)
    throw new CirrusError("E_SOURCE_NOT_FOUND", error.message, { cause: error });
  throw error;
};

/** One bad file does not decide about the stack. */
const isOneFile = (error: unknown): boolean => codeIs(error, "E_TILE_MISSING") || codeIs(error, "E_TILE_CORRUPT");

const codeIs = (error: unknown, code: string): boolean =>
  typeof error === "object" && error !== null && "code" in error && error.code === code;

export async function openSource(params: Hdf5Params, context: PluginContext): Promise<BoxSource> {
  const opened = await openFiles(params, context);
  const { files, placements } = opened;
  return {
    files: placements.map(({ path }) => path),
    readBox: (box, t) => readBox(opened, params, { box, t: t ?? context.t ?? 0 }),
    close: () => files.close(),
  };
}

interface Wanted {
  readonly box: BoundingBox;
  readonly t: number;
}

async function* readBox(
  { files, placements, form }: OpenHdf5,
  params: Hdf5Params,
  { box, t }: Wanted,
): AsyncGenerator<VoxelPiece | BadPiece> {
  // Around slices there is nothing: black, as the place of each says.
  if (params.layout === "slices") yield* emptyPieces(box, form);
  for (const placement of placements) {
    const common = commonOf(placement.box, box);
    if (!common) continue;
    const { path } = placement;
    const location = { url: path };
    try {
      const dataset = await files.dataset(path, params.dataset);
      const own = formOf(dataset, params);
      const problem = differenceOf(own, form, placement, params);
      if (problem) throw new CirrusError("E_TILE_MISMATCH", `${path}, dataset ${params.dataset}, ${problem}`);
      for (const piece of piecesOf(common, placement, blockOf(dataset, own))) {
        const inFile = shifted(piece, placement);
        yield { box: piece, data: readVoxels(dataset, own, { box: inFile, t, params }) };
      }
    } catch (error) {
      yield { box: common, location, error };
    }
  }
}

function differenceOf(own: ArrayForm, form: ArrayForm, { box }: Placement, { layout }: Hdf5Params): string | undefined {
  if (own.dataType !== form.dataType) return `has ${own.dataType} values, not ${form.dataType}`;
  if (own.channels.length !== form.channels.length)
    return `has ${own.channels.length} channels, not ${form.channels.length}`;
  const size = [0, 1, 2].map((i) => box.max[i]! - box.min[i]!);
  // Chunks at the far edges may be full in their names and cut in their data.
  const fits = size.every(
    (side, i) => own.size[i] === side || (layout === "chunks" && i === 2 && own.size[i]! >= side),
  );
  return fits ? undefined : `is ${own.size.join(" x ")} voxels, not ${size.join(" x ")}`;
}

/** Parts of `box` that are cut where the file's chunks are, each a few MB at the most. */
function* piecesOf(box: BoundingBox, { box: { min } }: Placement, block: Vec3): Generator<BoundingBox> {
  const starts = (axis: 0 | 1 | 2): number[] => {
    const step = block[axis];
    const found = [box.min[axis]];
    for (
      let at = min[axis] + (Math.floor((box.min[axis] - min[axis]) / step) + 1) * step;
      at < box.max[axis];
      at += step
    )
      found.push(at);
    return found;
  };
  const [xs, ys, zs] = [starts(0), starts(1), starts(2)];
  const end = (list: readonly number[], i: number, axis: 0 | 1 | 2): number => list[i + 1] ?? box.max[axis];
  for (const [k, z] of zs.entries())
    for (const [j, y] of ys.entries())
      for (const [i, x] of xs.entries()) yield { min: [x, y, z], max: [end(xs, i, 0), end(ys, j, 1), end(zs, k, 2)] };
}

function* emptyPieces(box: BoundingBox, form: ArrayForm): Generator<VoxelPiece> {
  for (let z = box.min[2]; z < box.max[2]; z++) {
    const piece: BoundingBox = { min: [box.min[0], box.min[1], z], max: [box.max[0], box.max[1], z + 1] };
    const length = (box.max[0] - box.min[0]) * (box.max[1] - box.min[1]) * form.channels.length;
    yield { box: piece, data: newVoxels(form.dataType, length) };
  }
}

function commonOf(a: BoundingBox, b: BoundingBox): BoundingBox | undefined {
  const min = a.min.map((n, i) => Math.max(n, b.min[i]!)) as unknown as Vec3; // three, as a has
  const max = a.max.map((n, i) => Math.min(n, b.max[i]!)) as unknown as Vec3;
  return min.every((n, i) => n < max[i]!) ? { min, max } : undefined;
}

const shifted = ({ min, max }: BoundingBox, { box, start }: Placement): BoundingBox => {
  const move = (corner: Vec3): Vec3 => corner.map((n, i) => n - box.min[i]! + start[i]!) as unknown as Vec3; // three
  return { min: move(min), max: move(max) };
};
