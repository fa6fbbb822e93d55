/** The frame header of a JPEG file. See ITU-T T.81, annex B. */
import { corruptImage, type ImageHeader } from "../image-form.js";

export interface JpegHeader extends ImageHeader {
  readonly format: "jpeg";
}

/**
 * @param bytes - the file, or enough of its beginning
 * @returns undefined when `bytes` end before the frame header: a big profile or thumbnail comes first
 * @throws CirrusError `E_TILE_CORRUPT` when this is no JPEG
 */
export function readJpegHeader(bytes: Uint8Array, name: string): JpegHeader | undefined {
  for (const segment of segmentsOf(bytes, name)) {
    if (!isFrame(segment.marker)) continue;
    const view = new DataView(bytes.buffer, bytes.byteOffset + segment.at, segment.length);
    if (segment.length < 10) throw corruptImage(name, "the JPEG frame header is cut off");
    const [bitsPerSample, heightPx, widthPx, samples] = [
      view.getUint8(4),
      view.getUint16(5),
      view.getUint16(7),
      view.getUint8(9),
    ];
    if (widthPx === 0 || heightPx === 0) throw corruptImage(name, "JPEG without a size");
    const refusal = refusalOf(segment.marker, bitsPerSample, samples);
    return {
      format: "jpeg",
      widthPx,
      heightPx,
      dataType: refusal ? undefined : "uint8",
      channels: samples,
      bitsPerSample,
      access: "whole",
      ...(refusal === undefined ? {} : { refusal }),
    };
  }
  return undefined;
}

function refusalOf(marker: number, bitsPerSample: number, samples: number): string | undefined {
  // 0 baseline, 1 extended, 2 progressive; the others are lossless, hierarchical or arithmetic and libjpeg-turbo takes few of them.
  if (marker > 0xc2) return `coding process ${marker - 0xc0}`;
  if (bitsPerSample !== 8) return `${bitsPerSample} bits`;
  if (samples === 1 || samples === 3) return undefined;
  return samples === 4 ? "CMYK colours" : `${samples} components`;
}

/** A marker segment: `at` is the place of its 0xff, `length` counts from there. */
export interface Segment {
  readonly marker: number;
  readonly at: number;
  readonly length: number;
}

/** The segments before the first scan, that scan's header included; ends early where `bytes` do. */
export function* segmentsOf(bytes: Uint8Array, name: string): Generator<Segment> {
  let at = 2; // after the start-of-image marker
  while (at + 4 <= bytes.length) {
    if (bytes[at] !== 0xff) throw corruptImage(name, `no JPEG marker at byte ${at}`);
    const marker = bytes[at + 1]!;
    if (marker === 0xff) {
      at++; // a fill byte
      continue;
    }
    const length = 2 + ((bytes[at + 2]! << 8) | bytes[at + 3]!);
    if (length < 4) throw corruptImage(name, `impossible JPEG segment at byte ${at}`);
    if (at + length > bytes.length) return;
    yield { marker, at, length };
    if (marker === 0xda) return;
    at += length;
  }
}

/** SOF0 to SOF15, without the three markers between them that mean something else. */
const isFrame = (marker: number): boolean =>
  marker >= 0xc0 && marker <= 0xcf && marker !== 0xc4 && marker !== 0xc8 && marker !== 0xcc;
