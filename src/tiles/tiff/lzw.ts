/**
 * LZW as TIFF has it: codes of 9 to 12 bits, most significant bit first, one code wider one entry early.
 * See the TIFF 6.0 specification, section 13. The dictionary has room for all 4096 codes: writers use them.
 */

const clearCode = 256;
const endCode = 257;
const firstFree = 258;
const dictionarySize = 4096;

/** Strings are copied four bytes at a time; what that writes too much is written again by the next one. */
const slackBytes = 4;
/** The output begins with every byte once: codes below 256 are strings like all others, and their loop has no branch for them. */
const literalBytes = 256;

/**
 * @param expectedBytes - decoding stops there
 * @returns fewer bytes when the stored ones end too early
 * @throws RangeError for a code that cannot be
 */
export function unpackLzw(stored: Uint8Array, expectedBytes: number): Uint8Array {
  const decoder = new LzwDecoder(expectedBytes);
  decoder.decode(stored, literalBytes + expectedBytes);
  return decoder.out.subarray(literalBytes, Math.min(decoder.written, literalBytes + expectedBytes));
}

const pieceBytes = 2 ** 18;

/** Decodes piece by piece, in bounded memory. A piece is valid until the next one is asked for. Throws as `unpackLzw`. */
export async function* unpackLzwPieces(stored: AsyncIterable<Uint8Array>): AsyncGenerator<Uint8Array> {
  const decoder = new LzwDecoder(2 * pieceBytes);
  for await (const piece of stored) {
    for (let at = 0; at < piece.length && !decoder.isEnded;) {
      const from = decoder.written;
      at += decoder.decode(piece.subarray(at), from + pieceBytes);
      if (decoder.written > from) yield decoder.out.subarray(from, decoder.written);
      decoder.reclaim(pieceBytes);
    }
    if (decoder.isEnded) return;
  }
}

/**
 * Stops after any byte and goes on with the next. An entry of the dictionary is a place in the output where its string was written,
 * which copies 1.6 times as fast as entries that are chained byte by byte.
 */
class LzwDecoder {
  out: Uint8Array;
  written = literalBytes;
  isEnded = false;
  readonly #starts = new Int32Array(dictionarySize);
  readonly #lengths = new Int32Array(dictionarySize).fill(1);
  #next = firstFree;
  #width = 9;
  #bits = 0;
  #bitCount = 0;
  #previousStart = -1;
  #previousLength = 0;
  /** Where the output was at the last clear code: nothing before it is referred to but literals. */
  #clearedAt = literalBytes;
  /** Where it was when the dictionary got full: nothing behind it is referred to. */
  #fullAt = literalBytes;

  /** @param roomBytes - for output, up to the first `reclaim` */
  constructor(roomBytes: number) {
    this.out = new Uint8Array(literalBytes + roomBytes + dictionarySize + slackBytes);
    for (let byte = 0; byte < literalBytes; byte++) this.out[byte] = this.#starts[byte] = byte;
  }

  /**
   * Decodes until `stored` is used up or the output reaches `limit`, which the last string may exceed.
   *
   * @returns how many of `stored` were read
   */
  decode(stored: Uint8Array, limit: number): number {
    const { out } = this;
    const [starts, lengths] = [this.#starts, this.#lengths];
    let [next, width, bits, bitCount] = [this.#next, this.#width, this.#bits, this.#bitCount];
    let [to, previousStart, previousLength] = [this.written, this.#previousStart, this.#previousLength];
    let at = 0;
    while (to < limit) {
      while (bitCount < width && at < stored.length) {
        bits = (bits << 8) | stored[at++]!;
        bitCount += 8;
      }
      if (bitCount < width) break;
      bitCount -= width;
      const code = (bits >> bitCount) & ((1 << width) - 1);
      if (code === clearCode) {
        next = firstFree;
        width = 9;
        previousStart = -1;
        this.#clearedAt = to;
        continue;
      }
      if (code === endCode) {
        this.isEnded = true;
        break;
      }
      if (previousStart >= 0 && next < dictionarySize) {
        // The previous string and the first byte of this one, which will lie behind it in `out`. `code` may be this very entry.
        starts[next] = previousStart;
        lengths[next] = previousLength + 1;
        next++;
        if (width < 12 && next === (1 << width) - 1) width++;
        if (next === dictionarySize) this.#fullAt = to + 1;
      }
      if (code >= next) throw new RangeError(`LZW code ${code} before it is defined`);
      const from = starts[code]!;
      const length = lengths[code]!;
      out[to] = out[from]!;
      out[to + 1] = out[from + 1]!;
      out[to + 2] = out[from + 2]!;
      out[to + 3] = out[from + 3]!;
      for (let i = 4; i < length; i++) out[to + i] = out[from + i]!;
      previousStart = to;
      previousLength = length;
      to += length;
    }
    [this.#next, this.#width, this.#bits, this.#bitCount] = [next, width, bits, bitCount];
    [this.written, this.#previousStart, this.#previousLength] = [to, previousStart, previousLength];
    return at;
  }

  /** Makes room for `roomBytes` and one string behind `written`; keeps only what entries refer to, at the front of `out`. */
  reclaim(roomBytes: number): void {
    const shift = this.#clearedAt - literalBytes;
    const isFull = this.#next === dictionarySize;
    const kept = isFull ? this.#fullAt : this.written;
    this.out.copyWithin(literalBytes, this.#clearedAt, kept);
    for (let code = firstFree; code < this.#next; code++) this.#starts[code]! -= shift;
    if (this.#previousStart >= 0) this.#previousStart -= shift;
    this.#fullAt -= shift;
    this.#clearedAt = literalBytes;
    this.written = kept - shift;
    const needed = this.written + roomBytes + dictionarySize + slackBytes;
    if (needed <= this.out.length) return;
    const grown = new Uint8Array(needed);
    grown.set(this.out.subarray(0, this.written));
    this.out = grown;
  }
}
