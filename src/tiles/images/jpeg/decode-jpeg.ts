/**
 * JPEG to pixels: 8-bit grey (one component) and RGB (three). Grey baseline images are the kernel's; everything else, and whatever it
 * refuses, is for libvips to decode or to judge. The pixels are the same either way.
 *
 * Not by @julusian/jpeg-turbo 2.3.0: it always decodes with the fast integer DCT, which gave half of the pixels of a quality-90 section
 * another value than every standard decoder gives (up to 5 of 255), and it reports a truncated file as "No error".
 */
import type { default as Sharp } from "sharp";
import { messageOf } from "../../../core/errors.js";
import { giveBytes, takeBytes } from "../../../kernels/arena.js";
import { decodeGreyJpeg } from "../../../kernels/jpeg-decode.js";
import type { ByteSource } from "../../byte-source.js";
import { clipPart } from "../../clip-part.js";
import type { PixelBox, Tile } from "../../contracts.js";
import { streamedBytes } from "../../row-batches.js";
import { corruptImage, unsupportedImage } from "../image-form.js";
import { toPlanes } from "../planes.js";
import { readJpegHeader, segmentsOf, type JpegHeader } from "./jpeg-header.js";

/**
 * @param bytes - the whole file
 * @param name - for messages
 * @param part - of images above 8 MB the tile covers exactly this, as far as the image goes; smaller ones are decoded whole
 * @throws CirrusError `E_TILE_CORRUPT` (cut off, or damaged where the decoder can see it: JPEG has no checksum), `E_SOURCE_UNSUPPORTED`
 */
export async function decodeJpeg(bytes: Uint8Array, name: string, part?: PixelBox): Promise<Tile> {
  const header = readJpegHeader(bytes, name);
  if (!header) throw corruptImage(name, "the file ends before the JPEG frame header");
  const grey = header.channels === 1 ? decodeGreyJpeg(bytes, takeBytes) : undefined;
  if (grey)
    return {
      ...grey,
      dataType: "uint8",
      channels: 1,
      covers: clipPart(undefined, header),
      release: () => void giveBytes(grey.data),
    };
  const input = header.channels === 1 ? bytes : withoutProfiles(bytes, name);
  return decodeWithSharp(input, { header, name, covers: partOf(header, part) });
}

const headBytes = 65_536;

/**
 * A part of a big JPEG: libvips reads a local file piece by piece and drops the rows above the part.
 *
 * @throws CirrusError as `decodeJpeg`, for damage up to the part's last row
 */
export async function decodeJpegPart(source: ByteSource, name: string, part: PixelBox): Promise<Tile> {
  const head = (await source.range(0, headBytes)) ?? new Uint8Array(0);
  const header = readJpegHeader(head, name);
  const hasProfile = [...segmentsOf(head, name)].some(({ marker }) => isProfile(marker));
  if (!header || source.path === undefined || (hasProfile && header.channels > 1))
    return decodeJpeg((await source.bytes()) ?? head, name, part);
  return decodeWithSharp(source.path, { header, name, covers: partOf(header, part) });
}

/** Cutting a small image saves nothing, and libvips cannot cut an empty part. */
function partOf(header: JpegHeader, part: PixelBox | undefined): PixelBox {
  const { widthPx, heightPx, channels } = header;
  const covers = clipPart(part, header);
  const isEmpty = covers.x0 === covers.x1 || covers.y0 === covers.y1;
  return isEmpty || widthPx * heightPx * channels <= streamedBytes ? clipPart(undefined, header) : covers;
}

interface JpegPart {
  readonly header: JpegHeader;
  readonly name: string;
  readonly covers: PixelBox;
}

async function decodeWithSharp(input: Uint8Array | string, { header, name, covers }: JpegPart): Promise<Tile> {
  if (header.refusal !== undefined) throw unsupportedImage(name, `JPEG with ${header.refusal}`);
  const { widthPx, heightPx, channels } = header;
  const [width, height] = [covers.x1 - covers.x0, covers.y1 - covers.y0];
  const sharp = await loadSharp();
  // "warning" is the strictest: the end came too early, a Huffman code does not exist, ...
  const image = sharp(input, { failOn: "warning", limitInputPixels: false });
  const isPart = width < widthPx || height < heightPx;
  const cut = isPart ? image.extract({ left: covers.x0, top: covers.y0, width, height }) : image;
  const pixels = cut.toColourspace(channels === 1 ? "b-w" : "srgb").raw({ depth: "uchar" });
  const { info, data } = await pixels.toBuffer({ resolveWithObject: true }).catch((cause: unknown) => {
    throw corruptImage(name, messageOf(cause), cause);
  });
  if (info.channels !== channels || info.width !== width || info.height !== height)
    throw unsupportedImage(name, `JPEG that decodes to ${info.width} x ${info.height} x ${info.channels}`);
  const samples = new Uint8Array(data.buffer, data.byteOffset, data.byteLength);
  return { data: toPlanes(samples, "uint8", channels), dataType: "uint8", channels, widthPx, heightPx, covers };
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
    if (!isProfile(marker)) kept.push(bytes.subarray(at, at + length));
    end = at + length;
  }
  return Buffer.concat([...kept, bytes.subarray(end)]);
}

const isProfile = (marker: number): boolean => (marker > 0xe0 && marker <= 0xef && marker !== 0xee) || marker === 0xfe;
