/** Decodes images that are too big for memory: stored bytes come in pieces, rows go out in batches, and nothing is kept. */
import { Readable, pipeline } from "node:stream";
import { createInflate } from "node:zlib";
import { Garbage } from "./garbage.js";

/** Images whose decoded bytes are more than this go row by row: a worker's plan counts on 24 MB for one tile beside its voxels. */
export const streamedBytes = 8 * 2 ** 20;

const batchBytes = 2 ** 18;
const inflatedPieceBytes = 2 ** 18;

/**
 * Inflates a zlib stream (RFC 1950) piece by piece, on a thread of its own while the caller works on the piece before.
 *
 * @returns pieces as they come; throws zlib's error where the data are broken or end too early
 */
export async function* inflatePieces(stored: AsyncIterable<Uint8Array>): AsyncGenerator<Uint8Array> {
  const inflate = createInflate({ chunkSize: inflatedPieceBytes });
  // Errors of either side reach the loop below; an early end of it stops both.
  pipeline(Readable.from(stored, { highWaterMark: 1 }), inflate, () => undefined);
  const garbage = new Garbage();
  for await (const piece of inflate) {
    yield piece as Uint8Array; // a Transform in byte mode gives Buffers
    garbage.add(inflatedPieceBytes);
  }
}

/** Whole rows, one after another. */
export interface RowBatch {
  readonly firstRow: number;
  readonly rows: number;
  /** `rows * rowBytes`; valid until the next batch is asked for. The receiver may change them. */
  readonly bytes: Uint8Array;
}

export interface RowRange {
  readonly rowBytes: number;
  /** Rows before it are dropped. */
  readonly start: number;
  /** Nothing is read beyond this row. */
  readonly stop: number;
}

/** Cuts a stream of rows into batches. Ends early where the pieces do: the receiver counts. */
export async function* rowBatches(pieces: AsyncIterable<Uint8Array>, range: RowRange): AsyncGenerator<RowBatch> {
  const { rowBytes, start, stop } = range;
  if (start >= stop) return;
  const batchRows = Math.max(1, Math.min(Math.floor(batchBytes / rowBytes), stop - start));
  const batch = new Uint8Array(batchRows * rowBytes);
  let toDrop = start * rowBytes;
  let firstRow = start;
  let filled = 0;
  for await (const piece of pieces) {
    let at = Math.min(toDrop, piece.length);
    toDrop -= at;
    while (at < piece.length) {
      const wanted = Math.min(batchRows, stop - firstRow) * rowBytes;
      const taken = piece.subarray(at, at + wanted - filled);
      batch.set(taken, filled);
      at += taken.length;
      filled += taken.length;
      if (filled < wanted) continue;
      yield { firstRow, rows: wanted / rowBytes, bytes: batch.subarray(0, wanted) };
      firstRow += wanted / rowBytes;
      filled = 0;
      if (firstRow >= stop) return;
    }
  }
  const rows = Math.floor(filled / rowBytes);
  if (rows > 0) yield { firstRow, rows, bytes: batch.subarray(0, rows * rowBytes) };
}
