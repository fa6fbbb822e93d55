/** Voxels from a file that holds nothing else. */
import { readFile } from "node:fs/promises";
import { asVoxels, bytesPerVoxel, type DataType, type VoxelArray } from "../core/data-type.js";
import { CirrusError, codeOf, messageOf } from "../core/errors.js";

/**
 * @param path - little-endian, x fastest, then y, z, channel
 * @throws CirrusError `E_SOURCE_NOT_FOUND`, `E_SOURCE_UNREADABLE`
 */
export async function readVoxels(path: string, dataType: DataType): Promise<VoxelArray> {
  let bytes: Uint8Array;
  try {
    bytes = new Uint8Array(await readFile(path));
  } catch (cause) {
    if (codeOf(cause) === "ENOENT") throw new CirrusError("E_SOURCE_NOT_FOUND", `there is no file ${path}`, { cause });
    throw new CirrusError("E_SOURCE_UNREADABLE", `${path}: ${messageOf(cause)}`, { cause });
  }
  if (bytes.byteLength % bytesPerVoxel(dataType) === 0) return asVoxels(dataType, bytes);
  throw new CirrusError("E_SOURCE_UNREADABLE", `${path} has ${bytes.byteLength} bytes: no whole number of ${dataType}`);
}
