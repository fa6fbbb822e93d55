/**
 * Volumes in folders. A put writes an unfinished file and renames it, so readers see the old object or the new one.
 * Calls are synchronous where that is cheaper: the page cache answers sooner than a thread switch.
 */
import {
  closeSync,
  fstatSync,
  linkSync,
  openSync,
  renameSync,
  rmdirSync,
  statSync,
  unlinkSync,
  type BigIntStats,
} from "node:fs";
import { dirname } from "node:path";
import { CirrusError } from "../../core/errors.js";
import { checkKey, checkPrefix } from "../keys.js";
import { openForReading, readLocal } from "../local-reads.js";
import type {
  ByteParts,
  ByteRange,
  ListedObject,
  ObjectStat,
  PutOptions,
  PutResult,
  StoreDriver,
  StoredObject,
  StoreOptions,
  WritableStore,
} from "../store.js";
import type { StoreLocation } from "../url.js";
import { flush, flushAncestors } from "./file/durable.js";
import { attempt, exists, hasCode, isMissing, makeFolders, quietly, storeError } from "./file/errors.js";
import { sweepLocks, withKeyLock } from "./file/key-lock.js";
import { listFiles, listFolder } from "./file/list.js";
import { sweepUnfinished, UnfinishedWrites, versionOf, type UnfinishedFile } from "./file/unfinished.js";

export const driver: StoreDriver = {
  scheme: "file",
  open: async (location, options) => new FileStore(location, options),
  noteFolders: async ({ path }) => {
    const missing = missingFolders(path);
    return async () => {
      for (const folder of missing) attempt(() => rmdirSync(folder), ...keepsFolder);
    };
  },
};

/** Why an empty folder may not be removed: it is not empty, already gone, or not ours to remove; no reason to fail. */
const keepsFolder = ["ENOTEMPTY", "EEXIST", "ENOENT", "ENOTDIR", "EACCES", "EPERM", "EROFS", "EBUSY"];

class FileStore implements WritableStore {
  readonly url: string;
  readonly #root: string;
  readonly #unfinished: UnfinishedWrites;
  readonly #fsync: boolean;
  #ancestorsFlushed = false;

  constructor({ url, path }: StoreLocation, options: StoreOptions) {
    if (/^[a-z]:/i.test(path) && process.platform !== "win32") {
      throw new CirrusError("E_STORE_URL", `cannot use ${url} as a store: this machine has no drive letters`);
    }
    this.url = url;
    this.#root = path;
    this.#unfinished = new UnfinishedWrites(path, options.jobId);
    this.#fsync = options.fsync ?? true;
  }

