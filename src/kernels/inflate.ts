/** Inflates zlib streams (RFC 1950) in the kernels' memory: two of them take two thirds of the time of one after the other. */
import { addressOf } from "./arena.js";
import type { Kernels } from "./kernels.js";

export interface Deflated {
  /** The zlib stream, in pieces. */
  readonly compressed: readonly Uint8Array[];
  /** What it holds, exactly. */
  readonly lengthBytes: number;
}

/** What the kernels may read or write before and behind their data. */
export const slackBytes = 320;

/** Where things lie in the kernels' memory during one call, from its start on. */
export class Layout {
  readonly #start: number;
  #next: number;

  constructor({ start }: Kernels) {
    this.#start = start;
    this.#next = start + slackBytes;
  }

  /** An address that is aligned for every type, with slack around `bytes`. */
  take(bytes: number): number {
    const at = Math.ceil(this.#next / 64) * 64;
    this.#next = at + bytes + slackBytes;
    return at;
  }

  /** To be reserved. */
  get bytes(): number {
    return this.#next - this.#start;
  }
}

export const lengthOf = (pieces: readonly Uint8Array[]): number => pieces.reduce((sum, piece) => sum + piece.length, 0);

export interface Place {
  readonly deflated: Deflated;
  readonly stream: number;
  /** Where the stream is, or is to be put. */
  readonly input: number;
  readonly inputBytes: number;
  /** Where the inflated bytes are. */
  readonly output: number;
}

export const placeStreams = (streams: readonly Deflated[], layout: Layout, kernels: Kernels): Place[] =>
  streams.map((deflated) => {
    const [first] = deflated.compressed;
    const inputBytes = lengthOf(deflated.compressed);
    const own = deflated.compressed.length === 1 && first ? addressOf(first) : undefined;
    return {
      deflated,
      stream: layout.take(Number(kernels.streamBytes.value)),
      inputBytes,
      input: own ?? layout.take(inputBytes),
      output: layout.take(deflated.lengthBytes),
    };
  });

/**
 * @param places - one or two
 * @param memory - reserved for the layout
 * @returns for each whether its bytes are there; false for what is damaged, or a form of stream for zlib to judge
 */
export function inflatePlaces(kernels: Kernels, places: readonly Place[], memory: Uint8Array): boolean[] {
  const open = ({ deflated: { compressed, lengthBytes }, stream, input, inputBytes, output }: Place): void => {
    let at = input;
    for (const piece of compressed) {
      if (addressOf(piece) !== at) memory.set(piece, at);
      at += piece.length;
    }
    kernels.openStream(stream, input + 2, Math.max(inputBytes - 2, 0), output, lengthBytes);
  };
  places.forEach(open);
  const [a, b] = places;
  // One that is damaged stops both: then each is tried alone.
  if (a && b && kernels.inflateTwo(a.stream, b.stream) < 0) places.forEach(open);
  return places.map((place) => {
    const left = kernels.inflateOne(place.stream); // nothing to do for a stream that is at its end
    return left >= 4 && isIntact(kernels, place, left);
  });
}

/** The header of a zlib stream without a dictionary, and its checksum, which is where the deflate data end. */
function isIntact(
  kernels: Kernels,
  { deflated: { lengthBytes }, input, inputBytes, output }: Place,
  left: number,
): boolean {
  const view = new DataView(kernels.memory.buffer, input, inputBytes);
  const [method, flags] = [view.getUint8(0), view.getUint8(1)];
  if ((method & 15) !== 8 || (method * 256 + flags) % 31 !== 0 || (flags & 32) !== 0) return false;
  return view.getUint32(inputBytes - left) === kernels.adler32(output, lengthBytes) >>> 0;
}
