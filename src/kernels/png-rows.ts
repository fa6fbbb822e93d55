/** Inflates and un-filters PNG images, two at a time where there are two: 1.5 and 4 times as fast as zlib and TypeScript. */
import { loadKernels, type Kernels } from "./kernels.js";

export interface CompressedRows {
  /** A zlib stream (RFC 1950). */
  readonly compressed: Uint8Array;
  /** Bytes of a row without its filter byte. */
  readonly rowBytes: number;
  /** Rows that the stream holds. */
  readonly rows: number;
  /** Rows that are wanted, from the first on. */
  readonly stop: number;
  /** Distance to the pixel on the left, in bytes. */
  readonly pixelBytes: number;
}

/** More than this is decoded elsewhere, so that the kernels' memory stays small: it is never given back. */
const mostBytes = 4 * 2 ** 20;

export const fitsKernels = ({ rowBytes, rows, pixelBytes, compressed }: CompressedRows): boolean =>
  pixelBytes <= 2 && rowBytes * rows <= mostBytes && compressed.length <= mostBytes && loadKernels() !== undefined;

/** What inflate may read or write beyond its data, and un-filter before and after a row. */
const slack = 320;

interface Place {
  readonly rows: CompressedRows;
  readonly stream: number;
  readonly input: number;
  readonly filtered: number;
  readonly filteredBytes: number;
}

/**
 * @param images - one or two that fit
 * @returns the rows of each, one after another in memory of its own; undefined for what is damaged, or a form of stream for zlib to judge
 */
export function decodeRows(images: readonly CompressedRows[]): (Uint8Array | undefined)[] {
  const kernels = loadKernels();
  if (!kernels) return images.map(() => undefined);
  const streamBytes = Number(kernels.streamBytes.value);
  let next = kernels.start + slack;
  const take = (bytes: number): number => {
    const at = next;
    next = Math.ceil((next + bytes + slack) / 64) * 64;
    return at;
  };
  const places = images.map((rows): Place => {
    const filteredBytes = (rows.rowBytes + 1) * rows.rows;
    return {
      rows,
      filteredBytes,
      stream: take(streamBytes),
      input: take(rows.compressed.length),
      filtered: take(filteredBytes),
    };
  });
  const target = take(Math.max(...images.map(({ rowBytes, stop }) => (rowBytes + 32) * stop)));
  const above = take(Math.max(...images.map(({ rowBytes }) => rowBytes + 64)));
  const memory = kernels.reserve(next - kernels.start);
  for (const { rows, stream, input, filtered, filteredBytes } of places) {
    memory.set(rows.compressed, input);
    kernels.openStream(stream, input + 2, Math.max(rows.compressed.length - 2, 0), filtered, filteredBytes);
  }
  const [a, b] = places;
  if (a && b && kernels.inflateTwo(a.stream, b.stream) < 0)
    return [...decodeRows([images[0]!]), ...decodeRows([images[1]!])];
  return places.map((place) => undoFilters(kernels, place, { memory, target, above }));
}

interface Room {
  readonly memory: Uint8Array;
  readonly target: number;
  readonly above: number;
}

function undoFilters(kernels: Kernels, place: Place, { memory, target, above }: Room): Uint8Array | undefined {
  const { rows, filtered, filteredBytes, stream } = place;
  const left = kernels.inflateOne(stream); // nothing to do for a stream that is at its end
  if (left < 4 || !isIntact(kernels, place, left)) return undefined;
  const { rowBytes, stop, pixelBytes } = rows;
  memory.fill(0, above, above + rowBytes + 64);
  if (filteredBytes > 0 && kernels.unfilter(filtered, stop, rowBytes, target + 16, above, pixelBytes) < 0)
    return undefined;
  kernels.closeGaps(target + 16, stop, rowBytes);
  return memory.slice(target + 16, target + 16 + stop * rowBytes);
}

/** The header of a zlib stream without a dictionary, and its checksum, which is where the deflate data end. */
function isIntact(kernels: Kernels, { rows: { compressed }, filtered, filteredBytes }: Place, left: number): boolean {
  const [method = 0, flags = 0] = compressed;
  if ((method & 15) !== 8 || (method * 256 + flags) % 31 !== 0 || (flags & 32) !== 0) return false;
  const { buffer, byteOffset, byteLength } = compressed;
  const stored = new DataView(buffer, byteOffset, byteLength).getUint32(byteLength - left);
  return stored === kernels.adler32(filtered, filteredBytes) >>> 0;
}
