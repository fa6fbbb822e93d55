/** Where a tile's bytes come from: a local file (or, later, any store), whole or in ranges. */

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
