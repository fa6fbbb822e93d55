/**
 * Files of tiles that come soon: they are read while the tiles before them are decoded, so that a worker waits for a disk or a web server
 * once and not at every tile.
 */
import { giveBytes, takeBytes } from "../kernels/arena.js";
import type { StoreOptions } from "../storage/store.js";
import { openByteSource, type ByteSource } from "./byte-source.js";

/** Files above this are read in parts, when their tile is decoded. */
const mostFileBytes = 4 * 2 ** 20;
/** Tiles under way take about so much. */
const mostAheadBytes = 4 * 2 ** 20;
const mostAhead = 16;

/** Tiles that are read ahead when each has so many bytes of pixels. */
export const tilesAhead = (tileBytes: number): number =>
  Math.min(mostAhead, Math.floor(mostAheadBytes / Math.max(tileBytes, 1)));

export interface OpenFile extends ByteSource {
  /** The bytes that it gave must not be used any more. */
  close(): void;
}

export class ReadAhead {
  readonly #stores: StoreOptions | undefined;
  readonly #begun = new Map<string, OpenFile>();

  constructor(stores: StoreOptions | undefined) {
    this.#stores = stores;
  }

  /** Begins to read what `open` will be called for soon. */
  begin(url: string): void {
    if (!this.#begun.has(url)) this.#begun.set(url, this.#read(url));
  }

  open(url: string): OpenFile {
    const file = this.#begun.get(url) ?? this.#read(url);
    this.#begun.delete(url);
    return file;
  }

  /** Lets go of what nobody opened. */
  close(): void {
    for (const file of this.#begun.values()) file.close();
    this.#begun.clear();
  }

  #read(url: string): OpenFile {
    return readNow(openByteSource(url, this.#stores));
  }
}

/** Failures are those of the functions that are called later, which try again. */
function readNow(source: ByteSource): OpenFile {
  let room: Uint8Array | undefined;
  const size = source.sizeBytes();
  const read = async (): Promise<Uint8Array | undefined> => {
    const bytes = await size;
    if (bytes === undefined || bytes > mostFileBytes) return undefined;
    room = takeBytes(bytes);
    return source.bytes(room);
  };
  const content = read().catch(() => undefined);
  return {
    ...source,
    sizeBytes: () => size.catch(() => source.sizeBytes()),
    bytes: async (room) => (await content) ?? source.bytes(room),
    range: async (offset, length, room) =>
      (await content)?.subarray(offset, offset + length) ?? source.range(offset, length, room),
    close: () =>
      void content.then(() => {
        if (room) giveBytes(room);
        room = undefined;
      }),
  };
}
