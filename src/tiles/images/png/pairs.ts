/**
 * PNGs that are read at the same time are decoded two by two: the kernel that inflates fills the waiting times of one stream with steps of
 * the other, 1.5 times as fast as one after another.
 */
import { decodeRows, fitsKernels, type CompressedRows } from "../../../kernels/png-rows.js";

interface Waiting {
  readonly rows: CompressedRows;
  resolve(rows: Uint8Array | undefined): void;
}

let readersUnderWay = 0;
let waiting: Waiting | undefined;

/** Runs a reader of one tile, so that a PNG in it may wait for one of another reader under way. */
export async function besideOthers<T>(readTile: () => Promise<T>): Promise<T> {
  readersUnderWay++;
  try {
    return await readTile();
  } finally {
    readersUnderWay--;
    decodeLoneOne();
  }
}

/** @returns the rows un-filtered; undefined for images that are not for the kernels, or are damaged */
export async function decodeBesideOthers(rows: CompressedRows): Promise<Uint8Array | undefined> {
  if (!fitsKernels(rows)) return undefined;
  const other = waiting;
  if (other) {
    waiting = undefined;
    const [first, second] = decodeRows([other.rows, rows]);
    other.resolve(first);
    return second;
  }
  if (readersUnderWay < 2) return decodeRows([rows])[0];
  return new Promise((resolve) => {
    waiting = { rows, resolve };
  });
}

/** The last one waits for nobody: every other reader came to its end without a PNG. */
function decodeLoneOne(): void {
  if (!waiting || readersUnderWay > 1) return;
  const { rows, resolve } = waiting;
  waiting = undefined;
  resolve(decodeRows([rows])[0]);
}
