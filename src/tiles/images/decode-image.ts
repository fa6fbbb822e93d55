/** Any image file that holds one image, to pixels: the format by its first bytes. */
import { CirrusError } from "../../core/errors.js";
import { memorySource, type ByteSource } from "../byte-source.js";
import type { PixelBox, Tile, TileLocation } from "../contracts.js";
import { decodePage } from "../tiff/decode-page.js";
import { openTiff, pageAt } from "../tiff/open-tiff.js";
import { formatOf, unsupportedImage } from "./image-form.js";
import { streamedBytes } from "../row-batches.js";
import { decodeJpeg, decodeJpegPart } from "./jpeg/decode-jpeg.js";
import { decodePng } from "./png/decode-png.js";
import { headerBytes, readPngHeader, type PngHeader } from "./png/png-chunks.js";
import { pixelBytesOf, streamPng } from "./png/stream-png.js";

/**
 * Decodes a PNG, JPEG or one-page TIFF exactly as it is stored, or refuses it.
 *
 * @param bytes - the whole file
 * @param name - what messages call it
 * @param part - the tile covers at least this
 * @throws CirrusError `E_TILE_CORRUPT` (truncated or altered), `E_SOURCE_UNSUPPORTED` (a form that would not be exact)
 */
export async function decodeImage(bytes: Uint8Array, name: string, part?: PixelBox): Promise<Tile> {
  const format = formatOf(bytes);
  if (format === "png") {
    const header = readPngHeader(bytes, name);
    return isStreamed(header) ? streamPng(memorySource(bytes), header, { name, part }) : decodePng(bytes, name, part);
  }
  if (format === "jpeg") return decodeJpeg(bytes, name, part);
  if (format === "tiff") return decodeTiffImage(memorySource(bytes), name, part);
  // Full of zeros, cut off, an error page instead of an image: the file is not what its name says.
  throw new CirrusError(
    "E_TILE_CORRUPT",
    `${name} is damaged: it is no PNG, JPEG or TIFF image (${bytes.length} bytes)`,
    { context: { location: name } },
  );
}

/** Files up to this size are read whole at once; bigger ones are looked at first. */
const smallFileBytes = 2 ** 20;

/**
 * `TileProcessor.decode` for plugins whose tiles are image files. Big images are read and decoded by rows or blocks, so that a part of a
 * section needs the memory of the part; a big JPEG needs it when the source is a local file.
 *
 * @throws CirrusError as `decodeImage`; `E_TILE_MISSING` when there is nothing at the location
 */
export async function decodeImageTile(location: TileLocation, source: ByteSource, part?: PixelBox): Promise<Tile> {
  const { url } = location;
  const sizeBytes = await source.sizeBytes();
  if (sizeBytes === undefined) throw new CirrusError("E_TILE_MISSING", `no tile at ${url}`, { context: { location } });
  if (sizeBytes > smallFileBytes) return decodeBigImage(source, url, part);
  const bytes = await source.bytes();
  if (!bytes) throw new CirrusError("E_TILE_MISSING", `no tile at ${url}`, { context: { location } });
  return decodeImage(bytes, url, part);
}

async function decodeBigImage(source: ByteSource, name: string, part: PixelBox | undefined): Promise<Tile> {
  const head = (await source.range(0, headerBytes)) ?? new Uint8Array(0);
  const format = formatOf(head);
  if (format === "tiff") return decodeTiffImage(source, name, part);
  if (format === "png") {
    const header = readPngHeader(head, name);
    if (isStreamed(header)) return streamPng(source, header, { name, part });
  }
  if (format === "jpeg" && part) return decodeJpegPart(source, name, part);
  return decodeImage((await source.bytes()) ?? head, name, part);
}

/** An interlaced image begins with pixels of all its rows, so that it must be whole in memory. */
const isStreamed = (header: PngHeader): boolean =>
  header.refusal === undefined && !header.isInterlaced && pixelBytesOf(header) > streamedBytes;

async function decodeTiffImage(source: ByteSource, name: string, part?: PixelBox): Promise<Tile> {
  const index = await openTiff(source, name);
  if (index.pageCount > 1)
    throw unsupportedImage(name, `a TIFF with ${index.pageCount} pages where one image is expected`);
  return decodePage((await pageAt(index, 0, source))!, part);
}
