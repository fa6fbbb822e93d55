/** Stores in this process's memory, by name: for tests and for users of the library. They live as long as the process. */
import { checkKey, checkPrefix } from "../keys.js";
import type { StoreDriver, StoredObject, WritableStore } from "../store.js";
import type { StoreLocation } from "../url.js";

const stores = new Map<string, Map<string, StoredObject>>();
let lastVersion = 0;

export const driver: StoreDriver = {
  scheme: "memory",
  open: async (location) => new MemoryStore(location),
};

class MemoryStore implements WritableStore {
  readonly url: string;
  readonly #objects: Map<string, StoredObject>;
  /** `memory://name/a` holds the part of `memory://name` below `a/`. */
  readonly #base: string;

  constructor({ url, bucket, path }: StoreLocation) {
    this.url = url;
    this.#base = path ? `${path}/` : "";
    this.#objects = stores.get(bucket) ?? new Map<string, StoredObject>();
    stores.set(bucket, this.#objects);
  }

  async get(key: string): Promise<StoredObject | undefined> {
    const found = this.#find(key);
    return found && { ...found, bytes: found.bytes.slice() };
  }

  async getRange(key: string, range: { offset: number; length: number }): Promise<Uint8Array | undefined> {
    return this.#find(key)?.bytes.slice(range.offset, range.offset + range.length);
  }

  async stat(key: string) {
    const found = this.#find(key);
    if (!found) return undefined;
    const { bytes, ...rest } = found;
    return { ...rest, sizeBytes: bytes.length };
  }

  async *list(prefix: string) {
    checkPrefix(prefix);
    for (const [key, { bytes }] of this.#objects) {
      if (key.startsWith(this.#base + prefix)) yield { key: key.slice(this.#base.length), sizeBytes: bytes.length };
    }
  }

  async *listNames(folder: string) {
    const names = new Set<string>();
    for await (const { key } of this.list(folder)) names.add(/^[^/]*\/?/.exec(key.slice(folder.length))![0]);
    yield* names;
  }

  async put(...[key, bytes, options]: Parameters<WritableStore["put"]>): ReturnType<WritableStore["put"]> {
    const current = this.#find(key)?.version;
    const { ifVersion, contentEncoding } = options ?? {};
    if (ifVersion !== undefined && ifVersion !== (current ?? "absent")) return { kind: "lost-race", current };
    const version = String(++lastVersion);
    this.#objects.set(this.#base + key, {
      bytes: Uint8Array.from(bytes),
      version,
      ...(contentEncoding && { contentEncoding }),
    });
    return { kind: "written", version };
  }

  async delete(key: string): Promise<void> {
    checkKey(key);
    this.#objects.delete(this.#base + key);
  }

  async sync(): Promise<void> {}

  async sweep(): Promise<number> {
    return 0;
  }

  async close(): Promise<void> {}

  #find(key: string): StoredObject | undefined {
    checkKey(key);
    return this.#objects.get(this.#base + key);
  }
}
