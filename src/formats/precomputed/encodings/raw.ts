/** `raw`: the voxels themselves, little endian, without a header. */
import { asBytes, asVoxels } from "../../../core/data-type.js";
import { byteLengthOf, checkLength, corruptChunk, type ChunkEncoding } from "./encoding.js";

export const raw: ChunkEncoding = {
  name: "raw",
  isLossy: false,
  isCompressed: false,
  refuses: () => undefined, // every DataType is one that the readers take
  encode(voxels, shape) {
    checkLength(voxels, shape);
    return asBytes(voxels);
  },
  async decode(bytes, shape) {
    const expected = byteLengthOf(shape);
    if (bytes.byteLength !== expected) throw corruptChunk(`${bytes.byteLength} bytes in place of ${expected}`);
    return asVoxels(shape.dataType, bytes);
  },
};
