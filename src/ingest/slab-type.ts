/** The type of voxels in memory while tiles become chunks. */
import type { DataType } from "../core/data-type.js";
import { encodingMembers } from "./encoding-members.js";
import type { JobDocument } from "./job-document.js";

const fitsIn32Bits: readonly DataType[] = ["uint8", "uint16", "uint32"];

/**
 * The volume's, but for labels of 64 bits that the source has in 32 or fewer: compressed_segmentation is encoded from these at half the memory,
 * and the mode does not look at how wide they are.
 */
export function slabType({
  plan,
  source,
  destination,
}: Pick<JobDocument, "plan" | "source" | "destination">): DataType {
  const isNarrow =
    plan.dataType === "uint64" &&
    destination.type === "segmentation" &&
    encodingMembers(destination.encoding).encoding === "compressed_segmentation" &&
    source !== undefined &&
    fitsIn32Bits.includes(source.tiles.dataType) &&
    source.background < 2 ** 32;
  return isNarrow ? "uint32" : plan.dataType;
}
