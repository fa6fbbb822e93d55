/** A zlib stream (RFC 1950) that is too long for memory: inflated piece by piece, and it may wait in between for 60 KB of memory. */
import { Layout } from "./inflate.js";
import { loadKernels, type Kernels } from "./kernels.js";

/** How far back deflate refers. */
const windowBytes = 32_768;
/** A piece may be this much longer than asked for: a stored block comes whole. */
const mostBehind = 65_536;

export interface StreamInput {
  /** From `inputOffset` on: at least `reserveBytes` more than is to be used, or all there is. */
  readonly bytes: Uint8Array;
  readonly isAll: boolean;
}

export class InflateStream {
  readonly #kernels: Kernels;
  readonly #state: Uint8Array;
  readonly #window = new Uint8Array(windowBytes);
  #known = 0;
  #sum = 1;
  #inputOffset = 0;
  #isEnded = false;

  private constructor(kernels: Kernels) {
    this.#kernels = kernels;
    this.#state = new Uint8Array(Number(kernels.streamBytes.value));
  }

  /** undefined where the kernels were not built. */
  static open(): InflateStream | undefined {
    const kernels = loadKernels();
    return kernels && new InflateStream(kernels);
  }

  /** Where in the stored stream the next input begins. */
  get inputOffset(): number {
    return this.#inputOffset;
  }

  /** True when everything is inflated and the checksum was right. */
  get isEnded(): boolean {
    return this.#isEnded;
  }

  get heldBytes(): number {
    return this.#state.length + windowBytes;
  }

  /** An input of less than this is used only when it is all there is. */
  get reserveBytes(): number {
    return Number(this.#kernels.inputReserveBytes.value);
  }

  /**
   * @param mostBytes - about so many are inflated, if the input lasts
   * @returns bytes in the kernels' memory, valid until the next call of any kernel; undefined for what zlib has to judge (this stream is over)
   */
  next({ bytes, isAll }: StreamInput, mostBytes: number): Uint8Array | undefined {
    const kernels = this.#kernels;
    const isFirst = this.#inputOffset === 0;
    if (isFirst && !isZlibHeader(bytes)) return undefined;
    const input = isFirst ? bytes.subarray(2) : bytes;
    const layout = new Layout(kernels);
    const state = layout.take(this.#state.length);
    const from = layout.take(input.length);
    const to = layout.take(windowBytes + mostBytes + mostBehind) + windowBytes;
    const memory = kernels.reserve(layout.bytes);
    memory.set(this.#state, state);
    memory.set(input, from);
    memory.set(this.#window.subarray(windowBytes - this.#known), to - this.#known);
    const isPausable = !isAll && input.length > this.reserveBytes;
    const done = kernels.resumeStream(state, from, input.length, isPausable ? 0 : 1, to, this.#known, mostBytes);
    const made = kernels.madeBytes(state, to);
    if (done < 0 || made > mostBytes + mostBehind) return undefined;
    this.#sum = kernels.adler32On(this.#sum, to, made) >>> 0;
    const used = kernels.usedBytes(state, from);
    if (done === 1) {
      if (used + 4 > input.length) return undefined;
      const stored = new DataView(input.buffer, input.byteOffset, input.byteLength).getUint32(used);
      if (stored !== this.#sum) return undefined;
      this.#isEnded = true;
    }
    this.#inputOffset += used + (isFirst ? 2 : 0);
    this.#state.set(memory.subarray(state, state + this.#state.length));
    this.#known = Math.min(windowBytes, this.#known + made);
    this.#window.set(memory.subarray(to + made - this.#known, to + made), windowBytes - this.#known);
    return memory.subarray(to, to + made);
  }
}

/** Deflate, without a dictionary. */
const isZlibHeader = ([method = 0, flags = 0]: Uint8Array): boolean =>
  (method & 15) === 8 && (method * 256 + flags) % 31 === 0 && (flags & 32) === 0;
