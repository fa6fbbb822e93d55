/** PackBits: runs of bytes. See the TIFF 6.0 specification, section 9. */

/**
 * @param expectedBytes - decoding stops there
 * @returns fewer bytes when the stored ones end too early
 */
export function unpackBits(stored: Uint8Array, expectedBytes: number): Uint8Array {
  const out = new Uint8Array(expectedBytes);
  let to = 0;
  for (let at = 0; at < stored.length && to < expectedBytes;) {
    const code = stored[at++]!;
    if (code < 128) {
      const literal = stored.subarray(at, at + Math.min(code + 1, expectedBytes - to));
      out.set(literal, to);
      to += literal.length;
      at += code + 1;
    } else if (code > 128 && at < stored.length) {
      const end = Math.min(to + 257 - code, expectedBytes);
      out.fill(stored[at++]!, to, end);
      to = end;
    }
  }
  return out.subarray(0, to);
}
