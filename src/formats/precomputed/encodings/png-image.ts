/** A PNG file for people's eyes. */
import { asPlainBytes } from "./encoding.js";
import { colourspaceOf, loadSharp } from "./sharp.js";

export interface Picture {
  readonly widthPx: number;
  readonly heightPx: number;
  /** Grey, or red, green and blue side by side. */
  readonly channels: 1 | 3;
  readonly pixels: Uint8Array;
}

/** @returns the bytes of the file */
export async function encodePicture({ widthPx, heightPx, channels, pixels }: Picture): Promise<Uint8Array> {
  const sharp = await loadSharp();
  const encoded = await sharp(pixels, { raw: { width: widthPx, height: heightPx, channels }, limitInputPixels: false })
    .toColourspace(colourspaceOf({ channels, depth: "uchar" }))
    .png({ compressionLevel: 6, adaptiveFiltering: true })
    .toBuffer();
  return asPlainBytes(encoded);
}
