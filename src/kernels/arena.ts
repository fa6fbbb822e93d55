/**
 * Voxels and compressed bytes in the kernels' own memory: the kernels work on them where they are, and what is given back is used again,
 * so that neither copies nor the garbage collector cost anything. One per process, as large as it will ever be: views of the
 * memory stay good. What was never touched takes no memory.
 */
import { loadKernels, scratchBytes } from "./kernels.js";

/** Kernels may read and write up to this far around what they were given. */
const slackBytes = 384;
const alignment = 64;
/** WebAssembly's addresses end at 4 GiB. */
const mostBytes = 3 * 2 ** 30;

interface Range {
  from: number;
  to: number;
}

export class Arena {
  readonly #memory: Uint8Array;
  /** In order, none touching the next. */
  readonly #free: Range[];

  constructor(memory: Uint8Array, begin: number) {
    this.#memory = memory;
    this.#free = [{ from: begin, to: memory.length }];
  }

  /** Memory with whatever an earlier use left in it; undefined when no gap is large enough. */
  take(bytes: number): Uint8Array | undefined {
    const needed = roomFor(bytes);
    const index = this.#free.findIndex(({ from, to }) => to - from >= needed);
    const range = this.#free[index];
    if (!range) return undefined;
    const at = range.from;
    range.from += needed;
    if (range.from === range.to) this.#free.splice(index, 1);
    return new Uint8Array(this.#memory.buffer, at + slackBytes, bytes);
  }

  owns(view: ArrayBufferView): boolean {
    return view.buffer === this.#memory.buffer;
  }

  /** @param view - all that `take` gave, as any kind of view; must not be used any more */
  give(view: ArrayBufferView): void {
    const from = view.byteOffset - slackBytes;
    this.#giveRange(from, from + roomFor(view.byteLength));
  }

  /** @param kept - the beginning of `view`, which is what will be given back later */
  shrink(view: ArrayBufferView, kept: ArrayBufferView): void {
    const from = view.byteOffset - slackBytes;
    const [end, to] = [from + roomFor(kept.byteLength), from + roomFor(view.byteLength)];
    if (end < to) this.#giveRange(end, to);
  }

  #giveRange(from: number, to: number): void {
    const next = this.#free.findIndex((range) => range.from >= to);
    const index = next < 0 ? this.#free.length : next;
    const [before, after] = [this.#free[index - 1], this.#free[index]];
    const touchesBefore = before?.to === from;
    const touchesAfter = after?.from === to;
    if (before && after && touchesBefore && touchesAfter) {
      before.to = after.to;
      this.#free.splice(index, 1);
    } else if (before && touchesBefore) before.to = to;
    else if (after && touchesAfter) after.from = from;
    else this.#free.splice(index, 0, { from, to });
  }
}

let arena: Arena | undefined;

/** Memory of the arena, as `Arena.take`; undefined in processes without one. */
export const takeBytes = (bytes: number): Uint8Array | undefined => arena?.take(bytes);

/**
 * @param view - what `takeBytes` gave, or any other memory, for which this does nothing; must not be used any more
 * @returns true when it was the arena's
 */
export function giveBytes(view: Uint8Array): boolean {
  if (!arena?.owns(view)) return false;
  arena.give(view);
  return true;
}

/** True for memory of the arena. */
export const ownsBytes = (view: Uint8Array): boolean => arena?.owns(view) ?? false;

/** Gives back all but the first `bytes` of what `takeBytes` gave. */
export function keepBytes(view: Uint8Array, bytes: number): Uint8Array {
  const kept = new Uint8Array(view.buffer, view.byteOffset, bytes);
  arena?.shrink(view, kept);
  return kept;
}

const roomFor = (bytes: number): number => Math.ceil((bytes + 2 * slackBytes) / alignment) * alignment;

/**
 * Makes the arena of this process.
 *
 * @returns undefined where the kernels were not built, or the system does not give the memory
 */
export function openArena(bytes: number): Arena | undefined {
  const kernels = loadKernels();
  if (!kernels) return undefined;
  const length = Math.min(bytes, mostBytes);
  try {
    const begin = kernels.fix(length);
    return (arena = new Arena(kernels.reserve(0).subarray(0, begin + length), begin));
  } catch (error) {
    if (error instanceof RangeError) return undefined; // WebAssembly.Memory.grow
    throw error;
  }
}

/**
 * Takes the address space of an arena to come, of up to `bytes`: to be called before a process has loaded its code. When memory beside its
 * heap grows by so much, V8 collects the whole heap, twice.
 */
export function foreseeArena(bytes: number): void {
  try {
    loadKernels()?.reserve(scratchBytes + Math.min(bytes, mostBytes));
  } catch (error) {
    if (!(error instanceof RangeError)) throw error; // what the system does not give now is asked for again when it is needed
  }
}

/** Where in the kernels' memory a view lies; undefined when it is in other memory. */
export function addressOf(view: ArrayBufferView): number | undefined {
  const kernels = loadKernels();
  return kernels && view.buffer === kernels.memory.buffer ? view.byteOffset : undefined;
}
