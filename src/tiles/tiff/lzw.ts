/**
 * LZW as TIFF has it: codes of 9 to 12 bits, most significant bit first, one code wider one entry early.
 * See the TIFF 6.0 specification, section 13. The dictionary has room for all 4096 codes: writers use them.
 */

const clearCode = 256;
const endCode = 257;

/**
 * @param expectedBytes - decoding stops there
 * @returns fewer bytes when the stored ones end too early
 * @throws RangeError for a code that cannot be
 */
export function unpackLzw(stored: Uint8Array, expectedBytes: number): Uint8Array {
  const out = new Uint8Array(expectedBytes);
  // An entry is a string that was written already: where it is in `out`, and how long.
  const starts = new Int32Array(4096);
  const lengths = new Int32Array(4096);
  let next = 258;
  let width = 9;
  let bits = 0;
  let bitCount = 0;
  let to = 0;
  let previousStart = -1;
  let previousLength = 0;
  for (let at = 0; to < expectedBytes;) {
    while (bitCount < width && at < stored.length) {
      bits = ((bits << 8) | stored[at++]!) & 0xffffff;
      bitCount += 8;
    }
    if (bitCount < width) break;
    const code = (bits >> (bitCount - width)) & ((1 << width) - 1);
    bitCount -= width;
    if (code === clearCode) {
      next = 258;
      width = 9;
      previousStart = -1;
      continue;
    }
    if (code === endCode) break;
    const start = to;
    if (code < 256) {
      out[to++] = code;
    } else if (code < next) {
      const from = starts[code]!;
      const end = Math.min(to + lengths[code]!, expectedBytes);
      for (let i = from; to < end; i++) out[to++] = out[i]!;
    } else if (code === next && previousStart >= 0) {
      // The string that this very code completes: the previous one and its own first byte.
      const end = Math.min(to + previousLength + 1, expectedBytes);
      for (let i = previousStart; to < end; i++) out[to++] = out[i]!;
    } else throw new RangeError(`LZW code ${code} before it is defined`);
    if (previousStart >= 0 && next < 4096) {
      // The previous string and the first byte of this one lie side by side in `out`.
      starts[next] = previousStart;
      lengths[next] = previousLength + 1;
      next++;
      if (width < 12 && next === (1 << width) - 1) width++;
    }
    previousStart = start;
    previousLength = to - start;
  }
  return out.subarray(0, to);
}
