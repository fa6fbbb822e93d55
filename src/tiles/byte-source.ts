/** Where a tile's bytes come from: a local file, a web server, or an object of a store, whole or in ranges. */
import { CirrusError } from "../core/errors.js";
import { schemes } from "../storage/open.js";
import type { StoreOptions } from "../storage/store.js";
import { localFile } from "./local-file.js";
import { storedFile } from "./stored-file.js";
import { webFile } from "./web-file.js";

export interface ByteSource {
  /** undefined when there is nothing at the location. */
  readonly sizeBytes: () => Promise<number | undefined>;
  /**
   * The whole content; undefined when there is nothing.
   *
   * @param room - memory that may be used for it when it is large enough
   */
  readonly bytes: (room?: Uint8Array) => Promise<Uint8Array | undefined>;
  /**
   * Fewer bytes than asked at the end; undefined when there is nothing.
   *
   * @param room - as in `bytes`
   */
  readonly range: (offset: number, length: number, room?: Uint8Array) => Promise<Uint8Array | undefined>;
  /** A local path when there is one, for libraries that read files themselves. */
  readonly path?: string;
}

/** One line per kind of location. */
const openers: Readonly<Record<string, (url: string, stores: StoreOptions) => ByteSource>> = {
  // Objects of stores; the two below are better at their own.
  ...Object.fromEntries(schemes.map((scheme) => [scheme, storedFile])),
  file: localFile,
  http: webFile,
  https: webFile,
};

/**
 * The bytes at a path or URL; touches nothing until one of its functions is called.
 *
 * @param url - a path or a URL
 * @param stores - how this machine reaches stores
 * @returns a source whose functions give `undefined` where there is nothing, and throw `E_SOURCE_TEMPORARY`
 *   when another try may succeed, `E_SOURCE_UNREADABLE` for every other failure
 * @throws CirrusError `E_SOURCE_UNSUPPORTED` for a scheme that nothing here reads
 */
export function openByteSource(url: string, stores: StoreOptions = {}): ByteSource {
  // Two letters at least: `C:\stack` is a path.
  const scheme = /^([a-z][a-z0-9+.-]+):\/\//i.exec(url)?.[1]?.toLowerCase() ?? "file";
  const open = Object.hasOwn(openers, scheme) ? openers[scheme] : undefined;
  if (open) return open(url, stores);
  throw new CirrusError("E_SOURCE_UNSUPPORTED", `cannot read tiles from ${scheme}:// locations`, {
    context: { scheme },
    hint: `known: a path, ${Object.keys(openers)
      .map((name) => `${name}://`)
      .join(", ")}`,
  });
}

/** For locations that are no files: there is nothing to read. */
export const emptySource: ByteSource = {
  sizeBytes: () => Promise.resolve(undefined),
  bytes: () => Promise.resolve(undefined),
  range: () => Promise.resolve(undefined),
};

/** True for what is neither a path nor a `file://` URL. Two letters at least: `C:\\stack` is a path. */
export const isRemoteUrl = (url: string): boolean => /^(?!file:)[a-z][a-z0-9+.-]+:\/\//i.test(url);

/** Bytes that are in memory already, as a source. */
export const memorySource = (bytes: Uint8Array): ByteSource => ({
  sizeBytes: () => Promise.resolve(bytes.byteLength),
  bytes: () => Promise.resolve(bytes),
  range: (offset, length) => Promise.resolve(bytes.subarray(offset, offset + length)),
});
