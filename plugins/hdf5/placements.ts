/** Which file holds which box of the source. */
import { resolve } from "node:path";
import { fileURLToPath } from "node:url";
import {
  canList,
  childOf,
  CirrusError,
  isCirrusError,
  isRemoteUrl,
  listFolder,
  namePattern,
  type BoundingBox,
  type Interval,
  type PluginContext,
  type Vec3,
} from "cirrus/plugin";
import type { Hdf5Files } from "./hdf5-file.js";
import type { Hdf5Params } from "./params.js";

/** A file's voxels in the source. */
export interface Placement {
  readonly path: string;
  readonly box: BoundingBox;
  /** Dataset index = source voxel - box.min + this, x y z. */
  readonly start: Vec3;
}

/** How many voxels a dataset has along x, y and z (1 for an axis that it lacks). */
export type SizeOf = (path: string) => Promise<Vec3>;

/**
 * @returns files that are there or should be, in the order of z, y, x; gaps in the numbers are placements whose files are missing
 * @throws CirrusError `E_SOURCE_NOT_FOUND` when there is none
 */
export async function placementsOf(
  params: Hdf5Params,
  { baseFolder, stores, extent }: PluginContext,
  { files, sizeOf }: { readonly files: Hdf5Files; readonly sizeOf: SizeOf },
): Promise<Placement[]> {
  const at = (path: string): string =>
    isRemoteUrl(path)
      ? path.replace(/\/+$/, "")
      : resolve(baseFolder, /^file:\/\//i.test(path) ? fileURLToPath(path) : path);
  if (params.layout === "volume") return [await volume(at(params.file!), params.offset, sizeOf)];
  const root = at(params.root!);
  const names = canList(root)
    ? (await listFolder(root, stores)).map(({ name }) => name)
    : namesWithin(params, root, extent ?? {});
  if (params.layout === "chunks") return chunks(root, names, params.chunks!);
  const pattern = namePattern(params.pattern!);
  const sections = names.map((name) => pattern.parse(name)?.z).filter((z) => z !== undefined);
  sections.sort((a, b) => a - b);
  if (!sections.length) throw nothing(root, params.pattern!, names);
  const [first, last] = [sections[0]!, sections.at(-1)!];
  const there = new Set(sections);
  const pathAt = (z: number): string => childOf(root, pattern.name({ x: 0, y: 0, z })!);
  const found: Placement[] = [];
  const usual = params.layout === "sections" ? await sizeOf(pathAt(first)) : undefined;
  for (let z = first; z <= last; z++) {
    const path = pathAt(z);
    const placed =
      params.layout === "sections"
        ? boxAt([0, 0, z], [usual![0], usual![1], 1])
        : ((there.has(z) ? await placedSlice(path, z, { params, files }).catch(noSlice) : undefined) ??
          found.at(-1)?.box ??
          boxAt([0, 0, z], [1, 1, 1]));
    found.push({
      path,
      box: { min: [placed.min[0], placed.min[1], z], max: [placed.max[0], placed.max[1], z + 1] },
      start: [0, 0, 0],
    });
  }
  return found;
}

/** On a web server a file that is missing is known when it is opened. */
const noSlice = (error: unknown): undefined => {
  if (isCirrusError(error) && error.code === "E_TILE_MISSING") return undefined;
  throw error;
};

async function volume(path: string, offset: Vec3, sizeOf: SizeOf): Promise<Placement> {
  const size = await sizeOf(path);
  const min = offset.map((n) => (n === 0 ? 0 : -n)) as unknown as Vec3; // three, as offset has
  return { path, box: boxAt(min, size), start: [0, 0, 0] };
}

/** Offset and extent are [y, x]; the Boss ingest client added the origin of x to y too. */
async function placedSlice(
  path: string,
  z: number,
  { params, files }: { readonly params: Hdf5Params; readonly files: Hdf5Files },
): Promise<BoundingBox> {
  const { offsetDataset, extentDataset, origin } = params.placement!;
  const pair = async (name: string): Promise<readonly [y: number, x: number]> => {
    const dataset = await files.dataset(path, name);
    const values = [...dataset.read(dataset.shape.map((side) => [0, side] as const))].map(Number);
    if (values.length === 2 && values.every(Number.isSafeInteger)) return [values[0]!, values[1]!];
    throw new CirrusError(
      "E_SOURCE_UNSUPPORTED",
      `${path}, dataset ${name}, holds ${values.length} values instead of [y, x]`,
    );
  };
  const [y, x] = await pair(offsetDataset);
  const [height, width] = await pair(extentDataset);
  return boxAt([x + origin[0], y + origin[1], z], [width, height, 1]);
}

type BoxNames = NonNullable<Hdf5Params["chunks"]>;

function boxName({ prefix, extension, size, offset, lastIsInclusive }: BoxNames, cell: Vec3): string {
  const spans = ([0, 1, 2] as const).map((i) => {
    const from = cell[i] * size[i] + offset[i];
    return `${from}-${from + size[i] - (lastIsInclusive ? 1 : 0)}`;
  });
  return `${prefix}_${spans.join("_")}.${extension}`;
}

/** z begins at the chunk's first voxel; the Boss ingest client wrote the chunk's number there. */
function chunks(root: string, names: readonly string[], form: BoxNames): Placement[] {
  const { prefix, size, offset } = form;
  const nameAt = (cell: Vec3): string => boxName(form, cell);
  const cells: Vec3[] = [];
  for (const name of names) {
    if (!name.startsWith(`${prefix}_`)) continue;
    const starts = /^(-?\d+)--?\d+_(-?\d+)--?\d+_(-?\d+)--?\d+\./.exec(name.slice(prefix.length + 1));
    if (!starts) continue;
    const cell = ([0, 1, 2] as const).map((i) => (Number(starts[i + 1]) - offset[i]) / size[i]) as unknown as Vec3; // three
    if (cell.every((n) => Number.isInteger(n) && n >= 0) && nameAt(cell) === name) cells.push(cell);
  }
  if (!cells.length) throw nothing(root, nameAt([0, 0, 0]), names);
  const range = (axis: 0 | 1 | 2): readonly [number, number] => [
    Math.min(...cells.map((cell) => cell[axis])),
    Math.max(...cells.map((cell) => cell[axis])) + 1,
  ];
  const [[x0, x1], [y0, y1], [z0, z1]] = [range(0), range(1), range(2)];
  const found: Placement[] = [];
  for (let z = z0; z < z1; z++)
    for (let y = y0; y < y1; y++)
      for (let x = x0; x < x1; x++)
        found.push({
          path: childOf(root, nameAt([x, y, z])),
          box: boxAt([x * size[0], y * size[1], z * size[2]], size),
          start: [0, 0, 0],
        });
  return found;
}

const boxAt = (min: Vec3, size: Vec3): BoundingBox => ({
  min,
  max: [min[0] + size[0], min[1] + size[1], min[2] + size[2]],
});

/** Of a stack that cannot be listed: the files that the stated extent needs. */
function namesWithin(params: Hdf5Params, root: string, extent: NonNullable<PluginContext["extent"]>): string[] {
  const needed = (axis: "x" | "y" | "z"): Interval => {
    const stated = extent[axis];
    if (stated) return stated;
    throw new CirrusError("E_CONFIG_INVALID", `the files of ${root} cannot be listed`, {
      hint: `state source.extent.${axis} in the config`,
    });
  };
  if (params.layout !== "chunks") {
    const pattern = namePattern(params.pattern!);
    const [from, to] = needed("z");
    return Array.from({ length: to - from }, (_, i) => pattern.name({ x: 0, y: 0, z: from + i })!);
  }
  const { size } = params.chunks!;
  const cells = (["x", "y", "z"] as const).map((axis, i) => {
    const [from, to] = needed(axis);
    return [Math.floor(from / size[i]!), Math.ceil(to / size[i]!)] as const;
  });
  const names: string[] = [];
  const [[x0, x1], [y0, y1], [z0, z1]] = cells as [Interval, Interval, Interval]; // of the three axes
  for (let z = z0; z < z1; z++)
    for (let y = y0; y < y1; y++) for (let x = x0; x < x1; x++) names.push(boxName(params.chunks!, [x, y, z]));
  return names;
}

const nothing = (root: string, name: string, there: readonly string[]): CirrusError =>
  new CirrusError("E_SOURCE_NOT_FOUND", `no file in ${root} is named like ${name}`, {
    context: { root, name, there: there.slice(0, 10) },
    hint: there.length ? `there is ${there.slice(0, 3).join(", ")}` : "the folder is empty",
  });
