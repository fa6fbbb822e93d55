/**
 * Undoes the row filters of PNG. See the specification, section 9.
 *
 * The hot loop of every PNG stack, so the form of each loop was measured (512 x 512 sections of real tissue, whose rows are nearly all
 * Paeth; MB per CPU second): choosing Paeth's neighbour with `?:` 95, because the branches of noise cannot be predicted; with masks
 * 285; with masks and two rows at once, the lower one pixel behind, so that their chains of dependent steps overlap, 340 to 400.
 */

export interface FilteredRows {
  /** Bytes of a row without its filter byte. */
  readonly rowBytes: number;
  readonly rows: number;
  /** Distance to the pixel on the left, in bytes. */
  readonly pixelBytes: number;
}

const paeth = 4;

/**
 * Undoes the filters in place, then closes the gaps that the filter bytes leave.
 *
 * @param data - `rows` times a filter byte and a row
 * @returns the part of `data` that holds the rows: row y begins at `y * rowBytes`
 * @throws RangeError for a filter that PNG does not have
 */
export function unfilter(data: Uint8Array, { rowBytes, rows, pixelBytes }: FilteredRows): Uint8Array {
  const stride = rowBytes + 1;
  for (let y = 0; y < rows; y++) {
    const at = y * stride + 1;
    const filter = data[at - 1]!;
    if (filter === 0) continue;
    if (y === 0) undoFirstRow(data, filter, { at, stride, rowBytes, pixelBytes });
    else if (filter === 1) undoSub(data, at, { rowBytes, pixelBytes });
    else if (filter === 2) undoUp(data, at, rowBytes);
    else if (filter === 3) undoAverage(data, at, { rowBytes, pixelBytes });
    else if (filter !== paeth) throw new RangeError(`row ${y} has filter ${filter}`);
    else if (pixelBytes > 1) undoPaeth(data, at, { rowBytes, pixelBytes });
    else if (y + 1 < rows && data[at + rowBytes] === paeth) {
      undoTwoPaeth(data, at, rowBytes);
      y++;
    } else undoPaethOfBytes(data, at, rowBytes);
  }
  for (let y = 0; y < rows; y++) data.copyWithin(y * rowBytes, y * stride + 1, (y + 1) * stride);
  return data.subarray(0, rows * rowBytes);
}

interface Row {
  readonly rowBytes: number;
  readonly pixelBytes: number;
}

/** Above the first row is zero: Up is nothing, Average halves the left, Paeth takes the left. */
function undoFirstRow(
  data: Uint8Array,
  filter: number,
  row: Row & { readonly at: number; readonly stride: number },
): void {
  const { at, rowBytes, pixelBytes } = row;
  if (filter > paeth) throw new RangeError(`row 0 has filter ${filter}`);
  if (filter === 1 || filter === paeth) undoSub(data, at, row);
  if (filter === 3)
    for (let i = at + pixelBytes; i < at + rowBytes; i++) data[i] = data[i]! + (data[i - pixelBytes]! >> 1);
}

function undoSub(data: Uint8Array, at: number, { rowBytes, pixelBytes }: Row): void {
  for (let i = at + pixelBytes; i < at + rowBytes; i++) data[i] = data[i]! + data[i - pixelBytes]!;
}

function undoUp(data: Uint8Array, at: number, rowBytes: number): void {
  const stride = rowBytes + 1;
  for (let i = at; i < at + rowBytes; i++) data[i] = data[i]! + data[i - stride]!;
}

function undoAverage(data: Uint8Array, at: number, { rowBytes, pixelBytes }: Row): void {
  const stride = rowBytes + 1;
  for (let i = at; i < at + pixelBytes; i++) data[i] = data[i]! + (data[i - stride]! >> 1);
  for (let i = at + pixelBytes; i < at + rowBytes; i++)
    data[i] = data[i]! + ((data[i - pixelBytes]! + data[i - stride]!) >> 1);
}

/**
 * Of left, up and upper left the nearest to left + up - upper left, the earlier of equals. Without a branch: a difference below zero
 * makes a mask of ones. V8 inlines it.
 */
function nearest(left: number, up: number, upperLeft: number): number {
  const upStep = up - upperLeft;
  const leftStep = left - upperLeft;
  const toLeft = Math.abs(upStep);
  const toUp = Math.abs(leftStep);
  const toUpperLeft = Math.abs(upStep + leftStep);
  const isNotLeft = ((toUp - toLeft) | (toUpperLeft - toLeft)) >> 31;
  const isNotUp = (toUpperLeft - toUp) >> 31;
  const other = up ^ ((up ^ upperLeft) & isNotUp);
  return left ^ ((left ^ other) & isNotLeft);
}

/** Pixels of one byte: left and upper left stay in registers. */
function undoPaethOfBytes(data: Uint8Array, at: number, rowBytes: number): void {
  const stride = rowBytes + 1;
  let left = 0;
  let upperLeft = 0;
  for (let i = at; i < at + rowBytes; i++) {
    const up = data[i - stride]!;
    left = (data[i]! + nearest(left, up, upperLeft)) & 255;
    data[i] = left;
    upperLeft = up;
  }
}

/** This row and the next one, which also is Paeth, one pixel behind. */
function undoTwoPaeth(data: Uint8Array, at: number, rowBytes: number): void {
  const stride = rowBytes + 1;
  let left = (data[at]! + data[at - stride]!) & 255; // left of the first pixel is zero: Paeth takes what is above
  let upperLeft = data[at - stride]!;
  data[at] = left;
  let lowerLeft = 0;
  let lowerUpperLeft = 0;
  for (let i = at + 1; i < at + rowBytes; i++) {
    const up = data[i - stride]!;
    const value = (data[i]! + nearest(left, up, upperLeft)) & 255;
    data[i] = value;
    const below = i + stride - 1;
    lowerLeft = (data[below]! + nearest(lowerLeft, left, lowerUpperLeft)) & 255;
    data[below] = lowerLeft;
    lowerUpperLeft = left;
    left = value;
    upperLeft = up;
  }
  const last = at + rowBytes - 1 + stride;
  data[last] = data[last]! + nearest(lowerLeft, left, lowerUpperLeft);
}

function undoPaeth(data: Uint8Array, at: number, { rowBytes, pixelBytes }: Row): void {
  const stride = rowBytes + 1;
  for (let i = at; i < at + pixelBytes; i++) data[i] = data[i]! + data[i - stride]!;
  for (let i = at + pixelBytes; i < at + rowBytes; i++)
    data[i] = data[i]! + nearest(data[i - pixelBytes]!, data[i - stride]!, data[i - stride - pixelBytes]!);
}
