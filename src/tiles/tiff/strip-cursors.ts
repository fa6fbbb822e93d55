/**
 * Deflated strips that are too big for memory, left in the middle: the next task of a worker usually goes on below the one before, and
 * need not inflate again what is above. A section of 30,000 x 30,000 pixels in one strip is read in 40 bands; from the top each time,
 * it would be inflated 20 times.
 */
import { InflateStream } from "../../kernels/inflate-stream.js";
import type { ByteSource } from "../byte-source.js";
import { corruptImage } from "../images/image-form.js";
import type { StoredRange } from "./stored-pieces.js";
import type { TiffFile } from "./directories.js";

/** What all cursors that wait may hold: a slab of 64 sections takes 4 MB. */
const mostHeldBytes = 8e6;
const inputBytes = 2 ** 20;
const pieceBytes = 2 ** 18;

export class StripCursor {
  readonly #stream: InflateStream;
  /** Bytes behind the last whole row that was taken. */
  #rest: Uint8Array = new Uint8Array(0);
  #nextRow = 0;

  constructor(stream: InflateStream) {
    this.#stream = stream;
  }

  get nextRow(): number {
    return this.#nextRow;
  }

  get isEnded(): boolean {
    return this.#stream.isEnded;
  }

  get heldBytes(): number {
    return this.#stream.heldBytes + this.#rest.length;
  }

  /**
   * Goes down to row `stop`, or to the end of the strip where that comes before: `nextRow` tells. The checksum is compared behind the last row.
   *
   * @param onRows - takes whole rows, some of them above what is wanted; may change the bytes, which are valid until it returns
   * @returns false for what zlib has to judge: this cursor is of no more use
   * @throws CirrusError `E_TILE_CORRUPT` when the file ends before the strip does
   */
  async readTo(stop: number, strip: OpenStrip, onRows: (firstRow: number, rows: Uint8Array) => void): Promise<boolean> {
    const { source, range, rowBytes, name } = strip;
    const stream = this.#stream;
    this.#take({ piece: new Uint8Array(0), stop, rowBytes }, onRows);
    let held: Uint8Array = new Uint8Array(0);
    let heldAt = stream.inputOffset;
    while (!stream.isEnded && (this.#nextRow < stop || stop === strip.rows)) {
      const at = stream.inputOffset;
      const isAllHeld = heldAt + held.length === range.lengthBytes;
      if (!isAllHeld && at + stream.reserveBytes >= heldAt + held.length) {
        const length = Math.min(range.lengthBytes - at, inputBytes + stream.reserveBytes);
        held = (await source.range(range.offset + at, length)) ?? held.subarray(0, 0);
        heldAt = at;
        if (held.length !== length) throw corruptImage(name, "the file ends before its pixels do");
      }
      const bytes = held.subarray(at - heldAt);
      const wanted = Math.min(pieceBytes, (stop - this.#nextRow) * rowBytes - this.#rest.length);
      const isAll = at + bytes.length === range.lengthBytes;
      const piece = stream.next({ bytes, isAll }, Math.max(1, wanted));
      if (!piece) return false;
      this.#take({ piece, stop, rowBytes }, onRows);
    }
    return true;
  }

  /** Gives out whole rows above `stop`, and keeps the rest. */
  #take({ piece, stop, rowBytes }: Piece, onRows: (firstRow: number, rows: Uint8Array) => void): void {
    let held = piece;
    if (this.#rest.length > 0) {
      held = new Uint8Array(this.#rest.length + piece.length);
      held.set(this.#rest);
      held.set(piece, this.#rest.length);
    }
    const rows = Math.min(Math.floor(held.length / rowBytes), stop - this.#nextRow);
    // What some writers pad a strip with is behind its last row, and kept for nobody.
    this.#rest = held.slice(rows * rowBytes, rows * rowBytes + 2 ** 20);
    if (rows > 0) onRows(this.#nextRow, held.subarray(0, rows * rowBytes));
    this.#nextRow += rows;
  }
}

interface Piece {
  readonly piece: Uint8Array;
  readonly stop: number;
  readonly rowBytes: number;
}

export interface OpenStrip {
  readonly source: ByteSource;
  /** Of the file. */
  readonly range: StoredRange;
  readonly rowBytes: number;
  readonly rows: number;
  /** For messages. */
  readonly name: string;
}

/** Cursors that wait, by file and by where their strip begins; the one that was not used for longest is first. */
const waiting = new Map<TiffFile, Map<number, StripCursor>>();
let heldBytes = 0;

/** One at or above `row`, for its taker alone; undefined where there are no kernels. */
export function takeCursor(file: TiffFile, offset: number, row: number): StripCursor | undefined {
  const own = waiting.get(file);
  const cursor = own?.get(offset);
  if (own && cursor) {
    drop(file, own, offset);
    if (cursor.nextRow <= row) return cursor;
  }
  const stream = InflateStream.open();
  return stream && new StripCursor(stream);
}

/** Lets a cursor wait for whoever needs the rows below. */
export function keepCursor(file: TiffFile, offset: number, cursor: StripCursor): void {
  if (cursor.isEnded) return;
  const own = waiting.get(file) ?? new Map<number, StripCursor>();
  waiting.delete(file);
  waiting.set(file, own);
  own.set(offset, cursor);
  heldBytes += cursor.heldBytes;
  for (const [otherFile, others] of waiting)
    for (const otherOffset of others.keys()) {
      if (heldBytes <= mostHeldBytes) return;
      drop(otherFile, others, otherOffset);
    }
}

function drop(file: TiffFile, own: Map<number, StripCursor>, offset: number): void {
  heldBytes -= own.get(offset)!.heldBytes;
  own.delete(offset);
  if (own.size === 0) waiting.delete(file);
}
