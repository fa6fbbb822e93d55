/**
 * Decoded tiles and encoded chunks live outside of V8's heap, which lets them grow by 64 MB before it looks: more than a small
 * worker has. A young collection every few MB costs about a millisecond and keeps the worker to its share.
 */
const collectEveryBytes = 16e6;

export class Garbage {
  #bytes = 0;

  /** Says that about so many bytes were left behind. */
  add(bytes: number): void {
    this.#bytes += bytes;
    if (this.#bytes < collectEveryBytes) return;
    this.#bytes = 0;
    // Absent where a worker was not started by the engine, which passes --expose-gc.
    void globalThis.gc?.({ type: "minor" });
  }
}
