/** The type of voxels in memory while tiles become chunks. */
import type { DataType } from "../core/data-type.js";

const fitsIn32Bits: readonly DataType[] = ["uint8", "uint16", "uint32"];

export interface Voxels {
  readonly dataType: DataType;
  readonly type: "image" | "segmentation";
  readonly encoding: string;
}

/**
 * The volume's, but for labels of 64 bits that the source has in 32 or fewer: compressed_segmentation is encoded from these at half the memory,
 * and the mode does not look at how wide they are.
 *
 * @param encoding - of the volume, without its quality
 */
export function slabType(
  { dataType, type, encoding }: Voxels,
  source: { readonly dataType: DataType; readonly background: number },
): DataType {
  const isNarrow =
    dataType === "uint64" &&
    type === "segmentation" &&
    encoding === "compressed_segmentation" &&
    fitsIn32Bits.includes(source.dataType) &&
    source.background < 2 ** 32;
  return isNarrow ? "uint32" : dataType;
}
