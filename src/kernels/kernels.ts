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
  deflateLiterals(from: number, length: number, to: number): number;
  openStream(stream: number, from: number, length: number, to: number, outLength: number): void;
  inflateOne(stream: number): number;
  inflateTwo(a: number, b: number): number;
  adler32(from: number, length: number): number;
  unfilter(from: number, rows: number, rowBytes: number, to: number, above: number, pixelBytes: number): number;
  closeGaps(to: number, rows: number, rowBytes: number): void;
}

export interface Kernels extends KernelExports {
  /** Where the caller's memory begins. */
  readonly start: number;
  /** The memory, with at least `bytes` from `start` on; to be asked for again by every call. */
  reserve(bytes: number): Uint8Array;
}

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
  return {
    ...exports,
    start,
    reserve(bytes) {
      const missing = start + bytes - view.length;
      if (missing > 0) exports.memory.grow(Math.ceil(missing / 65_536));
      if (view.buffer !== exports.memory.buffer) view = new Uint8Array(exports.memory.buffer);
      return view;
    },
  };
}
