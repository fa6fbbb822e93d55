/** How an object's bytes go to a bucket and come from it: direct-transfer.ts or client-transfer.ts; open-transfer.ts chooses. */
import type { InclusiveRange } from "../../connections.js";
import type { PutOptions, StoredObject } from "../../store.js";

/** Custom metadata of conditional puts: tells our own write, whose reply was lost, from somebody else's. */
export const writeIdName = "cirrus-write-id";

export interface Upload {
  /** Whole name in the bucket. */
  readonly name: string;
  readonly bytes: Uint8Array;
  readonly options: PutOptions;
  /** Must hold, else 412 or 409: an entity tag in quotes, or `*` for "none at all". */
  readonly condition?: { readonly ifMatch: string } | { readonly ifNoneMatch: "*" };
  readonly writeId?: string;
}

/** One request each; errors are the SDK's, or have their form: S3's word as `name`, the status in `$metadata`. */
export interface Transfer {
  /** Resolves to the new entity tag, without quotes. */
  upload(upload: Upload): Promise<string>;
  /** The bytes as they are stored, with the entity tag and encoding of the same answer. */
  download(name: string, range?: InclusiveRange): Promise<StoredObject>;
  close(): Promise<void>;
}

export const contentTypeOf = ({ contentType }: PutOptions): string => contentType ?? "application/octet-stream";

/** An entity tag without its quotes. */
export const versionOf = (entityTag: string | undefined): string => (entityTag ?? "").replaceAll('"', "");

export const encodingOf = (contentEncoding: string | undefined): Pick<StoredObject, "contentEncoding"> =>
  contentEncoding ? { contentEncoding } : {};
