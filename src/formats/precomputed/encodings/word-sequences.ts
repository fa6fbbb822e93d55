/** Sequences of words, one after another, each kept once however often it is added. */

export class WordSequences {
  /** Words that are kept. */
  length = 0;
  #words = new Uint32Array(4096);
  /** By hash: where sequences begin, and their lengths. */
  readonly #places = new Map<number, { readonly at: number; readonly length: number }[]>();

  /** All that is kept. */
  get words(): Uint32Array {
    return this.#words.subarray(0, this.length);
  }

  /**
   * @param write - writes `length` words into `out` from `at` on
   * @returns where the sequence begins
   */
  add(length: number, write: (out: Uint32Array, at: number) => void): number {
    const at = this.length;
    if (at + length > this.#words.length) this.#grow(at + length);
    this.#words.fill(0, at, at + length);
    write(this.#words, at);
    const hash = this.#hash(at, length);
    const places = this.#places.get(hash);
    const same = places?.find((place) => place.length === length && this.#isSame(place.at, at, length));
    if (same) return same.at;
    if (places) places.push({ at, length });
    else this.#places.set(hash, [{ at, length }]);
    this.length += length;
    return at;
  }

  #grow(least: number): void {
    const larger = new Uint32Array(Math.max(least, this.#words.length * 2));
    larger.set(this.#words);
    this.#words = larger;
  }

  #hash(at: number, length: number): number {
    let hash = length;
    for (let i = at; i < at + length; i++) {
      hash = Math.imul(hash ^ this.#words[i]!, 0x9e3779b1);
      hash ^= hash >>> 15;
    }
    return hash;
  }

  #isSame(a: number, b: number, length: number): boolean {
    for (let i = 0; i < length; i++) if (this.#words[a + i] !== this.#words[b + i]) return false;
    return true;
  }
}
