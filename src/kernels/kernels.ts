/**
 * The hot loops in WebAssembly: their source is in kernels/, `npm run build` makes the binary. Each has a slower twin in plain TypeScript or
 * in Node (`unfilter`, zlib) that is its oracle in tests, and takes over where the binary is not there or a job is not one for it.
 *
 * Every call is synchronous and uses the same memory from its beginning: nothing in it outlives the call.
 */
import { readFileSync } from "node:fs";

interface KernelExports {
  readonly memory: WebAssembly.Memory;
  readonly heapBase: WebAssembly.Global;
  readonly streamBytes: WebAssembly.Global;
  openJpegDecoder(factors: number, dc: number, ac: number): number;
  decodeJpegScan(
    from: number,
    length: number,
    work: number,
    restart: number,
    width: number,
    height: number,
    to: number,
  ): number;
  readonly lzwSlackBytes: WebAssembly.Global;
  openJpegEncoder(steps: number, dc: number, ac: number): void;
  encodeJpegScan(
    from: number,
    width: number,
    height: number,
    work: number,
    workBytes: number,
    to: number,
    room: number,
  ): number;
  readonly inputReserveBytes: WebAssembly.Global;
  deflateLiterals(from: number, length: number, to: number): number;
  deflateMatches(from: number, length: number, to: number): number;
  encodeLabels(
    from: number,
    labelBytes: number,
    words: number,
    nx: number,
    ny: number,
    nz: number,
    to: number,
    values: number,
    places: number,
    placeBits: number,
  ): number;
  openStream(stream: number, from: number, length: number, to: number, outLength: number): void;
  inflateOne(stream: number): number;
  inflateTwo(a: number, b: number): number;
  resumeStream(
    stream: number,
    from: number,
    length: number,
    isAll: number,
    to: number,
    known: number,
    outLength: number,
  ): number;
  usedBytes(stream: number, from: number): number;
  madeBytes(stream: number, to: number): number;
  adler32(from: number, length: number): number;
  readonly surveyed: WebAssembly.Global;
  survey(from: number, length: number, pieces: number, pieceBytes: number, runStep: number): void;
  adler32On(sum: number, from: number, length: number): number;
  unfilter(
    from: number,
    rows: number,
    rowBytes: number,
    to: number,
    band: number,
    above: number,
    pixelBytes: number,
  ): number;
  unpackLzw(from: number, length: number, to: number, expected: number): number;
  undoDifferences(at: number, rows: number, rowSamples: number, sampleBytes: number): void;
  copyRows(from: number, fromStride: number, to: number, toStride: number, width: number, rows: number): void;
  modeOfSquares(
    voxelBytes: number,
    from: number,
    stride: number,
    to: number,
    toStride: number,
    width: number,
    rows: number,
  ): void;
  meanBytes(a: number, b: number, stride: number, to: number, toStride: number, width: number, rows: number): void;
  meanShorts(a: number, b: number, stride: number, to: number, toStride: number, width: number, rows: number): void;
}

export interface Kernels extends KernelExports {
  /** Where the caller's memory begins. */
  readonly start: number;
  /**
   * The memory, with at least `bytes` from `start` on; to be asked for again by every call.
   *
   * @throws Error above `scratchBytes` once there is an arena
   */
  reserve(bytes: number): Uint8Array;
  /** Makes the memory behind the calls' own at least `bytes` long, once and for all: returns where it begins. */
  fix(bytes: number): number;
}

/** Memory of the calls' own: no kernel asks for more. Untouched memory costs nothing. */
export const scratchBytes = 64 * 2 ** 20;

let loaded: { readonly kernels: Kernels | undefined } | undefined;

/** undefined where the binary was not built. */
export function loadKernels(): Kernels | undefined {
  loaded ??= { kernels: instantiate() };
  return loaded.kernels;
}

function instantiate(): Kernels | undefined {
  let binary: Buffer;
  try {
    binary = readFileSync(new URL("./kernels.wasm", import.meta.url));
  } catch {
    return undefined; // compiled without `npm run build`
  }
  const fail = (): never => {
    throw new Error("a kernel gave up");
  };
  const instance = new WebAssembly.Instance(new WebAssembly.Module(binary), { env: { abort: fail } });
  const exports = instance.exports as KernelExports; // what kernels/index.ts exports
  const start = Number(exports.heapBase.value);
  let view = new Uint8Array(exports.memory.buffer);
  let most = Infinity;
  const grow = (bytes: number): Uint8Array => {
    const missing = bytes - view.length;
    if (missing > 0) exports.memory.grow(Math.ceil(missing / 65_536));
    if (view.buffer !== exports.memory.buffer) view = new Uint8Array(exports.memory.buffer);
    return view;
  };
  return {
    ...exports,
    start,
    reserve(bytes) {
      if (bytes > most) throw new Error(`a kernel asks for ${bytes} bytes of scratch memory`);
      return grow(start + bytes);
    },
    fix(bytes) {
      if (most < Infinity) throw new Error("the kernels have an arena already");
      const begin = Math.ceil((start + scratchBytes) / 65_536) * 65_536;
      grow(begin + bytes);
      most = scratchBytes;
      return begin;
    },
  };
}
