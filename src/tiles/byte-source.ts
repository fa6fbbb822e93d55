/** Where a tile's bytes come from: a local file (or, later, any store), whole or in ranges. */
import { CirrusError } from "../core/errors.js";
import { localFile } from "./local-file.js";

export interface ByteSource {
  /** undefined when there is nothing at the location. */
  readonly sizeBytes: () => Promise<number | undefined>;
  /** The whole content; undefined when there is nothing. */
  readonly bytes: () => Promise<Uint8Array | undefined>;
  /** Fewer bytes than asked at the end; undefined when there is nothing. */
  readonly range: (offset: number, length: number) => Promise<Uint8Array | undefined>;
  /** A local path when there is one, for libraries that read files themselves. */
  readonly path?: string;
}

/** One line per kind of location; stores of other schemes join here. */
const openers: Readonly<Record<string, (url: string) => ByteSource>> = {
  file: localFile,
};

/**
 * The bytes at a path or URL; touches nothing until one of its functions is called.
 *
 * @param url - a path or a `file://` URL
 * @returns a source whose functions give `undefined` where there is nothing, and throw `E_SOURCE_TEMPORARY`
 *   when another try may succeed, `E_SOURCE_UNREADABLE` for every other failure
 * @throws CirrusError `E_SOURCE_UNSUPPORTED` for a scheme that nothing here reads
 */
export function openByteSource(url: string): ByteSource {
  // Two letters at least: `C:\stack` is a path.
  const scheme = /^([a-z][a-z0-9+.-]+):\/\//i.exec(url)?.[1]?.toLowerCase() ?? "file";
  const open = Object.hasOwn(openers, scheme) ? openers[scheme] : undefined;
  if (open) return open(url);
  throw new CirrusError("E_SOURCE_UNSUPPORTED", `cannot read tiles from ${scheme}:// locations`, {
    context: { scheme },
    hint: `known: a path, ${Object.keys(openers)
      .map((name) => `${name}://`)
      .join(", ")}`,
  });
}

/** Bytes that are in memory already, as a source. */
export const memorySource = (bytes: Uint8Array): ByteSource => ({
  sizeBytes: () => Promise.resolve(bytes.byteLength),
  bytes: () => Promise.resolve(bytes),
  range: (offset, length) => Promise.resolve(bytes.subarray(offset, offset + length)),
});
