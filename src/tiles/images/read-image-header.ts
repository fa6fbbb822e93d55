/** Size, type and form of an image file without its pixels: what probing a stack reads of its tiles. */
import { CirrusError } from "../../core/errors.js";
import type { ByteSource } from "../byte-source.js";
import { openTiff, pageAt } from "../tiff/open-tiff.js";
import { corruptImage, formatOf, unsupportedImage, type ImageHeader } from "./image-form.js";
import { readJpegHeader } from "./jpeg/jpeg-header.js";
import { readPngHeader } from "./png/png-chunks.js";

/** Enough for every PNG; JPEGs with big profiles get a second look. */
const firstLookBytes = 65_536;

/**
 * @param name - what messages call the image
 * @returns undefined when there is nothing at the location
 * @throws CirrusError `E_TILE_CORRUPT` when it is no image, `E_SOURCE_UNSUPPORTED` for a TIFF of several pages
 */
export async function readImageHeader(source: ByteSource, name: string): Promise<ImageHeader | undefined> {
  const head = await source.range(0, firstLookBytes);
  if (!head) return undefined;
  const format = formatOf(head);
  if (format === "png") return readPngHeader(head, name);
  if (format === "tiff") return readTiffHeader(source, name);
  if (format === "jpeg") {
    const header = readJpegHeader(head, name) ?? readJpegHeader((await source.bytes()) ?? head, name);
    if (!header) throw corruptImage(name, "the file ends before the JPEG frame header");
    return header;
  }
  throw new CirrusError("E_TILE_CORRUPT", `${name} is damaged: it is no PNG, JPEG or TIFF image`, {
    context: { location: name },
  });
}

async function readTiffHeader(source: ByteSource, name: string): Promise<ImageHeader> {
  const index = await openTiff(source, name);
  if (index.pageCount > 1)
    throw unsupportedImage(name, `a TIFF with ${index.pageCount} pages where one image is expected`);
  return (await pageAt(index, 0, source))!.form;
}
