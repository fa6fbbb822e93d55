/** Any image file that holds one image, to pixels: the format by its first bytes. */
import { CirrusError } from "../../core/errors.js";
import { memorySource, type ByteSource } from "../byte-source.js";
import type { PixelBox, Tile, TileLocation } from "../contracts.js";
import { decodePage } from "../tiff/decode-page.js";
import { openTiff, pageAt } from "../tiff/open-tiff.js";
import { formatOf, unsupportedImage } from "./image-form.js";
import { decodeJpeg } from "./jpeg/decode-jpeg.js";
import { decodePng } from "./png/decode-png.js";

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
  if (format === "png") return decodePng(bytes, name, part);
  if (format === "jpeg") return decodeJpeg(bytes, name);
  if (format === "tiff") return decodeTiffImage(memorySource(bytes), name, part);
  // Full of zeros, cut off, an error page instead of an image: the file is not what its name says.
  throw new CirrusError(
    "E_TILE_CORRUPT",
    `${name} is damaged: it is no PNG, JPEG or TIFF image (${bytes.length} bytes)`,
    {
      context: { location: name },
    },
  );
}

/**
 * `TileProcessor.decode` for plugins whose tiles are image files: a TIFF is read by the ranges that `part` needs, other formats whole.
 *
 * @throws CirrusError as `decodeImage`; `E_TILE_MISSING` when there is nothing at the location
 */
export async function decodeImageTile(location: TileLocation, source: ByteSource, part?: PixelBox): Promise<Tile> {
  const { url } = location;
  if (/\.tiff?$/i.test(url)) {
    const head = await source.range(0, 8);
    if (head && formatOf(head) === "tiff") return decodeTiffImage(source, url, part);
  }
  const bytes = await source.bytes();
  if (!bytes) throw new CirrusError("E_TILE_MISSING", `no tile at ${url}`, { context: { location } });
  return decodeImage(bytes, url, part);
}

async function decodeTiffImage(source: ByteSource, name: string, part?: PixelBox): Promise<Tile> {
  const index = await openTiff(source, name);
  if (index.pageCount > 1)
    throw unsupportedImage(name, `a TIFF with ${index.pageCount} pages where one image is expected`);
  return decodePage((await pageAt(index, 0, source))!, part);
}
