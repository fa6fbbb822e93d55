/** The strips or tiles of a page: which of them a part needs, and where they are in the file. */
import type { PixelBox } from "../contracts.js";
import { corruptImage } from "../images/image-form.js";
import { readNumbers } from "./directories.js";
import { uncompressed } from "./decompress.js";
import { pixelBytesOf, tags, type Page } from "./page.js";
import { bytesPerVoxel, type DataType } from "../../core/data-type.js";

/** One strip or tile: what it covers of the page, and the bytes that hold it. */
export interface Block {
  readonly covers: PixelBox;
  /** The first of its channels, and how many lie side by side in it. */
  readonly channel: number;
  readonly channels: number;
  /** Rows and row length as stored: tiles at the edge are padded, strips are not. */
  readonly storedWidthPx: number;
  readonly storedHeightPx: number;
  readonly offset: number;
  readonly lengthBytes: number;
}

/** No compression that is read makes more of a byte: LZW has strings of up to 4096 bytes per 12 bits, deflate 1032. */
const highestRatio = 2731;

/**
 * Blocks that `part` touches, in file order of the page's table.
 *
 * @throws CirrusError `E_TILE_CORRUPT` when a block lies behind the end of the file or the table is too short
 */
export async function blocksOf(page: Page, part: PixelBox, dataType: DataType): Promise<Block[]> {
  const { form } = page;
  const across = Math.ceil(form.widthPx / form.blockWidthPx);
  const down = Math.ceil(form.heightPx / form.blockHeightPx);
  const planes = form.isPlanar ? form.channels : 1;
  const offsets = await readNumbers(page, form.isTiled ? tags.tileOffsets : tags.stripOffsets);
  const lengths = await readNumbers(page, form.isTiled ? tags.tileByteCounts : tags.stripByteCounts);
  const needed = across * down * planes;
  const isPlain = form.compression === uncompressed;
  const rowBytes = form.blockWidthPx * pixelBytesOf(form, dataType);
  if (offsets.length < needed || (lengths.length < needed && !isPlain))
    throw corruptImage(page.name, `${offsets.length} strips or tiles are listed instead of ${needed}`);

  const blocks: Block[] = [];
  for (let plane = 0; plane < planes; plane++)
    for (let row = Math.floor(part.y0 / form.blockHeightPx); row * form.blockHeightPx < part.y1; row++)
      for (let column = Math.floor(part.x0 / form.blockWidthPx); column * form.blockWidthPx < part.x1; column++) {
        const i = (plane * down + row) * across + column;
        const [x0, top] = [column * form.blockWidthPx, row * form.blockHeightPx];
        const bottom = Math.min(top + form.blockHeightPx, form.heightPx);
        // Rows that are not compressed can be read without those around them.
        const [y0, y1] = isPlain ? [Math.max(top, part.y0), Math.min(bottom, part.y1)] : [top, bottom];
        const storedHeightPx = form.isTiled && !isPlain ? form.blockHeightPx : y1 - y0;
        const offset = offsets[i]! + page.planeOffset + (y0 - top) * rowBytes;
        const lengthBytes = isPlain ? storedHeightPx * rowBytes : lengths[i]!;
        if (offset + lengthBytes > page.file.sizeBytes)
          throw corruptImage(page.name, "the file ends before its pixels do");
        if (storedHeightPx * rowBytes > lengthBytes * highestRatio + 64)
          throw corruptImage(
            page.name,
            `${lengthBytes} bytes cannot hold ${storedHeightPx * rowBytes} bytes of pixels`,
          );
        blocks.push({
          covers: { x0, y0, x1: Math.min(x0 + form.blockWidthPx, form.widthPx), y1 },
          channel: plane,
          channels: form.isPlanar ? 1 : form.channels,
          storedWidthPx: form.blockWidthPx,
          storedHeightPx,
          offset,
          lengthBytes,
        });
      }
  return blocks;
}

/** Bytes of the block when it is decoded. */
export const decodedBytes = (block: Block, dataType: DataType): number =>
  block.storedWidthPx * block.storedHeightPx * block.channels * bytesPerVoxel(dataType);
