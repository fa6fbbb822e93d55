/**
 * Volumes in Amazon S3, and on servers that speak its protocol. Versions are entity tags. An upload is atomic by itself, so nothing
 * is ever unfinished. Every call is tried again by retry.ts.
 */
import { randomBytes } from "node:crypto";
import type { ListObjectsV2CommandOutput, S3Client } from "@aws-sdk/client-s3";
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
import { connect, loadSdk, type Connection, type Sdk } from "./s3/client.js";
import { nameOf, plainError, storeError, type Operation } from "./s3/errors.js";
import { openTransfer } from "./s3/open-transfer.js";
import { encodingOf, versionOf, writeIdName, type Transfer, type Upload } from "./s3/transfer.js";

export const driver: StoreDriver = {
  scheme: "s3",
  open: async (location, options) => new S3Store(await loadSdk(), location, options),
};

interface Session extends Connection {
  readonly transfer: Transfer;
}

interface Head extends ObjectStat {
  readonly writeId: string | undefined;
}

class S3Store implements WritableStore {
  readonly url: string;
  readonly #sdk: Sdk;
  readonly #bucket: string;
  readonly #base: string;
  readonly #options: StoreOptions;
  #session: Promise<Session> | undefined;

  constructor(sdk: Sdk, { url, bucket, path }: StoreLocation, options: StoreOptions) {
    this.url = url;
    this.#sdk = sdk;
    this.#bucket = bucket;
    this.#base = path ? `${path}/` : "";
    this.#options = options;
  }

  async get(key: string): Promise<StoredObject | undefined> {
    const name = this.#name(key);
    return this.#call("get", key, ({ transfer }) => orMissing(() => transfer.download(name)));
  }

