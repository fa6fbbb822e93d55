/** PNGs that are too big for memory, row by row: nothing but the part and a few rows is ever held. */
import { asVoxels, bytesPerVoxel, newVoxels, type VoxelArray } from "../../../core/data-type.js";
import { isCirrusError, messageOf } from "../../../core/errors.js";
import { crc32 } from "../../../kernels/crc32.js";
import type { ByteSource } from "../../byte-source.js";
import { clipPart } from "../../clip-part.js";
import type { PixelBox, Tile } from "../../contracts.js";
import { inflatePieces, rowBatches } from "../../row-batches.js";
import { corruptImage } from "../image-form.js";
import { criticalBit, idat, iend, signatureBytes, type PngHeader } from "./png-chunks.js";
import { unfilter } from "./unfilter.js";

/** Bytes of pixels when they are decoded. */
export const pixelBytesOf = ({ widthPx, heightPx, pixelBytes }: PngHeader): number => widthPx * heightPx * pixelBytes;

/**
 * @param header - of a form that is given out and not interlaced
 * @returns a tile that covers exactly `part`, as far as the image goes
 * @throws CirrusError `E_TILE_CORRUPT` when anything up to the part's last row is damaged
 */
export async function streamPng(source: ByteSource, header: PngHeader, { name, part }: StreamedPart): Promise<Tile> {
  const { widthPx, heightPx, channels, pixelBytes } = header;
  const dataType = header.dataType!; // every form that is given out has one
  const covers = clipPart(part, header);
  const width = covers.x1 - covers.x0;
  const area = width * (covers.y1 - covers.y0);
  const data = newVoxels(dataType, area * channels);
  const rowBytes = widthPx * pixelBytes;
  // The last row of a batch is kept in front of the next one: its filters refer to it.
  let above: Uint8Array | undefined;
  let next = 0;
  try {
    const pieces = inflatePieces(imageDataPieces(source, name));
    for await (const batch of rowBatches(pieces, { rowBytes: rowBytes + 1, start: 0, stop: covers.y1 })) {
      const rows = undoBatch(batch.bytes, above, { rowBytes, rows: batch.rows, pixelBytes });
      above = rows.slice((batch.rows - 1) * rowBytes);
      const first = Math.max(batch.firstRow, covers.y0);
      for (let y = first; y < batch.firstRow + batch.rows; y++) {
        const from = (y - batch.firstRow) * rowBytes + covers.x0 * pixelBytes;
        const row = rows.slice(from, from + width * pixelBytes);
        if (bytesPerVoxel(dataType) === 2) Buffer.from(row.buffer).swap16();
        pasteRow(asVoxels(dataType, row), { data, channels, area, at: (y - covers.y0) * width });
      }
      next = batch.firstRow + batch.rows;
    }
  } catch (cause) {
    if (isCirrusError(cause)) throw cause;
    throw corruptImage(name, `its pixels do not decompress (${messageOf(cause)})`, cause);
  }
  if (next < covers.y1) throw corruptImage(name, `its pixels end at row ${next}`);
  return { data, dataType, channels, widthPx, heightPx, covers };
}

interface StreamedPart {
  readonly name: string;
  readonly part: PixelBox | undefined;
}

interface BatchRows {
  readonly rowBytes: number;
  readonly rows: number;
  readonly pixelBytes: number;
}

/** Un-filters rows that follow `above`, in memory of their own. */
function undoBatch(
  filtered: Uint8Array,
  above: Uint8Array | undefined,
  { rowBytes, rows, pixelBytes }: BatchRows,
): Uint8Array {
  if (!above) return unfilter(new Uint8Array(filtered), { rowBytes, rows, pixelBytes });
  const stride = rowBytes + 1;
  const withAbove = new Uint8Array(stride + filtered.length); // its first byte stays 0: no filter
  withAbove.set(above, 1);
  withAbove.set(filtered, stride);
  return unfilter(withAbove, { rowBytes, rows: rows + 1, pixelBytes }).subarray(rowBytes);
}

interface Place {
  readonly data: VoxelArray;
  readonly channels: number;
  /** Voxels of a plane. */
  readonly area: number;
  readonly at: number;
}

function pasteRow(row: VoxelArray, { data, channels, area, at }: Place): void {
  const width = row.length / channels;
  for (let channel = 0; channel < channels; channel++)
    for (let x = 0, from = channel; x < width; x++, from += channels) data[channel * area + at + x] = row[from]!;
}

const windowBytes = 2 ** 20;

/** The bytes of the IDAT chunks; every critical chunk's checksum is compared when its end is reached. */
async function* imageDataPieces(source: ByteSource, name: string): AsyncGenerator<Uint8Array> {
  let held: Uint8Array = new Uint8Array(0);
  let heldAt = 0;
  const read = async (at: number, length: number): Promise<Uint8Array> => {
    if (at < heldAt || at + length > heldAt + held.length) {
      held = (await source.range(at, Math.max(length, windowBytes))) ?? held.subarray(0, 0);
      heldAt = at;
      if (held.length < length) throw corruptImage(name, "the file ends too early");
    }
    return held.subarray(at - heldAt, at - heldAt + length);
  };
  for (let at = signatureBytes; ;) {
    const head = await read(at, 8);
    const view = new DataView(head.buffer, head.byteOffset, 8);
    const [length, type] = [view.getUint32(0), view.getUint32(4)];
    const isCritical = (type & criticalBit) === 0;
    if (type === iend) return;
    let crc = isCritical ? crc32(head.subarray(4)) : 0;
    for (let done = 0; isCritical && done < length;) {
      const piece = await read(at + 8 + done, Math.min(length - done, windowBytes));
      crc = crc32(piece, crc);
      done += piece.length;
      if (type === idat) yield piece;
    }
    const stored = await read(at + 8 + length, 4);
    if (isCritical && new DataView(stored.buffer, stored.byteOffset, 4).getUint32(0) !== crc)
      throw corruptImage(name, `checksum of the PNG chunk at byte ${at} differs`);
    at += 12 + length;
  }
}
