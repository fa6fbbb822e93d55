/**
 * Undoes the row filters of PNG. See the specification, section 9.
 * The hot loop of every PNG tile: plain loops with the neighbours in local variables, where V8 keeps them in registers.
 */

export interface FilteredRows {
  /** Bytes of a row without its filter byte. */
  readonly rowBytes: number;
  readonly rows: number;
  /** Distance to the pixel on the left, in bytes: 1, 2, 3, 4, 6 or 8. */
  readonly pixelBytes: number;
}

/**
 * Undoes the filters in place and closes the gaps that the filter bytes leave: afterwards row y begins at `y * rowBytes`.
 *
 * @param data - `rows` times a filter byte and a row
 * @returns the part of `data` that holds the rows
 * @throws RangeError for a filter that PNG does not have
 */
export function unfilter(data: Uint8Array, { rowBytes, rows, pixelBytes }: FilteredRows): Uint8Array {
  for (let y = 0; y < rows; y++) {
    const filter = data[y * (rowBytes + 1)]!;
    // Of what the row is now, of what it becomes, and of the finished row above. Writing never overtakes reading.
    const from = y * (rowBytes + 1) + 1;
    const to = y * rowBytes;
    const effective = y === 0 ? (firstRowFilters[filter] ?? filter) : filter;
    if (effective === 0) data.copyWithin(to, from, from + rowBytes);
    else if (effective === 1) undoSub(data, { from, to, rowBytes, pixelBytes });
    else if (effective === 2) undoUp(data, { from, to, rowBytes, pixelBytes });
    else if (effective === 3) undoAverage(data, { from, to, rowBytes, pixelBytes });
    else if (effective === 4) {
      if (pixelBytes === 1) undoPaethOfBytes(data, { from, to, rowBytes, pixelBytes });
      else undoPaeth(data, { from, to, rowBytes, pixelBytes });
    } else if (effective === halfOfLeft) undoHalfOfLeft(data, { from, to, rowBytes, pixelBytes });
    else throw new RangeError(`row ${y} has filter ${filter}`);
  }
  return data.subarray(0, rows * rowBytes);
}

/** Above the first row is zero: Up is nothing, Average halves the left, Paeth takes the left. */
const halfOfLeft = 5;
const firstRowFilters: Readonly<Record<number, number>> = { 2: 0, 3: halfOfLeft, 4: 1, 5: 6 };

interface Row {
  readonly from: number;
  readonly to: number;
  readonly rowBytes: number;
  readonly pixelBytes: number;
}

function undoSub(data: Uint8Array, { from, to, rowBytes, pixelBytes }: Row): void {
  data.copyWithin(to, from, from + pixelBytes);
  for (let i = pixelBytes; i < rowBytes; i++) data[to + i] = data[from + i]! + data[to + i - pixelBytes]!;
}

function undoUp(data: Uint8Array, { from, to, rowBytes }: Row): void {
  const above = to - rowBytes;
  for (let i = 0; i < rowBytes; i++) data[to + i] = data[from + i]! + data[above + i]!;
}

function undoAverage(data: Uint8Array, { from, to, rowBytes, pixelBytes }: Row): void {
  const above = to - rowBytes;
  for (let i = 0; i < pixelBytes; i++) data[to + i] = data[from + i]! + (data[above + i]! >> 1);
  for (let i = pixelBytes; i < rowBytes; i++)
    data[to + i] = data[from + i]! + ((data[to + i - pixelBytes]! + data[above + i]!) >> 1);
}

function undoHalfOfLeft(data: Uint8Array, { from, to, rowBytes, pixelBytes }: Row): void {
  data.copyWithin(to, from, from + pixelBytes);
  for (let i = pixelBytes; i < rowBytes; i++) data[to + i] = data[from + i]! + (data[to + i - pixelBytes]! >> 1);
}

/** Pixels of one byte: left and upper left stay in registers. */
function undoPaethOfBytes(data: Uint8Array, { from, to, rowBytes }: Row): void {
  const above = to - rowBytes;
  let left = 0;
  let upperLeft = 0;
  for (let i = 0; i < rowBytes; i++) {
    const up = data[above + i]!;
    let toLeft = up - upperLeft;
    let toUp = left - upperLeft;
    let toUpperLeft = toLeft + toUp;
    if (toLeft < 0) toLeft = -toLeft;
    if (toUp < 0) toUp = -toUp;
    if (toUpperLeft < 0) toUpperLeft = -toUpperLeft;
    const nearest = toLeft <= toUp && toLeft <= toUpperLeft ? left : toUp <= toUpperLeft ? up : upperLeft;
    left = (data[from + i]! + nearest) & 255;
    data[to + i] = left;
    upperLeft = up;
  }
}

function undoPaeth(data: Uint8Array, { from, to, rowBytes, pixelBytes }: Row): void {
  const above = to - rowBytes;
  // Left of the first pixel is zero, so that Paeth takes what is above.
  for (let i = 0; i < pixelBytes; i++) data[to + i] = data[from + i]! + data[above + i]!;
  for (let i = pixelBytes; i < rowBytes; i++) {
    const left = data[to + i - pixelBytes]!;
    const up = data[above + i]!;
    const upperLeft = data[above + i - pixelBytes]!;
    let toLeft = up - upperLeft;
    let toUp = left - upperLeft;
    let toUpperLeft = toLeft + toUp;
    if (toLeft < 0) toLeft = -toLeft;
    if (toUp < 0) toUp = -toUp;
    if (toUpperLeft < 0) toUpperLeft = -toUpperLeft;
    data[to + i] =
      data[from + i]! + (toLeft <= toUp && toLeft <= toUpperLeft ? left : toUp <= toUpperLeft ? up : upperLeft);
  }
}
