/**
 * Reads of local files, by whichever way is cheaper now. What lies in the page cache is there sooner than a thread of Node's pool wakes up,
 * but a disk or a file server must not hold up the event loop: once a call waited, the next ones go to the threads, and one after these
 * tries again.
 */
import {
  close,
  closeSync,
  constants,
  fstat,
  fstatSync,
  open,
  openSync,
  read,
  readSync,
  stat,
  statSync,
  type Stats,
} from "node:fs";
import { promisify } from "node:util";

const byThreads = {
  open: promisify(open) as (path: string, flags: number) => Promise<number>,
  stat: promisify(stat) as (path: string) => Promise<Stats>,
  size: promisify(fstat) as (file: number) => Promise<Stats>,
  read: promisify(read),
  close: promisify(close),
};

/** A call that took longer than this, and the time that memory needs for its bytes, waited for something. */
const quickMs = 0.1;
const quickBytesPerMs = 4e6;
/** Calls by threads after one that waited; twice as many when the next trial waits again. */
const fewestByThreads = 32;
const mostByThreads = 1024;

class Pace {
  #left = 0;
  #next = fewestByThreads;

  /** Whether the next call may hold up this thread. */
  isQuick(): boolean {
    if (this.#left === 0) return true;
    this.#left--;
    return false;
  }

  timed<T>(call: () => T, bytes = 0): T {
    const startMs = performance.now();
    try {
      return call();
    } finally {
      const isLate = performance.now() - startMs > quickMs + bytes / quickBytesPerMs;
      if (isLate) this.#left = this.#next;
      this.#next = isLate ? Math.min(2 * this.#next, mostByThreads) : fewestByThreads;
    }
  }
}

/** Of this process: file systems that differ in speed make some more trials. */
const pace = new Pace();

/** A named pipe in the place of a file must not keep the process waiting for who writes into it. Windows has no such flag. */
export const openForReading = constants.O_RDONLY | (constants.O_NONBLOCK ?? 0);

/** @throws the system's error, as all of these do */
export const openLocal = async (path: string): Promise<number> =>
  pace.isQuick() ? pace.timed(() => openSync(path, openForReading)) : byThreads.open(path, openForReading);

/** Of the file that a link points to. */
export const statLocal = async (path: string): Promise<Stats> =>
  pace.isQuick() ? pace.timed(() => statSync(path)) : byThreads.stat(path);

export const sizeOfLocal = async (file: number): Promise<number> =>
  (pace.isQuick() ? fstatSync(file) : await byThreads.size(file)).size;

export const closeLocal = async (file: number): Promise<void> =>
  pace.isQuick() ? closeSync(file) : byThreads.close(file);

/** Node reads at most 2 GiB at a time. */
const mostAtOnce = 2 ** 30;

/** @returns what was read: fewer bytes than `into` has where the file ends */
export async function readLocal(file: number, offset: number, into: Uint8Array): Promise<Uint8Array> {
  let done = 0;
  while (done < into.length) {
    const length = Math.min(into.length - done, mostAtOnce);
    const count = pace.isQuick()
      ? pace.timed(() => readSync(file, into, done, length, offset + done), length)
      : (await byThreads.read(file, into, done, length, offset + done)).bytesRead;
    if (count === 0) return into.subarray(0, done);
    done += count;
  }
  return into;
}
