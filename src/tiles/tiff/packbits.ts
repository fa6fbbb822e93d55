/** PackBits: runs of bytes. See the TIFF 6.0 specification, section 9. */

const longestRun = 128;

/**
 * @param expectedBytes - decoding stops there
 * @returns fewer bytes when the stored ones end too early
 */
export function unpackBits(stored: Uint8Array, expectedBytes: number): Uint8Array {
  const out = new Uint8Array(expectedBytes + longestRun); // some writers let the last run go on behind the strip
  return out.subarray(0, Math.min(expectedBytes, unpackInto(out, stored).written));
}

const pieceBytes = 2 ** 16;

/** Decodes piece by piece, in bounded memory. A piece is valid until the next one is asked for. */
export async function* unpackBitsPieces(stored: AsyncIterable<Uint8Array>): AsyncGenerator<Uint8Array> {
  const out = new Uint8Array(pieceBytes);
  let rest: Uint8Array = new Uint8Array(0);
  for await (const piece of stored) {
    // A run that a piece ends in waits for the next piece.
    rest = rest.length > 0 ? Buffer.concat([rest, piece]) : piece;
    for (;;) {
      const { read, written } = unpackInto(out, rest);
      if (written > 0) yield out.subarray(0, written);
      rest = rest.subarray(read);
      if (read === 0) break;
    }
  }
  // What a cut file ends in is no whole run.
}

/** Decodes whole runs until one does not fit in `out`, or is not whole in `stored`. */
function unpackInto(out: Uint8Array, stored: Uint8Array): { readonly read: number; readonly written: number } {
  let to = 0;
  let at = 0;
  while (at < stored.length && to < out.length) {
    const code = stored[at]!;
    const length = code < 128 ? code + 1 : code > 128 ? 257 - code : 0;
    const codeBytes = code < 128 ? 1 + length : code > 128 ? 2 : 1;
    if (at + codeBytes > stored.length) break;
    if (to + length > out.length) break;
    if (code < 128) out.set(stored.subarray(at + 1, at + codeBytes), to);
    else if (code > 128) out.fill(stored[at + 1]!, to, to + length);
    to += length;
    at += codeBytes;
  }
  return { read: at, written: to };
}
