/**
 * Strips that are too big for memory: whole sections of 30,000 x 30,000 pixels are often one deflated strip.
 * Everything above the part has to be decoded, and is dropped at once.
 */
import { bytesPerVoxel, type DataType } from "../../core/data-type.js";
import { isCirrusError, messageOf } from "../../core/errors.js";
import { corruptImage } from "../images/image-form.js";
import { rowBatches, streamedBytes } from "../row-batches.js";
import { decodedBytes, type Block } from "./blocks.js";
import { decompressPieces, isDeflate } from "./decompress.js";
import { readableType, type Page } from "./page.js";
import { pasteRows, toSamples, type Target } from "./samples.js";
import { storedPieces } from "./stored-pieces.js";
import { keepCursor, takeCursor } from "./strip-cursors.js";

export const isStreamed = (block: Block, dataType: DataType): boolean => decodedBytes(block, dataType) > streamedBytes;

/** @throws CirrusError `E_TILE_CORRUPT` when a row that is wanted cannot be decoded */
export async function streamBlock(page: Page, block: Block, target: Target): Promise<void> {
  const { form, file, source, name } = page;
  const dataType = readableType(form, name);
  const top = block.covers.y0;
  const wanted = {
    start: Math.max(0, target.covers.y0 - top),
    stop: Math.min(block.covers.y1, target.covers.y1) - top,
  };
  const rowBytes = block.storedWidthPx * block.channels * bytesPerVoxel(dataType);
  const pasteBatch = (firstRow: number, bytes: Uint8Array): void => {
    const rows = bytes.length / rowBytes;
    const covers = { ...block.covers, y0: top + firstRow, y1: top + firstRow + rows };
    const batch = { ...block, covers, storedHeightPx: rows };
    pasteRows(toSamples(page, batch, bytes), batch, target);
  };
  let next = wanted.start;
  const cursor = isDeflate(form.compression) ? takeCursor(file, block.offset, wanted.start) : undefined;
  if (cursor) {
    const strip = { source, range: block, rowBytes, rows: block.covers.y1 - top, name };
    const isRead = await cursor.readTo(wanted.stop, strip, (firstRow, rows) => {
      // Above the part there is nothing to paste.
      const from = Math.min(Math.max(0, wanted.start - firstRow) * rowBytes, rows.length);
      if (from < rows.length) pasteBatch(firstRow + from / rowBytes, rows.subarray(from));
    });
    if (isRead && cursor.nextRow >= wanted.stop) return keepCursor(file, block.offset, cursor);
    // Else zlib reads it again from the top: to the place of the damage, whose rows above may be what is wanted.
  }
  const pieces = decompressPieces(form.compression, storedPieces(source, block, name));
  try {
    for await (const { firstRow, rows, bytes } of rowBatches(pieces, { rowBytes, ...wanted })) {
      pasteBatch(firstRow, bytes);
      next = firstRow + rows;
    }
  } catch (cause) {
    if (isCirrusError(cause)) throw cause;
    throw corruptImage(name, `its pixels do not decompress (${messageOf(cause)})`, cause);
  }
  if (next < wanted.stop)
    throw corruptImage(name, `its pixels end at row ${top + next} instead of ${top + wanted.stop}`);
}