  async get(key: string): Promise<StoredObject | undefined> {
    return this.#read(key, async (file) => {
      const stats = fstatSync(file, { bigint: true });
      return { bytes: await readLocal(file, 0, new Uint8Array(Number(stats.size))), version: versionOf(stats) };
    });
  }

  async getRange(key: string, { offset, length, room }: ByteRange): Promise<Uint8Array | undefined> {
    return this.#read(key, (file) => readLocal(file, offset, room?.subarray(0, length) ?? new Uint8Array(length)));
  }

  async stat(key: string): Promise<ObjectStat | undefined> {
    const stats = this.#statSync(key);
    return stats && { sizeBytes: Number(stats.size), version: versionOf(stats) };
  }

  list(prefix: string): AsyncIterable<ListedObject> {
    checkPrefix(prefix);
    return listFiles(this.#root, prefix);
  }

  listNames(folder: string): AsyncIterable<string> {
    checkPrefix(folder);
    return listFolder(this.#root, folder);
  }

  async put(key: string, bytes: Uint8Array, options: PutOptions = {}): Promise<PutResult> {
    checkKey(key);
    if (options.contentEncoding) throw new Error(`a file keeps no Content-Encoding: ${key} needs a name that tells it`);
    try {
      if (options.ifVersion === undefined) return this.#replace(key, [bytes]);
      if (options.ifVersion === "absent") return await this.#create(key, bytes);
      return await this.#exchange(key, bytes, options.ifVersion);
    } catch (error) {
      throw storeError(error, "write", this.#path(key));
    }
  }

  async putParts(key: string, parts: ByteParts): Promise<PutResult> {
    checkKey(key);
    try {
      return this.#replace(key, parts);
    } catch (error) {
      throw storeError(error, "write", this.#path(key));
    }
  }

  /** Empty folders go too, as there are none on object stores. */
  async delete(key: string): Promise<void> {
    checkKey(key);
    const path = this.#path(key);
    try {
      if (!attempt(() => unlinkSync(path), "ENOENT", "ENOTDIR")) return;
    } catch (error) {
      throw storeError(error, "delete", path);
    }
    for (let end = key.lastIndexOf("/"); end > 0; end = key.lastIndexOf("/", end - 1)) {
      const folder = this.#path(key.slice(0, end));
      if (!attempt(() => rmdirSync(folder), ...keepsFolder)) return;
    }
  }

  async sync(keys: readonly string[]): Promise<void> {
    if (!this.#fsync) return;
    keys.forEach(checkKey);
    await flush(this.#root, keys);
    if (this.#ancestorsFlushed) return;
    await flushAncestors(this.#root);
    this.#ancestorsFlushed = true;
  }

  async sweep(jobId: string): Promise<number> {
    return sweepLocks(this.#root) + sweepUnfinished(this.#root, jobId);
  }

  async close(): Promise<void> {}

  #path(key: string): string {
    return `${this.#root}/${key}`;
  }

  #statSync(key: string): BigIntStats | undefined {
    checkKey(key);
    try {
      const stats = statSync(this.#path(key), { bigint: true, throwIfNoEntry: false });
      return stats?.isFile() ? stats : undefined;
    } catch (error) {
      if (isMissing(error)) return undefined;
      throw storeError(error, "read", this.#path(key));
    }
  }

  #replace(key: string, parts: Iterable<Uint8Array>, laterThanNs?: bigint): PutResult {
    return this.#moveIn(key, () => this.#unfinished.write(parts, laterThanNs), renameSync);
  }

  /** A link never replaces a file, so exactly one of many wins. */
  async #create(key: string, bytes: Uint8Array): Promise<PutResult> {
    try {
      return this.#moveIn(
        key,
        () => this.#unfinished.write([bytes], 0n),
        (from, to) => {
          linkSync(from, to);
          quietly(() => this.#unfinished.remove(from));
        },
      );
    } catch (error) {
      if (hasCode(error, "EEXIST")) return { kind: "lost-race", current: this.#version(key) };
      if (!hasCode(error, "EPERM", "ENOTSUP", "EOPNOTSUPP", "ENOSYS", "EMLINK")) throw error;
    }
    // A file system without links (FAT, some network ones): all who create the key come this way.
    return withKeyLock(this.#root, key, () => {
      const current = this.#version(key);
      return current === undefined ? this.#replace(key, [bytes], 0n) : { kind: "lost-race", current };
    });
  }

  async #exchange(key: string, bytes: Uint8Array, ifVersion: string): Promise<PutResult> {
    const seen = this.#version(key);
    if (seen !== ifVersion) return { kind: "lost-race", current: seen };
    return withKeyLock(this.#root, key, () => {
      const current = this.#statSync(key);
      if (!current || versionOf(current) !== ifVersion) {
        return { kind: "lost-race", current: current && versionOf(current) };
      }
      // Times that only grow: no later version equals one that somebody still holds.
      return this.#replace(key, [bytes], current.mtimeNs);
    });
  }

  #version(key: string): string | undefined {
    const stats = this.#statSync(key);
    return stats && versionOf(stats);
  }

  /**
   * Folders are made when the move fails for want of them, which costs nothing per put. A second failure means that somebody
   * removed the folder or the unfinished file meanwhile: all over again.
   */
  #moveIn(key: string, write: () => UnfinishedFile, move: (from: string, to: string) => void): PutResult {
    const target = this.#path(key);
    for (let triesLeft = 100; ; triesLeft--) {
      const unfinished = write();
      try {
        if (!attempt(() => move(unfinished.path, target), "ENOENT")) {
          makeFolders(dirname(target));
          move(unfinished.path, target);
        }
        return { kind: "written", version: unfinished.version };
      } catch (error) {
        quietly(() => this.#unfinished.remove(unfinished.path));
        if (!hasCode(error, "ENOENT") || triesLeft === 0) throw error;
      }
    }
  }

  /** `use` gets the descriptor of the open file. */
  async #read<Result>(key: string, use: (file: number) => Promise<Result>): Promise<Result | undefined> {
    checkKey(key);
    const path = this.#path(key);
    try {
      const file = openSync(path, openForReading);
      try {
        return await use(file);
      } finally {
        closeSync(file);
      }
    } catch (error) {
      if (isMissing(error)) return undefined;
      throw storeError(error, "read", path);
    }
  }
}

/** `path` and the folders above it that are not there, innermost first. */
function missingFolders(path: string): string[] {
  const missing: string[] = [];
  for (let folder = path; dirname(folder) !== folder; folder = dirname(folder)) {
    if (exists(folder)) break;
    missing.push(folder);
  }
  return missing;
}
