/** Strips and tiles that are JPEG streams (compression 7). See Adobe's TIFF technical note 2. */
import { corruptImage } from "../images/image-form.js";
import { decodeJpeg } from "../images/jpeg/decode-jpeg.js";
import { segmentsOf } from "../images/jpeg/jpeg-header.js";
import type { Block } from "./blocks.js";
import { readNumbers } from "./directories.js";
import { photometrics, tags, type Page } from "./page.js";
import { pasteRows, type Target } from "./samples.js";

/** The tables that all blocks of the page share; empty when each has its own. */
export const jpegTables = async (page: Page): Promise<Uint8Array> =>
  Uint8Array.from(await readNumbers(page, tags.jpegTables));

interface StoredJpeg {
  readonly block: Block;
  readonly stored: Uint8Array;
  readonly tables: Uint8Array;
}

/**
 * @param jpeg - `tables` from `jpegTables`
 * @throws CirrusError `E_TILE_CORRUPT`, `E_SOURCE_UNSUPPORTED`
 */
export async function pasteJpeg(page: Page, { block, stored, tables }: StoredJpeg, target: Target): Promise<void> {
  const { form, name } = page;
  const { covers } = block;
  const wanted = {
    x0: Math.max(0, target.covers.x0 - covers.x0),
    y0: Math.max(0, target.covers.y0 - covers.y0),
    x1: target.covers.x1 - covers.x0,
    y1: target.covers.y1 - covers.y0,
  };
  const tile = await decodeJpeg(wholeStream({ stored, tables, photometric: form.photometric, name }), name, wanted);
  try {
    const { widthPx, heightPx, channels } = tile;
    if (widthPx !== block.storedWidthPx || heightPx < covers.y1 - covers.y0 || channels !== block.channels)
      throw corruptImage(
        name,
        `a JPEG of ${widthPx} x ${heightPx} x ${channels} instead of ${block.storedWidthPx} x ${block.storedHeightPx} x ${block.channels}`,
      );
    const part = {
      x0: covers.x0 + tile.covers.x0,
      y0: covers.y0 + tile.covers.y0,
      x1: Math.min(covers.x0 + tile.covers.x1, covers.x1),
      y1: Math.min(covers.y0 + tile.covers.y1, covers.y1),
    };
    const storedWidthPx = tile.covers.x1 - tile.covers.x0;
    const planeLength = storedWidthPx * (tile.covers.y1 - tile.covers.y0);
    for (let channel = 0; channel < channels; channel++) {
      const plane = tile.data.subarray(channel * planeLength, (channel + 1) * planeLength);
      const one = { ...block, covers: part, storedWidthPx, channel: block.channel + channel, channels: 1 };
      pasteRows(plane, one, target);
    }
  } finally {
    tile.release?.();
  }
}

const startOfImage = [0xff, 0xd8];
/** Says how three components are to be read: 0 as they are, 1 as YCbCr. The page's own tag is what counts, and decoders would guess. */
const adobeMarker = (transform: number): number[] =>
  [0xff, 0xee, 0, 14, 0x41, 0x64, 0x6f, 0x62, 0x65, 0, 100, 0, 0, 0, 0].concat(transform);

interface StreamParts extends Omit<StoredJpeg, "block"> {
  readonly photometric: number;
  readonly name: string;
}

/** A file that every JPEG decoder reads: the tables, and the stream without the segments of applications. */
function wholeStream({ stored, tables, photometric, name }: StreamParts): Uint8Array {
  const isYcbcr = photometric === photometrics.ycbcr;
  const isColour = isYcbcr || photometric === photometrics.rgb;
  const parts: Uint8Array[] = [Uint8Array.from([...startOfImage, ...(isColour ? adobeMarker(isYcbcr ? 1 : 0) : [])])];
  for (const bytes of [tables, stored]) {
    if (bytes.length === 0) continue;
    if (bytes[0] !== startOfImage[0] || bytes[1] !== startOfImage[1])
      throw corruptImage(name, "a strip or tile that is no JPEG");
    let end = 2;
    for (const { marker, at, length } of segmentsOf(withoutEnd(bytes), name)) {
      if (marker < 0xe0 || marker > 0xef) parts.push(bytes.subarray(at, at + length));
      end = at + length;
    }
    if (bytes === stored) parts.push(bytes.subarray(end));
  }
  return Buffer.concat(parts);
}

/** Tables end with the marker of an image's end, which is no segment. */
const withoutEnd = (bytes: Uint8Array): Uint8Array =>
  bytes.at(-2) === 0xff && bytes.at(-1) === 0xd9 ? bytes.subarray(0, -2) : bytes;
