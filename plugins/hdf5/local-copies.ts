/**
 * Local copies of files that are elsewhere: the HDF5 library reads files of the disk only. Each process has its own, below the system's
 * folder for temporary files (`TMPDIR` chooses another), and removes them when they are closed or it ends.
 */
import { rmSync } from "node:fs";
import { mkdtemp, open, rm } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { canList, CirrusError, messageOf, openByteSource, type ByteSource, type StoreOptions } from "cirrus/plugin";

/** Of one request. */
const pieceBytes = 2 ** 24;

export class LocalCopies {
  readonly #stores: StoreOptions;
  readonly #alive: () => void;
  #folder: Promise<string> | undefined;
  #made = 0;

  /** @param alive - called after each piece: a worker that copies is not hung */
  constructor(stores: StoreOptions, alive: () => void) {
    this.#stores = stores;
    this.#alive = alive;
  }

  /** @returns path of a copy; undefined when nothing is at the URL. @throws CirrusError as a ByteSource, `E_SOURCE_UNREADABLE` for a full disk */
  async make(url: string): Promise<string | undefined> {
    const source = openByteSource(url, this.#stores);
    // A web server is asked once, for all.
    const size = canList(url) ? await source.sizeBytes() : (await source.bytes())?.length;
    if (size === undefined) return undefined;
    this.#folder ??= newFolder();
    const path = join(await this.#folder, `${this.#made++}.h5`);
    try {
      await copy(source, { size, path, alive: this.#alive });
    } catch (cause) {
      await rm(path, { force: true });
      if (cause instanceof CirrusError) throw cause;
      throw new CirrusError("E_SOURCE_UNREADABLE", `${url} cannot be copied to ${path}: ${messageOf(cause)}`, {
        context: { url, sizeBytes: size },
        hint: "HDF5 files that are elsewhere are copied first; TMPDIR names a folder with room for them",
        cause,
      });
    }
    return path;
  }

  /** All of them. */
  async close(): Promise<void> {
    const folder = await this.#folder;
    this.#folder = undefined;
    if (folder !== undefined) await rm(folder, { recursive: true, force: true });
  }
}

async function newFolder(): Promise<string> {
  const folder = await mkdtemp(join(tmpdir(), "cirrus-hdf5-"));
  process.once("exit", () => rmSync(folder, { recursive: true, force: true }));
  return folder;
}

async function copy(
  source: ByteSource,
  { size, path, alive }: { readonly size: number; readonly path: string; alive(): void },
): Promise<void> {
  const file = await open(path, "wx", 0o600);
  try {
    for (let offset = 0; offset < size; offset += pieceBytes) {
      const piece = await source.range(offset, Math.min(pieceBytes, size - offset));
      if (piece?.length !== Math.min(pieceBytes, size - offset)) throw new Error("it changed meanwhile");
      await file.write(piece);
      alive();
    }
  } finally {
    await file.close();
  }
}
