/** PNG to pixels, exactly as stored: 8 and 16 bit grey and RGB, interlaced too. Everything else is refused. */
import { inflateSync } from "node:zlib";
import { asVoxels } from "../../../core/data-type.js";
import { giveBytes } from "../../../kernels/arena.js";
import { clipPart } from "../../clip-part.js";
import type { PixelBox, Tile } from "../../contracts.js";
import { corruptImage, unsupportedImage } from "../image-form.js";
import { toPlanes } from "../planes.js";
import { decodeBesideOthers } from "./pairs.js";
import { passesOf, scatterPass, type Pass } from "./interlace.js";
import { readImageData, readPngHeader, type PngHeader } from "./png-chunks.js";
import { unfilter } from "./unfilter.js";

/**
 * Gamma, colour profile and transparent-colour chunks say how to show the pixels and change none of them.
 *
 * @param bytes - the whole file
 * @param name - for messages
 * @param part - rows below it are not un-filtered; the cover is as wide as the image
 * @throws CirrusError `E_TILE_CORRUPT`, `E_SOURCE_UNSUPPORTED`
 */
export async function decodePng(bytes: Uint8Array, name: string, part?: PixelBox): Promise<Tile> {
  const header = readPngHeader(bytes, name);
  if (header.refusal !== undefined || !header.dataType) throw unsupportedImage(name, `PNG with ${header.refusal}`);
  const { widthPx, heightPx, channels, dataType, isInterlaced } = header;
  const { y0, y1 } = clipPart(isInterlaced ? undefined : part, header);
  const rows = isInterlaced ? interlacedRows(bytes, header, name) : await plainRows(bytes, { header, name, stop: y1 });
  const wanted = rows.subarray(y0 * widthPx * header.pixelBytes, y1 * widthPx * header.pixelBytes);
  if (dataType === "uint16") Buffer.from(wanted.buffer, wanted.byteOffset, wanted.byteLength).swap16(); // stored big-endian
  return {
    data: toPlanes(asVoxels(dataType, wanted), dataType, channels),
    dataType,
    channels,
    widthPx,
    heightPx,
    covers: { x0: 0, y0, x1: widthPx, y1 },
    release: () => void giveBytes(rows),
  };
}

interface PlainRows {
  readonly header: PngHeader;
  readonly name: string;
  /** Rows before this one are un-filtered. */
  readonly stop: number;
}

async function plainRows(bytes: Uint8Array, { header, name, stop }: PlainRows): Promise<Uint8Array> {
  const { widthPx, heightPx, pixelBytes } = header;
  const rowBytes = widthPx * pixelBytes;
  const compressed = readImageData(bytes, name);
  const rows = await decodeBesideOthers({ compressed, rowBytes, rows: heightPx, stop, pixelBytes });
  if (rows) return rows;
  // zlib has the last word on what is damaged, and how.
  const filtered = inflate(compressed, (rowBytes + 1) * heightPx, name);
  return unfilterOrThrow(filtered, { widthPx, heightPx: stop, pixelBytes }, name);
}

function interlacedRows(bytes: Uint8Array, header: PngHeader, name: string): Uint8Array {
  const passes = passesOf(header);
  const sizeOf = (pass: Pass): number => (pass.widthPx * header.pixelBytes + 1) * pass.heightPx;
  const total = passes.reduce((sum, pass) => sum + sizeOf(pass), 0);
  const filtered = inflate(readImageData(bytes, name), total, name);
  const image = new Uint8Array(header.widthPx * header.heightPx * header.pixelBytes);
  let at = 0;
  for (const pass of passes) {
    const { widthPx, heightPx } = pass;
    const data = filtered.subarray(at, at + sizeOf(pass));
    const rows = unfilterOrThrow(data, { widthPx, heightPx, pixelBytes: header.pixelBytes }, name);
    scatterPass(rows, pass, { image, widthPx: header.widthPx, pixelBytes: header.pixelBytes });
    at += sizeOf(pass);
  }
  return image;
}

function inflate(compressed: readonly Uint8Array[], expectedBytes: number, name: string): Uint8Array {
  let inflated: Uint8Array;
  try {
    // One output buffer of the right size: the default of 16 KB pieces costs a copy and half of the speed.
    inflated = inflateSync(compressed.length === 1 ? compressed[0]! : Buffer.concat(compressed), {
      chunkSize: Math.max(expectedBytes, 64),
    });
  } catch (cause) {
    throw corruptImage(name, "its pixels do not decompress", cause);
  }
  if (inflated.length !== expectedBytes)
    throw corruptImage(name, `${inflated.length} bytes of pixels instead of ${expectedBytes}`);
  return inflated;
}

function unfilterOrThrow(
  data: Uint8Array,
  { widthPx, heightPx, pixelBytes }: { widthPx: number; heightPx: number; pixelBytes: number },
  name: string,
): Uint8Array {
  try {
    return unfilter(data, { rowBytes: widthPx * pixelBytes, rows: heightPx, pixelBytes });
  } catch (cause) {
    throw corruptImage(name, "a row has a filter that PNG does not have", cause);
  }
}
