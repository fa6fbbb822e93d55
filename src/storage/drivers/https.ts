/**
 * Volumes on web servers, for reading: `https://` and `http://`, public buckets too. Versions are entity tags, else the date of the
 * last change. There is no list of what a server holds, and nothing is ever written.
 */
import { CirrusError } from "../../core/errors.js";
import type { Reply } from "../connections.js";
import { checkKey, checkPrefix } from "../keys.js";
import { withRetry } from "../retry.js";
import type {
  ByteRange,
  ListedObject,
  ObjectStat,
  PutResult,
  StoreDriver,
  StoredObject,
  StoreOptions,
  WritableStore,
} from "../store.js";
import type { StoreLocation } from "../url.js";
import { refuseUnknownHost, webError } from "./https/errors.js";
import { webClient, type WebClient } from "./https/client.js";

/** A person waits, or a task that is tried again as a whole. */
const readDeadlineMs = 30_000;

export const driver: StoreDriver = {
  scheme: "https",
  open: async (location, options) => new WebStore(location, options),
};

class WebStore implements WritableStore {
  readonly url: string;
  readonly #client: WebClient;
  readonly #deadlineMs: number;

  constructor({ url }: StoreLocation, options: StoreOptions) {
    this.url = url;
    this.#client = webClient();
    this.#deadlineMs = options.retryDeadlineMs ?? readDeadlineMs;
  }

  async get(key: string): Promise<StoredObject | undefined> {
    const reply = await this.#ask("GET", key);
    return reply && { bytes: reply.body, version: versionOf(reply), ...encodingOf(reply) };
  }

  async getRange(key: string, { offset, length }: ByteRange): Promise<Uint8Array | undefined> {
    // HTTP cannot ask for an empty range.
    if (length === 0) return (await this.stat(key)) && new Uint8Array(0);
    const reply = await this.#ask("GET", key, { range: `bytes=${offset}-${offset + length - 1}` });
    if (!reply) return undefined;
    if (reply.status === 416) return new Uint8Array(0); // begins after the end
    // A server that knows no ranges sends everything.
    return reply.status === 206 ? reply.body : reply.body.subarray(offset, offset + length);
  }

  async stat(key: string): Promise<ObjectStat | undefined> {
    const reply = await this.#ask("HEAD", key);
    if (!reply) return undefined;
    const told = reply.headers["content-length"];
    const sizeBytes = told === undefined ? (await this.get(key))?.bytes.byteLength : Number(told);
    return sizeBytes === undefined ? undefined : { sizeBytes, version: versionOf(reply), ...encodingOf(reply) };
  }

  list(prefix: string): AsyncGenerator<ListedObject> {
    return this.#refuseList(prefix);
  }

  listNames(folder: string): AsyncGenerator<string> {
    return this.#refuseList(folder);
  }

  // eslint-disable-next-line require-yield -- it says why there is nothing to give
  async *#refuseList(prefix: string): AsyncGenerator<never> {
    checkPrefix(prefix);
    throw new CirrusError(
      "E_STORE_UNLISTABLE",
      `${this.url} is on a web server, which cannot list what lies below ${prefix || "it"}`,
      { context: { url: this.url, prefix } },
    );
  }

  async put(key: string): Promise<PutResult> {
    checkKey(key);
    throw this.#readOnly();
  }

  async delete(key: string): Promise<void> {
    checkKey(key);
    throw this.#readOnly();
  }

  async sync(): Promise<void> {}

  async sweep(): Promise<number> {
    return 0;
  }

  async close(): Promise<void> {
    this.#client.close();
  }

  #readOnly(): CirrusError {
    return new CirrusError("E_DESTINATION_UNWRITABLE", `${this.url} is read-only: cirrus does not write over HTTP`, {
      hint: "write to the folder or bucket itself: file://, gs:// or s3://",
    });
  }

  /** undefined when there is no such object; else status 200, 206 or 416. */
  async #ask(
    method: "GET" | "HEAD",
    key: string,
    headers: Readonly<Record<string, string>> = {},
  ): Promise<Reply | undefined> {
    checkKey(key);
    const url = `${this.url}/${key.split("/").map(encodeURIComponent).join("/")}`;
    const act = async (): Promise<Reply | undefined> => {
      const reply = await this.#client.send({ method, url, headers }).catch(refuseUnknownHost);
      const { status } = reply;
      if (status === 200 || status === 206 || (status === 416 && headers["range"])) return reply;
      if (isMissing(reply)) return undefined;
      throw Object.assign(new Error(`HTTP ${status}`), { status });
    };
    try {
      return await withRetry(act, { what: `get of ${url}`, deadlineMs: this.#deadlineMs });
    } catch (error) {
      throw webError(error, url);
    }
  }
}

/**
 * The public endpoints of buckets answer 403 for objects that are not there, unless everybody may list the bucket.
 * @see https://docs.aws.amazon.com/AmazonS3/latest/API/API_GetObject.html "Permissions"
 */
function isMissing({ status, headers }: Reply): boolean {
  if (status === 404 || status === 410) return true;
  const isBucket =
    headers["x-amz-request-id"] !== undefined ||
    headers["x-guploader-uploadid"] !== undefined ||
    headers["server"] === "AmazonS3";
  return status === 403 && isBucket;
}

function versionOf({ headers }: Reply): string {
  const tag = headers.etag?.replaceAll('"', "");
  return tag || [headers["last-modified"] ?? "", headers["content-length"] ?? ""].join(" ").trim();
}

const encodingOf = ({ headers }: Reply) => {
  const contentEncoding = headers["content-encoding"];
  return contentEncoding ? { contentEncoding } : {};
};