  async getRange(key: string, { offset, length }: ByteRange): Promise<Uint8Array | undefined> {
    const name = this.#name(key);
    // HTTP cannot ask for an empty range.
    if (length === 0) return (await this.stat(key)) && new Uint8Array(0);
    return this.#call("get", key, ({ transfer }) =>
      orMissing(async () => {
        try {
          return (await transfer.download(name, { start: offset, end: offset + length - 1 })).bytes;
        } catch (error) {
          if (statusOf(plainError(error)) === 416) return new Uint8Array(0); // begins after the end
          throw error;
        }
      }),
    );
  }

  async stat(key: string): Promise<ObjectStat | undefined> {
    const name = this.#name(key);
    const head = await this.#call("get", key, ({ client }) => this.#head(client, name));
    if (!head) return undefined;
    const { writeId: _, ...stat } = head;
    return stat;
  }

  async *list(prefix: string): AsyncGenerator<ListedObject> {
    for await (const page of this.#pages(prefix))
      for (const { Key = "", Size = 0 } of page.Contents ?? []) {
        if (Key.endsWith("/")) continue; // "folders" that the console makes
        yield { key: Key.slice(this.#base.length), sizeBytes: Size };
      }
  }

  async *listNames(folder: string): AsyncGenerator<string> {
    for await (const { Contents = [], CommonPrefixes = [] } of this.#pages(folder, "/")) {
      const names = [...Contents.map(({ Key = "" }) => Key), ...CommonPrefixes.map(({ Prefix = "" }) => Prefix)];
      yield* names.map((name) => name.slice(this.#base.length + folder.length)).filter((name) => name !== "");
    }
  }

  async *#pages(prefix: string, delimiter?: string): AsyncGenerator<ListObjectsV2CommandOutput> {
    checkPrefix(prefix);
    let token: string | undefined;
    do {
      const page = await this.#call("list", prefix, ({ client }) =>
        client.send(
          new this.#sdk.ListObjectsV2Command({
            Bucket: this.#bucket,
            Prefix: this.#base + prefix,
            ...(delimiter && { Delimiter: delimiter }),
            ...(token && { ContinuationToken: token }),
          }),
        ),
      );
      yield page;
      token = page.IsTruncated ? page.NextContinuationToken : undefined;
    } while (token);
  }

  async put(key: string, bytes: Uint8Array, options: PutOptions = {}): Promise<PutResult> {
    const { ifVersion } = options;
    const upload: Upload = { name: this.#name(key), bytes, options };
    if (ifVersion === undefined)
      return this.#call("put", key, async ({ transfer }) => ({
        kind: "written",
        version: await transfer.upload(upload),
      }));
    const condition = conditionOf(ifVersion);
    if (!condition) return { kind: "lost-race", current: (await this.stat(key))?.version };
    const writeId = randomBytes(12).toString("hex");
    return this.#call("put", key, async ({ client, transfer }): Promise<PutResult> => {
      try {
        return { kind: "written", version: await transfer.upload({ ...upload, condition, writeId }) };
      } catch (error) {
        if (!isRefusedCondition(error)) throw error;
        const head = await this.#head(client, upload.name);
        // The object may be ours: the reply to an earlier try was lost.
        if (head?.writeId === writeId) return { kind: "written", version: head.version };
        // 409: somebody else writes or deletes at this moment. Who came first is not decided yet.
        if (statusOf(plainError(error)) === 409 && (head?.version ?? "absent") === ifVersion) throw undecided(error);
        return { kind: "lost-race", current: head?.version };
      }
    });
  }

  async delete(key: string): Promise<void> {
    const target = { Bucket: this.#bucket, Key: this.#name(key) };
    await this.#call("delete", key, ({ client }) =>
      orMissing(() => client.send(new this.#sdk.DeleteObjectCommand(target))),
    );
  }

  /** An upload that was answered is durable. */
  async sync(): Promise<void> {}

  async sweep(): Promise<number> {
    return 0;
  }

  async close(): Promise<void> {
    const session = await this.#session?.catch(() => undefined);
    await session?.transfer.close();
    session?.client.destroy();
  }

  #name(key: string): string {
    checkKey(key);
    return this.#base + key;
  }

  #head(client: S3Client, name: string): Promise<Head | undefined> {
    return orMissing(async () => {
      const reply = await client.send(new this.#sdk.HeadObjectCommand({ Bucket: this.#bucket, Key: name }));
      const writeId = reply.Metadata?.[writeIdName];
      return {
        sizeBytes: reply.ContentLength ?? 0,
        version: versionOf(reply.ETag),
        writeId,
        ...encodingOf(reply.ContentEncoding),
      };
    });
  }

  async #call<Result>(operation: Operation, key: string, act: (session: Session) => Promise<Result>): Promise<Result> {
    const url = key === "" ? this.url : `${this.url}/${key}`;
    this.#session ??= this.#open();
    const session = await this.#session;
    const { isAnonymous } = session;
    const perform = async (): Promise<Result> => {
      try {
        return await act(session);
      } catch (error) {
        throw plainError(error);
      }
    };
    try {
      return await withRetry(perform, { what: `${operation} of ${url}`, deadlineMs: this.#options.retryDeadlineMs });
    } catch (error) {
      throw storeError(error, operation, { url, isAnonymous });
    }
  }

  async #open(): Promise<Session> {
    const connection = await connect(this.#sdk, this.#options.s3Endpoint, process.env);
    return { ...connection, transfer: openTransfer(this.#sdk, connection.client, this.#bucket) };
  }
}

/** undefined for a version that no object of a bucket can have. */
function conditionOf(version: string): Upload["condition"] {
  if (version === "absent") return { ifNoneMatch: "*" };
  return /^[!#-~]+$/.test(version) ? { ifMatch: `"${version}"` } : undefined;
}

/** 412; 409 while another write goes on; 404 for a version of what is gone. */
function isRefusedCondition(error: unknown): boolean {
  const status = statusOf(plainError(error));
  return status === 412 || status === 409 || (status === 404 && nameOf(error) !== "NoSuchBucket");
}

/** S3 asks to try again, so it counts as any busy answer. */
const undecided = (cause: unknown): Error =>
  Object.assign(new Error("another write to the same object goes on", { cause }), { status: 503 });

async function orMissing<Result>(act: () => Promise<Result>): Promise<Result | undefined> {
  try {
    return await act();
  } catch (error) {
    if (statusOf(plainError(error)) === 404 && nameOf(error) !== "NoSuchBucket") return undefined;
    throw error;
  }
}
