/**
 * What a decoder needs of a JPEG file (ITU-T T.81, annex B) before its entropy-coded data, for the files that the kernels decode: baseline or
 * extended sequential, Huffman codes, 8 bits, one component.
 */

export interface JpegStream {
  readonly widthPx: number;
  readonly heightPx: number;
  /** Blocks between two restart markers; 0: none. */
  readonly restart: number;
  /** 64 factors, zigzag order. */
  readonly quantiser: Uint8Array;
  /** Of each: how many codes have 1 to 16 bits, then the symbols in the order of their codes. */
  readonly dcCodes: Uint8Array;
  readonly acCodes: Uint8Array;
  /** Entropy-coded data up to the end of the file. */
  readonly scan: Uint8Array;
}

interface Frame {
  readonly widthPx: number;
  readonly heightPx: number;
  readonly component: number;
  readonly quantiser: number;
}

const startOfScan = 0xda;

/** @returns undefined for every other form, and for whatever is not as the standard says */
export function readJpegStream(bytes: Uint8Array): JpegStream | undefined {
  if (bytes[0] !== 0xff || bytes[1] !== 0xd8) return undefined;
  const quantisers = new Map<number, Uint8Array>();
  const codes = new Map<number, Uint8Array>();
  let frame: Frame | undefined;
  let restart = 0;
  for (let at = 2; at + 4 <= bytes.length;) {
    const marker = bytes[at + 1]!;
    const end = at + 2 + ((bytes[at + 2]! << 8) | bytes[at + 3]!);
    if (bytes[at] !== 0xff || end < at + 4 || end > bytes.length) return undefined;
    const content = bytes.subarray(at + 4, end);
    if (marker === 0xdb) {
      if (!readQuantisers(content, quantisers)) return undefined;
    } else if (marker === 0xc4) {
      if (!readCodes(content, codes)) return undefined;
    } else if (marker === 0xc0 || marker === 0xc1) {
      if (frame) return undefined;
      frame = readFrame(content);
      if (!frame) return undefined;
    } else if (marker === 0xdd) {
      if (content.length !== 2) return undefined;
      restart = (content[0]! << 8) | content[1]!;
    } else if (marker === startOfScan) {
      const tables = frame && readScanHeader(content, frame.component);
      const quantiser = frame && quantisers.get(frame.quantiser);
      const dcCodes = tables && codes.get(tables.dc);
      const acCodes = tables && codes.get(16 + tables.ac);
      if (!frame || !quantiser || !dcCodes || !acCodes) return undefined;
      const { widthPx, heightPx } = frame;
      return { widthPx, heightPx, restart, quantiser, dcCodes, acCodes, scan: bytes.subarray(end) };
    } else if (!isIgnored(marker)) return undefined;
    at = end;
  }
  return undefined;
}

/** Application data and comments. */
const isIgnored = (marker: number): boolean => (marker >= 0xe0 && marker <= 0xef) || marker === 0xfe;

function readQuantisers(content: Uint8Array, quantisers: Map<number, Uint8Array>): boolean {
  if (content.length % 65 !== 0) return false; // 16-bit factors make 129 bytes
  for (let at = 0; at < content.length; at += 65) {
    if (content[at]! > 3) return false;
    quantisers.set(content[at]!, content.subarray(at + 1, at + 65));
  }
  return true;
}

function readCodes(content: Uint8Array, codes: Map<number, Uint8Array>): boolean {
  for (let at = 0; at < content.length;) {
    const kind = content[at]!;
    const counts = content.subarray(at + 1, at + 17);
    const end = at + 17 + counts.reduce((sum, count) => sum + count, 0);
    if ((kind & 0xef) > 3 || end > at + 17 + 256 || end > content.length) return false;
    codes.set(kind, content.subarray(at + 1, end));
    at = end;
  }
  return true;
}

function readFrame(content: Uint8Array): Frame | undefined {
  const [bits, y0, y1, x0, x1, components, component, sampling, quantiser] = content;
  if (content.length !== 9 || bits !== 8 || components !== 1) return undefined;
  // One component has nothing to be sampled against, but the factors must be ones that exist.
  if ([sampling! >> 4, sampling! & 15].some((factor) => factor < 1 || factor > 4)) return undefined;
  const [widthPx, heightPx] = [(x0! << 8) | x1!, (y0! << 8) | y1!];
  if (widthPx === 0 || heightPx === 0) return undefined;
  return { widthPx, heightPx, component: component!, quantiser: quantiser! };
}

function readScanHeader(content: Uint8Array, component: number): { dc: number; ac: number } | undefined {
  const [components, selector, tables, first, last, approximation] = content;
  const isWhole = components === 1 && first === 0 && last === 63 && approximation === 0;
  if (content.length !== 6 || !isWhole || selector !== component) return undefined;
  return { dc: tables! >> 4, ac: tables! & 15 };
}
