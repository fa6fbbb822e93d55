/** The voxel types that cirrus reads and writes, and their typed arrays. */

export const dataTypes = ["uint8", "uint16", "uint32", "uint64", "int8", "int16", "int32", "float32"] as const;
export type DataType = (typeof dataTypes)[number];

export type VoxelArray =
  Uint8Array | Uint16Array | Uint32Array | BigUint64Array | Int8Array | Int16Array | Int32Array | Float32Array;

interface VoxelArrayConstructor {
  new (length: number): VoxelArray;
  new (buffer: ArrayBufferLike, byteOffset: number, length: number): VoxelArray;
}

const arrays: Record<DataType, VoxelArrayConstructor> = {
  uint8: Uint8Array,
  uint16: Uint16Array,
  uint32: Uint32Array,
  uint64: BigUint64Array,
  int8: Int8Array,
  int16: Int16Array,
  int32: Int32Array,
  float32: Float32Array,
};

const widths: Record<DataType, number> = {
  uint8: 1,
  uint16: 2,
  uint32: 4,
  uint64: 8,
  int8: 1,
  int16: 2,
  int32: 4,
  float32: 4,
};

/** Bytes of one voxel of one channel. */
export const bytesPerVoxel = (dataType: DataType): number => widths[dataType];

/** `length` zeroed voxels. */
export const newVoxels = (dataType: DataType, length: number): VoxelArray => new arrays[dataType](length);

/** The first `length` voxels of a buffer. */
export const voxelsIn = (buffer: ArrayBuffer, dataType: DataType, length: number): VoxelArray =>
  new arrays[dataType](buffer, 0, length);

/**
 * The same memory as voxels, without a copy where the start is aligned to the voxel's width, else with one.
 * Every machine that Node runs on is little endian, as are the stored formats.
 */
export function asVoxels(dataType: DataType, bytes: Uint8Array): VoxelArray {
  const width = widths[dataType];
  const aligned = bytes.byteOffset % width === 0 ? bytes : new Uint8Array(bytes); // a Buffer's own slice is a view
  return new arrays[dataType](aligned.buffer, aligned.byteOffset, aligned.byteLength / width);
}

/** The same memory as bytes, without a copy. */
export const asBytes = (voxels: VoxelArray): Uint8Array =>
  new Uint8Array(voxels.buffer, voxels.byteOffset, voxels.byteLength);

export function dataTypeOf(voxels: VoxelArray): DataType {
  const found = dataTypes.find((name) => Object.prototype.toString.call(voxels) === `[object ${arrays[name].name}]`);
  if (!found) throw new Error(`no data type for ${Object.prototype.toString.call(voxels)}`);
  return found;
}

interface NumberRange {
  readonly lowest: number;
  readonly highest: number;
}
const ranges: Record<Exclude<DataType, "float32">, NumberRange> = {
  uint8: { lowest: 0, highest: 2 ** 8 - 1 },
  uint16: { lowest: 0, highest: 2 ** 16 - 1 },
  uint32: { lowest: 0, highest: 2 ** 32 - 1 },
  uint64: { lowest: 0, highest: 2 ** 64 - 1 },
  int8: { lowest: -(2 ** 7), highest: 2 ** 7 - 1 },
  int16: { lowest: -(2 ** 15), highest: 2 ** 15 - 1 },
  int32: { lowest: -(2 ** 31), highest: 2 ** 31 - 1 },
};

/** True when a voxel can hold `value` as it is; any number that is not infinite, rounded, for float32. */
export function isVoxelValue(value: number, dataType: DataType): boolean {
  if (dataType === "float32") return Number.isFinite(Math.fround(value));
  const { lowest, highest } = ranges[dataType];
  // Beyond 2^53 a number may stand for a neighbour.
  return Number.isSafeInteger(value) && lowest <= value && value <= highest;
}

/** True when every value of `from` is a value of `to`, so that the conversion changes nothing. */
export function isLossless(from: DataType, to: DataType): boolean {
  if (from === to) return true;
  if (from === "float32") return false;
  const range = ranges[from];
  if (to === "float32") return range.highest <= 2 ** 24;
  return ranges[to].lowest <= range.lowest && range.highest <= ranges[to].highest;
}
