/** The chunks of a PNG file: header, compressed pixels, checksums. See the PNG specification (W3C, third edition), sections 5 and 11. */
import { crc32 } from "../../../kernels/crc32.js";
import { corruptImage, type ImageHeader } from "../image-form.js";

export interface PngHeader extends ImageHeader {
  readonly format: "png";
  readonly isInterlaced: boolean;
  /** Bytes of one whole pixel, at least 1: the distance of PNG's filters. */
  readonly pixelBytes: number;
}

export const signatureBytes = 8;
const ihdr = 0x49484452;
export const idat = 0x49444154;
export const iend = 0x49454e44;
/** Of a chunk's type; clear: a reader must understand the chunk. The others hold no pixels. */
export const criticalBit = 0x20000000;
/** Of the file's beginning: signature and header chunk. */
export const headerBytes = signatureBytes + 25;

const colours: Readonly<Record<number, { readonly samples: number; readonly refusal?: string }>> = {
  0: { samples: 1 },
  2: { samples: 3 },
  3: { samples: 1, refusal: "palette colours (its pixels are indices, not intensities)" },
  4: { samples: 2, refusal: "grey with an alpha channel" },
  6: { samples: 4, refusal: "RGB with an alpha channel" },
};

/**
 * @param bytes - the first 33 bytes of a PNG, or more
 * @throws CirrusError `E_TILE_CORRUPT` when they are no PNG header, or cut off
 */
export function readPngHeader(bytes: Uint8Array, name: string): PngHeader {
  if (bytes.length < headerBytes) throw corruptImage(name, "the PNG header is cut off");
  const view = new DataView(bytes.buffer, bytes.byteOffset, bytes.byteLength);
  if (view.getUint32(signatureBytes) !== 13 || view.getUint32(signatureBytes + 4) !== ihdr)
    throw corruptImage(name, "PNG without a header");
  checkCrc(bytes, view, signatureBytes, name);
  const [widthPx, heightPx] = [view.getUint32(16), view.getUint32(20)];
  const [bitsPerSample, colourType, compression, filter, interlace] = bytes.subarray(24, 29) as Uint8Array &
    [number, number, number, number, number]; // 5 bytes: the length was checked above
  const colour = colours[colourType];
  if (!colour || widthPx === 0 || heightPx === 0 || compression !== 0 || filter !== 0 || interlace > 1)
    throw corruptImage(name, "impossible values in the PNG header");
  const refusal = colour.refusal ?? (bitsPerSample < 8 ? `${bitsPerSample}-bit grey` : undefined);
  return {
    format: "png",
    widthPx,
    heightPx,
    dataType: refusal ? undefined : bitsPerSample === 16 ? "uint16" : "uint8",
    channels: colour.samples,
    bitsPerSample,
    access: "whole",
    isInterlaced: interlace === 1,
    pixelBytes: Math.max(1, (colour.samples * bitsPerSample) / 8),
    ...(refusal === undefined ? {} : { refusal }),
  };
}

/**
 * The compressed pixels: the contents of the IDAT chunks, which are one stream.
 *
 * @throws CirrusError `E_TILE_CORRUPT` when a checksum differs, or a chunk or the end is missing
 */
export function readImageData(bytes: Uint8Array, name: string): readonly Uint8Array[] {
  const view = new DataView(bytes.buffer, bytes.byteOffset, bytes.byteLength);
  const found: Uint8Array[] = [];
  for (let at = signatureBytes; ;) {
    if (at + 12 > bytes.length) throw corruptImage(name, "the file ends too early");
    const length = view.getUint32(at);
    const type = view.getUint32(at + 4);
    if (at + 12 + length > bytes.length) throw corruptImage(name, "the file ends too early");
    if ((type & criticalBit) === 0) checkCrc(bytes, view, at, name);
    if (type === idat) found.push(bytes.subarray(at + 8, at + 8 + length));
    if (type === iend) break;
    at += 12 + length;
  }
  if (found.length === 0) throw corruptImage(name, "PNG without pixels");
  return found;
}

/** @param view - of the same bytes */
function checkCrc(bytes: Uint8Array, view: DataView, at: number, name: string): void {
  const length = view.getUint32(at);
  const stored = view.getUint32(at + 8 + length);
  if (crc32(bytes.subarray(at + 4, at + 8 + length)) !== stored)
    throw corruptImage(name, `checksum of the PNG chunk at byte ${at} differs`);
}
