/** The encoding of a config as members of a scale. Pure. */
import { defaultBlockSize } from "../formats/precomputed/encodings/compressed_segmentation.js";
import type { Scale } from "../formats/precomputed/volume-info.js";

const defaultJpegQuality = 85;

/** `jpeg:85` -> the members of a scale. */
export function encodingMembers(encoding: string): Pick<Scale, "encoding" | "jpegQuality" | "blockSize"> {
  const [name, quality] = encoding.split(":") as [
    "raw" | "png" | "jpeg" | "compressed_segmentation",
    string | undefined,
  ];
  if (name === "jpeg") return { encoding: name, jpegQuality: Number(quality ?? defaultJpegQuality) };
  return name === "compressed_segmentation" ? { encoding: name, blockSize: defaultBlockSize } : { encoding: name };
}
