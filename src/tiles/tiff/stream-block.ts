/**
 * Strips that are too big for memory: whole sections of 30,000 x 30,000 pixels are often one deflated strip.
 * Everything above the part has to be decoded, and is dropped at once.
 */
import { bytesPerVoxel, type DataType } from "../../core/data-type.js";
import { isCirrusError, messageOf } from "../../core/errors.js";
import { corruptImage } from "../images/image-form.js";
import { rowBatches, streamedBytes } from "../row-batches.js";
import { decodedBytes, type Block } from "./blocks.js";
import { decompressPieces } from "./decompress.js";
import { readableType, type Page } from "./page.js";
import { pasteRows, toSamples, type Target } from "./samples.js";
import { storedPieces } from "./stored-pieces.js";

export const isStreamed = (block: Block, dataType: DataType): boolean => decodedBytes(block, dataType) > streamedBytes;

/** @throws CirrusError `E_TILE_CORRUPT` when a row that is wanted cannot be decoded */
export async function streamBlock(page: Page, block: Block, target: Target): Promise<void> {
  const { form, source, name } = page;
  const dataType = readableType(form, name);
  const top = block.covers.y0;
  const stop = Math.min(block.covers.y1, target.covers.y1) - top;
  const rowBytes = block.storedWidthPx * block.channels * bytesPerVoxel(dataType);
  const pieces = decompressPieces(form.compression, storedPieces(source, block, name));
  let next = Math.max(0, target.covers.y0 - top);
  try {
    for await (const { firstRow, rows, bytes } of rowBatches(pieces, { rowBytes, start: next, stop })) {
      const covers = { ...block.covers, y0: top + firstRow, y1: top + firstRow + rows };
      const batch = { ...block, covers, storedHeightPx: rows };
      pasteRows(toSamples(page, batch, bytes), batch, target);
      next = firstRow + rows;
    }
  } catch (cause) {
    if (isCirrusError(cause)) throw cause;
    throw corruptImage(name, `its pixels do not decompress (${messageOf(cause)})`, cause);
  }
  if (next < stop) throw corruptImage(name, `its pixels end at row ${top + next} instead of ${top + stop}`);
}
