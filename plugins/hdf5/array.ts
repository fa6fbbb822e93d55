/** A dataset as an array of the source: axes by name, boxes of it as voxels, x fastest. */
import { CirrusError, newVoxels, type BoundingBox, type DataType, type Vec3, type VoxelArray } from "cirrus/plugin";
import type { OpenDataset, Values } from "./hdf5-file.js";
import type { Hdf5Params } from "./params.js";

export interface ArrayForm {
  readonly axes: string;
  readonly size: Vec3;
  readonly times: number;
  /** Channels that are taken. */
  readonly channels: readonly number[];
  readonly dataType: DataType;
}

/** @throws CirrusError `E_CONFIG_INVALID` when the axes do not fit, `E_SOURCE_UNSUPPORTED` */
export function formOf(dataset: OpenDataset, params: Hdf5Params): ArrayForm {
  const { shape, path, name } = dataset;
  const axes = params.axes ?? ({ 2: "yx", 3: "zyx" } as Record<number, string>)[shape.length];
  const where = `${path}, dataset ${name}, has ${shape.length} axes (${shape.join(" x ")})`;
  if (axes === undefined)
    throw new CirrusError("E_CONFIG_INVALID", `${where}: which are they?`, {
      hint: 'state "axes" in the params of the source, the slowest first, such as "czyx"',
    });
  if (axes.length !== shape.length || !axes.includes("x") || !axes.includes("y"))
    throw new CirrusError("E_CONFIG_INVALID", `${where}, and "axes" are "${axes}"`, {
      hint: 'one letter per axis, "x" and "y" among them',
    });
  const side = (axis: string): number => shape[axes.indexOf(axis)] ?? 1;
  const count = side("c");
  if (params.channel !== undefined && params.channel >= count)
    throw new CirrusError("E_CONFIG_INVALID", `${where}: there is no channel ${params.channel}, only ${count}`);
  const dataType = params.dataType ?? dataset.dataType;
  if (!dataType)
    throw new CirrusError("E_SOURCE_UNSUPPORTED", `${where} of ${dataset.stored} values`, {
      hint: 'state "dataType" (and "scale") in the params: the type that they shall be cut to',
    });
  return {
    axes,
    size: [side("x"), side("y"), side("z")],
    times: side("t"),
    channels: params.channel === undefined ? Array.from({ length: count }, (_, i) => i) : [params.channel],
    dataType,
  };
}

/** Of chunks, or of rows that are a few MB: x y z. */
export function blockOf({ chunks, shape }: OpenDataset, { axes, size }: ArrayForm): Vec3 {
  const chunk = (axis: string): number | undefined => {
    const i = axes.indexOf(axis);
    return i < 0 ? 1 : chunks?.[i];
  };
  const [x, y, z] = [chunk("x"), chunk("y"), chunk("z")];
  if (x !== undefined && y !== undefined && z !== undefined) return [x, y, z];
  const rowBytes = Math.max(1, size[0]) * 8;
  return [size[0], Math.max(1, Math.min(size[1], Math.floor(4e6 / rowBytes))), shape.length > 2 ? 1 : 1];
}

/**
 * @param box - of the dataset, in its own x y z
 * @returns x fastest, then y, z, channel
 */
export function readVoxels(
  dataset: OpenDataset,
  form: ArrayForm,
  { box, t, params }: { readonly box: BoundingBox; readonly t: number; readonly params: Hdf5Params },
): VoxelArray {
  const { axes, channels, dataType } = form;
  const size: Vec3 = [box.max[0] - box.min[0], box.max[1] - box.min[1], box.max[2] - box.min[2]];
  const voxels = newVoxels(dataType, size[0] * size[1] * size[2] * channels.length);
  const isAsStored = !params.dataType && /^[tcz]*yx$/.test(axes) && !/z.*c/.test(axes);
  channels.forEach((channel, i) => {
    const ranges = [...axes].map((axis): readonly [number, number] => {
      if (axis === "t") return [t, t + 1];
      if (axis === "c") return [channel, channel + 1];
      const k = "xyz".indexOf(axis) as 0 | 1 | 2;
      return [box.min[k], box.max[k]];
    });
    const values = dataset.read(ranges);
    const offset = i * size[0] * size[1] * size[2];
    // Of the same type, which the array types do not show.
    if (isAsStored) (voxels as Uint8Array).set(values as Uint8Array, offset);
    else transpose(values, { axes, size, offset, params }, voxels);
  });
  return voxels;
}

interface Transposition {
  readonly axes: string;
  readonly size: Vec3;
  readonly offset: number;
  readonly params: Hdf5Params;
}

function transpose(values: Values, { axes, size, offset, params }: Transposition, voxels: VoxelArray): void {
  const stride: Record<string, number> = {};
  let step = 1;
  for (const axis of [...axes].reverse()) {
    stride[axis] = step;
    step *= axis === "x" ? size[0] : axis === "y" ? size[1] : axis === "z" ? size[2] : 1;
  }
  const [sx, sy, sz] = [stride["x"]!, stride["y"]!, stride["z"] ?? 0];
  const convert = params.dataType ? conversionTo(params.dataType, params.scale) : undefined;
  let to = offset;
  for (let z = 0; z < size[2]; z++)
    for (let y = 0; y < size[1]; y++)
      for (let x = 0, from = z * sz + y * sy; x < size[0]; x++, from += sx) {
        const value = values[from]!;
        voxels[to++] = convert ? convert(value) : value;
      }
}

/** Multiplied, cut to a whole number, held within the type's range: values beyond it never wrap. */
function conversionTo(dataType: DataType, scale: number): (value: number | bigint) => number | bigint {
  if (dataType === "float32") return (value) => Number(value) * scale;
  const isSigned = dataType.startsWith("int");
  const bits = Number(dataType.replace(/\D/g, ""));
  const lowest = isSigned ? -(2 ** (bits - 1)) : 0;
  const highest = isSigned ? 2 ** (bits - 1) - 1 : 2 ** bits - 1;
  const held = (value: number): number =>
    Math.min(Math.max(Math.trunc(Number.isNaN(value) ? 0 : value), lowest), highest);
  if (dataType === "uint64")
    return (value) =>
      BigInt.asUintN(64, BigInt(Math.min(Math.max(Math.trunc(Number(value) * scale), 0), 2 ** 64 - 2048)));
  return (value) => held(Number(value) * scale);
}
