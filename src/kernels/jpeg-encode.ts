/**
 * Encodes 8-bit grey pixels as baseline JPEG: byte by byte what libjpeg-turbo writes with its accurate DCT and the standard codes, its
 * defaults, at 1.5 times its speed (docs/decisions/0005-jpeg.md).
 */
import { addressOf, giveBytes, keepBytes, takeBytes } from "./arena.js";
import { loadKernels } from "./kernels.js";

export interface GreyImage {
  readonly widthPx: number;
  readonly heightPx: number;
  /** Row by row. */
  readonly data: Uint8Array;
}

/** More than this is encoded elsewhere, so that the kernels' memory stays small. */
const mostBytes = 8 * 2 ** 20;

/**
 * @param quality - 1 to 100, as libjpeg counts it
 * @returns a file, in memory of the arena, to be given back, or of its own; undefined where the kernels are not there, or the image is too large for them
 */
export function encodeGreyJpeg(image: GreyImage, quality: number): Uint8Array | undefined {
  const { widthPx, heightPx, data } = image;
  const kernels = data.length <= mostBytes ? loadKernels() : undefined;
  if (!kernels) return undefined;
  const { header, steps } = headOf(image, quality);
  const workBytes = 2 * data.length + 8192;
  let next = kernels.start;
  const take = (bytes: number): number => {
    const at = next;
    next = Math.ceil((next + bytes) / 64) * 64;
    return at;
  };
  const work = take(workBytes);
  const room = takeBytes(header.length + workBytes);
  const output = room ? room.byteOffset : take(header.length + workBytes);
  const place = addressOf(data);
  const pixels = place ?? take(data.length);
  const memory = kernels.reserve(next - kernels.start);
  if (opened !== quality) {
    memory.fill(0, work, work + 64 + 2 * 272);
    memory.set(steps, work);
    memory.set(dcCodes, work + 64);
    memory.set(acCodes, work + 64 + 272);
    kernels.openJpegEncoder(work, work + 64, work + 64 + 272);
    opened = quality;
  }
  if (place === undefined) memory.set(data, pixels);
  memory.set(header, output);
  const scan = output + header.length;
  const bytes = kernels.encodeJpegScan(pixels, widthPx, heightPx, work, workBytes, scan, workBytes);
  if (bytes < 0) {
    if (room) giveBytes(room);
    return undefined;
  }
  memory.set(endOfImage, scan + bytes);
  const sizeBytes = header.length + bytes + endOfImage.length;
  return room ? keepBytes(room, sizeBytes) : memory.slice(output, output + sizeBytes);
}

/** The quality that the kernel's tables were made for. */
let opened: number | undefined;

interface Head {
  readonly form: string;
  readonly steps: Uint8Array;
  readonly header: Uint8Array;
}

let lastHead: Head | undefined;

/** Chunks of a volume are of one size and quality, nearly all. */
function headOf(image: GreyImage, quality: number): Head {
  const form = `${image.widthPx} ${image.heightPx} ${quality}`;
  if (lastHead?.form === form) return lastHead;
  const steps = stepsOf(quality);
  lastHead = { form, steps, header: headerOf(image, steps) };
  return lastHead;
}

const endOfImage = [0xff, 0xd9];

/** ITU-T T.81, table K.1, in zigzag order. */
const standardSteps = [
  16, 11, 12, 14, 12, 10, 16, 14, 13, 14, 18, 17, 16, 19, 24, 40, 26, 24, 22, 22, 24, 49, 35, 37, 29, 40, 58, 51, 61,
  60, 57, 51, 56, 55, 64, 72, 92, 78, 64, 68, 87, 69, 55, 56, 80, 109, 81, 87, 95, 98, 103, 104, 103, 62, 77, 113, 121,
  112, 100, 120, 92, 101, 103, 99,
];

function stepsOf(quality: number): Uint8Array {
  const scale = quality < 50 ? Math.floor(5000 / quality) : 200 - 2 * quality;
  return Uint8Array.from(standardSteps, (step) => Math.min(255, Math.max(1, Math.floor((step * scale + 50) / 100))));
}

/** Tables K.3 and K.5: how many codes have 1 to 16 bits, then the symbols in the order of their codes. */
const dcCodes = Uint8Array.from([0, 1, 5, 1, 1, 1, 1, 1, 1, 0, 0, 0, 0, 0, 0, 0, 0, 1, 2, 3, 4, 5, 6, 7, 8, 9, 10, 11]);
const acCodes = Buffer.from(
  "0002010303020403050504040000017d01020300041105122131410613516107227114328191a1082342b1c11552d1f02433627282090a161718191a" +
    "25262728292a3435363738393a434445464748494a535455565758595a636465666768696a737475767778797a838485868788898a92939495969798" +
    "999aa2a3a4a5a6a7a8a9aab2b3b4b5b6b7b8b9bac2c3c4c5c6c7c8c9cad2d3d4d5d6d7d8d9dae1e2e3e4e5e6e7e8e9eaf1f2f3f4f5f6f7f8f9fa",
  "hex",
);

/** Everything before the entropy-coded data (annex B), with the JFIF segment that says: no density, no thumbnail. */
function headerOf({ widthPx, heightPx }: GreyImage, steps: Uint8Array): Uint8Array {
  const word = (value: number): number[] => [value >> 8, value & 255];
  const segment = (marker: number, ...content: number[]): number[] => [
    0xff,
    marker,
    ...word(content.length + 2),
    ...content,
  ];
  const jfif = [...Buffer.from("JFIF\0"), 1, 1, 0, ...word(1), ...word(1), 0, 0];
  return Uint8Array.from([
    0xff,
    0xd8,
    ...segment(0xe0, ...jfif),
    ...segment(0xdb, 0, ...steps),
    ...segment(0xc0, 8, ...word(heightPx), ...word(widthPx), 1, 1, 0x11, 0),
    ...segment(0xc4, 0, ...dcCodes),
    ...segment(0xc4, 0x10, ...acCodes),
    ...segment(0xda, 1, 1, 0, 0, 63, 0),
  ]);
}
