/** A local file as a ByteSource: opened at the first read, closed as soon as nobody reads on. */
import { fileURLToPath } from "node:url";
import { CirrusError, codeOf } from "../core/errors.js";
import { closeLocal, openLocal, readLocal, sizeOfLocal } from "../storage/local-reads.js";

const absent = new Set(["ENOENT", "ENOTDIR"]);
/** Busy disks, too many open files, network file systems that lost their server. */
const temporary = new Set(["EAGAIN", "EBUSY", "EIO", "EMFILE", "ENFILE", "ESTALE", "ETIMEDOUT"]);

/**
 * A ByteSource (whose module imports this one).
 *
 * @param url - a path, or a `file://` URL
 */
export function localFile(url: string) {
  const path = /^file:\/\//i.test(url) ? fileURLToPath(url) : url;
  const shared = sharedDescriptor(path);
  const attempt = async <T>(use: (descriptor: number) => Promise<T>): Promise<T | undefined> => {
    try {
      return await shared(use);
    } catch (error) {
      const code = codeOf(error);
      if (code && absent.has(code)) return undefined;
      const isTemporary = code !== undefined && temporary.has(code);
      throw new CirrusError(
        isTemporary ? "E_SOURCE_TEMPORARY" : "E_SOURCE_UNREADABLE",
        `cannot read ${path}: ${code ?? "unknown error"}`,
        { context: { path, systemCode: code }, cause: error },
      );
    }
  };
  // Asked once: a question to the file system costs as much as the read of a small tile.
  let size: number | undefined;
  const sizeOf = async (descriptor: number): Promise<number> => (size ??= await sizeOfLocal(descriptor));
  return {
    path,
    sizeBytes: () => attempt(sizeOf),
    bytes: (room?: Uint8Array) => attempt(async (descriptor) => readAt(descriptor, 0, await sizeOf(descriptor), room)),
    range: (offset: number, length: number, room?: Uint8Array) =>
      attempt((descriptor) => readAt(descriptor, offset, length, room)),
  };
}

/**
 * Runs each use with one descriptor, opened for the first of them. It is closed when a turn of the event loop begins with no use
 * under way: a reader that asks for one range after another keeps it open, and one who stops leaks nothing.
 */
function sharedDescriptor(path: string): <T>(use: (descriptor: number) => Promise<T>) => Promise<T> {
  let opened: Promise<number> | undefined;
  let users = 0;
  const closeWhenIdle = (): void => {
    if (users > 0 || !opened) return;
    const closing = opened;
    opened = undefined;
    // A descriptor that was only read from loses nothing when its close fails.
    closing.then(closeLocal).catch(() => undefined);
  };
  return async (use) => {
    users++;
    try {
      opened ??= openLocal(path);
      return await use(await opened);
    } finally {
      users--;
      if (users === 0) setImmediate(closeWhenIdle);
    }
  };
}

/** Up to `length` bytes, fewer at the end of the file. */
function readAt(descriptor: number, offset: number, length: number, room?: Uint8Array): Promise<Uint8Array> {
  // Not from Node's pool: voxels may be views of these bytes, which needs their start aligned.
  // And no Buffer for the caller, whose slice() is a view where every other Uint8Array makes a copy.
  const bytes =
    room && room.length >= length ? room.subarray(0, length) : new Uint8Array(Buffer.allocUnsafeSlow(length).buffer);
  return readLocal(descriptor, offset, bytes);
}
