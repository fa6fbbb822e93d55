/** Decodes 8-bit grey baseline JPEG: the pixels of libjpeg-turbo's accurate DCT, which is every standard decoder's default. */
import { addressOf, giveBytes, keepBytes, type takeBytes } from "./arena.js";
import { loadKernels } from "./kernels.js";
import { readJpegStream, type JpegStream } from "./jpeg-stream.js";

export interface GreyPixels {
  readonly widthPx: number;
  readonly heightPx: number;
  /** Pixels row by row. */
  readonly data: Uint8Array;
}

/** More than this is decoded elsewhere, so that the kernels' memory stays small: it is never given back. */
const mostBytes = 8 * 2 ** 20;

/** What the kernel may read beyond its input and write beyond its output. */
const slack = 64;

/**
 * @param takeRoom - gives memory for the pixels, as `takeBytes` does; default: memory of their own
 * @returns undefined for every other form of JPEG, and for whatever is damaged: libjpeg may judge it
 */
export function decodeGreyJpeg(bytes: Uint8Array, takeRoom?: typeof takeBytes): GreyPixels | undefined {
  const stream = readJpegStream(bytes);
  if (!stream || stream.widthPx * stream.heightPx > mostBytes || stream.scan.length > mostBytes) return undefined;
  const kernels = loadKernels();
  if (!kernels) return undefined;
  const { widthPx, heightPx, restart, scan } = stream;
  let next = kernels.start;
  const take = (size: number): number => {
    const at = next;
    next = Math.ceil((next + size + slack) / 64) * 64;
    return at;
  };
  const tables = take(tableBytes);
  const place = addressOf(scan);
  const input = place ?? take(scan.length);
  const work = take(scan.length + 1024);
  const room = takeRoom?.(widthPx * (heightPx + 8));
  const output = room ? room.byteOffset : take(widthPx * (heightPx + 8));
  const memory = kernels.reserve(next - kernels.start);
  const isOpen = openDecoder(stream, (content) => {
    memory.set(content, tables);
    return kernels.openJpegDecoder(tables, tables + 64, tables + 64 + 272);
  });
  if (isOpen && place === undefined) memory.set(scan, input);
  const read = isOpen ? kernels.decodeJpegScan(input, scan.length, work, restart, widthPx, heightPx, output) : -1;
  // Behind the scan nothing but the end of the image is expected.
  if (read < 0 || scan[read + 1] !== endOfImage) {
    if (room) giveBytes(room);
    return undefined;
  }
  const sizeBytes = widthPx * heightPx;
  return { widthPx, heightPx, data: room ? keepBytes(room, sizeBytes) : memory.slice(output, output + sizeBytes) };
}

const endOfImage = 0xd9;

const tableBytes = 64 + 2 * 272;

/** What the kernel's tables were made of last. */
let opened: Buffer | undefined;

/** Makes the kernel's tables, unless the last image had the same. False when they are not for this decoder. */
function openDecoder({ quantiser, dcCodes, acCodes }: JpegStream, open: (content: Uint8Array) => number): boolean {
  const content = Buffer.alloc(tableBytes);
  content.set(quantiser);
  content.set(dcCodes, 64);
  content.set(acCodes, 64 + 272);
  if (opened?.equals(content)) return true;
  opened = open(content) === 0 ? content : undefined;
  return opened !== undefined;
}
