/** The chunk encodings that cirrus reads and writes. */
import { CirrusError } from "../../../core/errors.js";
import type { ChunkEncoding, ChunkShape } from "./encoding.js";
import { compressedSegmentation } from "./compressed_segmentation.js";
import { jpeg } from "./jpeg.js";
import { png } from "./png.js";
import { raw } from "./raw.js";

export const encodings: Readonly<Record<string, ChunkEncoding>> = {
  raw,
  jpeg,
  png,
  compressed_segmentation: compressedSegmentation,
};

/** @throws CirrusError `E_ENCODING_UNSUPPORTED` */
export function encodingNamed(name: string): ChunkEncoding {
  const encoding = Object.hasOwn(encodings, name) ? encodings[name] : undefined;
  if (encoding) return encoding;
  throw new CirrusError(
    "E_ENCODING_UNSUPPORTED",
    `cirrus cannot read or write "${name}" chunks; it knows ${Object.keys(encodings).join(", ")}`,
  );
}

/**
 * The encoding for writing such voxels.
 *
 * @throws CirrusError `E_ENCODING_UNSUPPORTED` with the reason
 */
export function encodingFor(name: string, voxels: Pick<ChunkShape, "dataType" | "channels">): ChunkEncoding {
  const encoding = encodingNamed(name);
  const reason = encoding.refuses(voxels);
  if (reason === undefined) return encoding;
  throw new CirrusError("E_ENCODING_UNSUPPORTED", reason, { context: { encoding: name, ...voxels } });
}
