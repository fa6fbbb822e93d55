/**
 * JPEG to pixels by libvips: 8-bit grey (one component) and RGB (three).
 *
 * Not by @julusian/jpeg-turbo 2.3.0, though it is 2.5 times as fast: it always decodes with the fast integer DCT, which gave half of
 * the pixels of a quality-90 section another value than every standard decoder gives (up to 5 of 255), and it
 * reports a truncated file as "No error".
 */
import type { default as Sharp } from "sharp";
import { messageOf } from "../../../core/errors.js";
import type { Tile } from "../../contracts.js";
import { corruptImage, unsupportedImage } from "../image-form.js";
import { toPlanes } from "../planes.js";
import { readJpegHeader, segmentsOf } from "./jpeg-header.js";

/**
 * @param bytes - the whole file
 * @param name - for messages
 * @throws CirrusError `E_TILE_CORRUPT` (cut off, or damaged where the decoder can see it: JPEG has no checksum), `E_SOURCE_UNSUPPORTED`
 */
export async function decodeJpeg(bytes: Uint8Array, name: string): Promise<Tile> {
  const header = readJpegHeader(bytes, name);
  if (!header) throw corruptImage(name, "the file ends before the JPEG frame header");
  if (header.refusal !== undefined) throw unsupportedImage(name, `JPEG with ${header.refusal}`);
  const { widthPx, heightPx, channels } = header;
  const sharp = await loadSharp();
  const plain = channels === 1 ? bytes : withoutProfiles(bytes, name);
  // "warning" is the strictest: the end came too early, a Huffman code does not exist, ...
  const image = sharp(plain, { failOn: "warning", limitInputPixels: false })
    .toColourspace(channels === 1 ? "b-w" : "srgb")
    .raw({ depth: "uchar" });
  const decoded = await image.toBuffer({ resolveWithObject: true }).catch((cause: unknown) => {
    throw corruptImage(name, messageOf(cause), cause);
  });
  const { info, data } = decoded;
  if (info.channels !== channels || info.width !== widthPx || info.height !== heightPx)
    throw unsupportedImage(name, `JPEG that decodes to ${info.width} x ${info.height} x ${info.channels}`);
  return {
    data: toPlanes(new Uint8Array(data.buffer, data.byteOffset, data.byteLength), "uint8", channels),
    dataType: "uint8",
    channels,
    widthPx,
    heightPx,
    covers: { x0: 0, y0: 0, x1: widthPx, y1: heightPx },
  };
}

let loaded: Promise<typeof Sharp> | undefined;

/** At the first JPEG: the library takes 30 ms to load, and PNG and TIFF stacks never need it. */
function loadSharp(): Promise<typeof Sharp> {
  loaded ??= import("sharp").then(({ default: sharp }) => {
    sharp.cache(false); // every tile is decoded once
    sharp.concurrency(1); // processes share the cores already
    return sharp;
  });
  return loaded;
}

/** A colour profile would make libvips convert the pixels; only the JFIF and Adobe segments say how they are stored. */
function withoutProfiles(bytes: Uint8Array, name: string): Uint8Array {
  const kept: Uint8Array[] = [bytes.subarray(0, 2)];
  let end = 2;
  for (const { marker, at, length } of segmentsOf(bytes, name)) {
    const isProfile = (marker > 0xe0 && marker <= 0xef && marker !== 0xee) || marker === 0xfe;
    if (!isProfile) kept.push(bytes.subarray(at, at + length));
    end = at + length;
  }
  return Buffer.concat([...kept, bytes.subarray(end)]);
}
