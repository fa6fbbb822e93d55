/**
 * The storage port. Keys are relative to the store's URL, `/` between parts, no leading `/`, no `.` or `..` parts.
 * A store writes or throws; a missing key and a lost race are values.
 */
import type { Scheme, StoreLocation } from "./url.js";

export interface StoredObject {
  /** The bytes as they are stored: not decoded, whatever `contentEncoding` says. */
  readonly bytes: Uint8Array;
  readonly version: string;
  readonly contentEncoding?: string;
}

export interface ObjectStat {
  readonly sizeBytes: number;
  /** Changes whenever the object's bytes do: an etag, a generation, or a digest of size, time and inode. */
  readonly version: string;
  readonly contentEncoding?: string;
}

export interface ListedObject {
  readonly key: string;
  readonly sizeBytes: number;
}

export interface ByteRange {
  readonly offset: number;
  readonly length: number;
  /** Memory for the bytes, at least `length` of it, which a driver may use: the result is then a view of it. For readers of many ranges. */
  readonly room?: Uint8Array | undefined;
}

export interface KeyValueStore {
  /** Normalised, printable, without secrets: `file:///data/volume`, `gs://bucket/prefix`. */
  readonly url: string;
  get(key: string): Promise<StoredObject | undefined>;
  /** Fewer bytes than asked where the object ends; undefined when there is no object. */
  getRange(key: string, range: ByteRange): Promise<Uint8Array | undefined>;
  stat(key: string): Promise<ObjectStat | undefined>;
  /**
   * Every object whose key starts with `prefix`, in any order; unfinished writes are never listed.
   * @throws CirrusError `E_STORE_UNLISTABLE` on web servers, which have no list of what they hold
   */
  list(prefix: string): AsyncIterable<ListedObject>;
  /**
   * Names right below a folder, each once, in any order; those of folders end with `/`. One request for many objects, where `list` would
   * give each object below.
   * @param folder - "" or a prefix that ends with `/`
   * @throws CirrusError `E_STORE_UNLISTABLE`
   */
  listNames(folder: string): AsyncIterable<string>;
  close(): Promise<void>;
}

export interface PutOptions {
  /**
   * Write only when the object is at this version, or `"absent"` when there must be none. Give it for every put of a key
   * or for none: a put without it is not held up by one with it.
   */
  readonly ifVersion?: string;
  readonly contentType?: string;
  readonly contentEncoding?: "gzip" | "br";
  readonly cacheControl?: string;
}

/** The bytes of one object, in pieces; counted from the beginning whenever they are gone through. */
export interface ByteParts extends Iterable<Uint8Array> {
  /** Of all pieces, each of which is good until the next is asked for. */
  readonly byteLength: number;
}

export type PutResult =
  | { readonly kind: "written"; readonly version: string }
  | { readonly kind: "lost-race"; readonly current: string | undefined };

export interface WritableStore extends KeyValueStore {
  /**
   * Atomic: readers see the old object or the new one, whole. Without `ifVersion` the result is always "written".
   * @throws CirrusError `E_STORE_KEY`, `E_STORE_FULL`, `E_STORE_DENIED`, `E_STORE_TEMPORARY` (tried again up to a deadline),
   * `E_DESTINATION_UNWRITABLE` (web servers always); plain Error for a `contentEncoding` where the backend keeps none (files)
   */
  put(key: string, bytes: Uint8Array, options?: PutOptions): Promise<PutResult>;
  /** As `put` without conditions, where a store takes an object bit by bit; absent where it needs all bytes at once. */
  putParts?(key: string, parts: ByteParts): Promise<PutResult>;
  /** No error when there is nothing to delete. */
  delete(key: string): Promise<void>;
  /** Resolves when the objects and the folders that name them would survive a power loss; at once on object stores. */
  sync(keys: readonly string[]): Promise<void>;
  /** Removes what killed writers of this job left behind unfinished; resolves to how many. */
  sweep(jobId: string): Promise<number>;
}

/** What a backend needs beyond its URL; every member optional, and nothing here is a secret. */
export interface StoreOptions {
  /** Instead of Google's: `http://127.0.0.1:4443`. */
  readonly endpoint?: string;
  /** Instead of Amazon's: any server that speaks S3. */
  readonly s3Endpoint?: string;
  /** Path of a service account key file; default: application default credentials. */
  readonly keyFile?: string;
  /** Names unfinished writes, so that `sweep` finds those of a killed process. */
  readonly jobId?: string;
  /** false on scratch volumes: `sync` returns at once. */
  readonly fsync?: boolean;
  /** How long temporary errors of a remote store are tried again; default in retry.ts. */
  readonly retryDeadlineMs?: number;
}

/** One file per scheme in drivers/, one line in the table of open.ts. */
export interface StoreDriver {
  readonly scheme: Scheme;
  /** Does not touch the backend. */
  open(location: StoreLocation, options: StoreOptions): Promise<WritableStore>;
  /** Where stores have folders: notes which are missing, and resolves to an act that removes those of them that are empty. */
  noteFolders?(location: StoreLocation): Promise<() => Promise<void>>;
}
