/**
 * Volumes in Google Cloud Storage. Versions are generations. An upload is atomic by itself, so nothing is ever unfinished.
 * Every call is tried again by retry.ts; the client's own retries are off, as they leave out unconditional uploads.
 */
import { randomBytes } from "node:crypto";
import type { Bucket, File } from "@google-cloud/storage";
import { checkKey, checkPrefix } from "../keys.js";
import { statusOf, withRetry } from "../retry.js";
import type {
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
import { openBucket, requestTimeoutMs } from "./gcs/client.js";
import { storeError, type Operation } from "./gcs/errors.js";

export const driver: StoreDriver = {
  scheme: "gs",
  open: async (location, options) => new GcsStore(location, options),
};

/** Custom metadata of conditional puts: tells our own write, whose reply was lost, from somebody else's. */
const writeIdName = "cirrus-write-id";

class GcsStore implements WritableStore {
  readonly url: string;
  readonly #bucket: Bucket;
  readonly #base: string;
  readonly #deadlineMs: number | undefined;

  constructor({ url, bucket, path }: StoreLocation, options: StoreOptions) {
    this.url = url;
    this.#bucket = openBucket(bucket, options);
    this.#base = path ? `${path}/` : "";
    this.#deadlineMs = options.retryDeadlineMs;
  }

  async get(key: string): Promise<StoredObject | undefined> {
    const file = this.#file(key);
    return this.#call("get", key, () => orMissing(() => download(file)));
  }

  async getRange(key: string, { offset, length }: ByteRange): Promise<Uint8Array | undefined> {
    const file = this.#file(key);
    // HTTP cannot ask for an empty range.
    if (length === 0) return (await this.stat(key)) && new Uint8Array(0);
    return this.#call("get", key, () =>
      orMissing(async () => {
        try {
          return (await download(file, { start: offset, end: offset + length - 1 })).bytes;
        } catch (error) {
          if (statusOf(error) === 416) return new Uint8Array(0); // begins after the end
          throw error;
        }
      }),
    );
  }

  async stat(key: string): Promise<ObjectStat | undefined> {
    const file = this.#file(key);
    return this.#call("get", key, () =>
      orMissing(async () => {
        const [metadata] = await file.getMetadata();
        const { size, generation, contentEncoding } = metadata;
        return { sizeBytes: Number(size), version: String(generation), ...(contentEncoding && { contentEncoding }) };
      }),
    );
  }

  async *list(prefix: string): AsyncGenerator<ListedObject> {
    checkPrefix(prefix);
    let pageToken: string | undefined;
    do {
      const [files, next] = await this.#call("list", prefix, () =>
        this.#bucket.getFiles({
          prefix: this.#base + prefix,
          autoPaginate: false,
          fields: "items(name,size),nextPageToken",
          ...(pageToken && { pageToken }),
        }),
      );
      // Given `fields`, the client (7.22.0) passes on the reply's items as they are, whatever its types say.
      for (const { name, size } of files as unknown as readonly { readonly name: string; readonly size: string }[]) {
        if (name.endsWith("/")) continue; // "folders" that the console makes
        yield { key: name.slice(this.#base.length), sizeBytes: Number(size) };
      }
      pageToken = (next as { readonly pageToken?: string } | null)?.pageToken; // typed as `{}` by the client
    } while (pageToken);
  }

  async put(key: string, bytes: Uint8Array, options: PutOptions = {}): Promise<PutResult> {
    const { ifVersion } = options;
    const file = this.#file(key);
    if (ifVersion === undefined) {
      return this.#call("put", key, async () => ({ kind: "written", version: await upload(file, bytes, options) }));
    }
    const generation = generationOf(ifVersion);
    if (generation === undefined) return { kind: "lost-race", current: (await this.stat(key))?.version };
    const writeId = randomBytes(12).toString("hex");
    return this.#call("put", key, async (tryNumber): Promise<PutResult> => {
      try {
        return { kind: "written", version: await upload(file, bytes, options, { generation, writeId }) };
      } catch (error) {
        // 404 only where the bucket is missing: an upload with a stale generation gets 412, also when the object is gone.
        if (statusOf(error) !== 412) throw error;
      }
      const [metadata] = (await orMissing(() => file.getMetadata())) ?? [];
      const version = metadata && String(metadata.generation);
      // On a later try the object may be ours: the reply to an earlier one was lost.
      if (tryNumber > 1 && version && metadata.metadata?.[writeIdName] === writeId) return { kind: "written", version };
      return { kind: "lost-race", current: version };
    });
  }

  async delete(key: string): Promise<void> {
    const file = this.#file(key);
    await this.#call("delete", key, () => orMissing(() => file.delete()));
  }

  /** An upload that was answered is durable. */
  async sync(): Promise<void> {}

  async sweep(): Promise<number> {
    return 0;
  }

  async close(): Promise<void> {}

  #file(key: string): File {
    checkKey(key);
    return this.#bucket.file(this.#base + key);
  }

  async #call<Result>(operation: Operation, key: string, act: (tryNumber: number) => Promise<Result>): Promise<Result> {
    const url = key === "" ? this.url : `${this.url}/${key}`;
    try {
      return await withRetry(act, { what: `${operation} of ${url}`, deadlineMs: this.#deadlineMs });
    } catch (error) {
      throw storeError(error, operation, url);
    }
  }
}

/** `ifGenerationMatch`: 0 stands for "absent"; undefined for a version that no object of a bucket can have. */
const generationOf = (version: string): string | undefined => {
  if (version === "absent") return "0";
  return /^[1-9]\d*$/.test(version) ? version : undefined;
};

/** Resolves to the new generation. */
async function upload(
  file: File,
  bytes: Uint8Array,
  options: PutOptions,
  condition?: { readonly generation: string; readonly writeId: string },
): Promise<string> {
  await file.save(bytes as Buffer, {
    resumable: false, // one request instead of two
    timeout: requestTimeoutMs,
    metadata: {
      contentType: options.contentType ?? "application/octet-stream",
      ...(options.contentEncoding && { contentEncoding: options.contentEncoding }),
      ...(options.cacheControl && { cacheControl: options.cacheControl }),
      ...(condition && { metadata: { [writeIdName]: condition.writeId } }),
    },
    ...(condition && { preconditionOpts: { ifGenerationMatch: condition.generation } }),
  });
  return String(file.metadata.generation);
}

/** The bytes as they are stored, with the generation and encoding of the same answer. */
async function download(file: File, range?: { readonly start: number; readonly end: number }): Promise<StoredObject> {
  const stream = file.createReadStream({ decompress: false, ...range });
  let headers: Readonly<Record<string, string | undefined>> = {};
  stream.on("response", (response: { readonly headers: typeof headers }) => (headers = response.headers));
  const parts: Uint8Array[] = [];
  for await (const part of stream) parts.push(part as Uint8Array); // no encoding is set, so parts are bytes
  const stored = headers["x-goog-stored-content-encoding"];
  const contentEncoding = stored && stored !== "identity" ? stored : undefined;
  return {
    bytes: Buffer.concat(parts),
    version: headers["x-goog-generation"] ?? "",
    ...(contentEncoding && { contentEncoding }),
  };
}

async function orMissing<Result>(act: () => Promise<Result>): Promise<Result | undefined> {
  try {
    return await act();
  } catch (error) {
    if (statusOf(error) === 404) return undefined;
    throw error;
  }
}
