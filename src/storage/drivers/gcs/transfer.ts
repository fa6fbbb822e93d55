/** How an object's bytes go to a bucket and come from it: direct-transfer.ts or client-transfer.ts. */
import type { InclusiveRange } from "../../connections.js";
import type { PutOptions, StoredObject } from "../../store.js";

export interface Upload {
  /** Whole name in the bucket. */
  readonly name: string;
  readonly bytes: Uint8Array;
  readonly metadata: UploadMetadata;
  /** `ifGenerationMatch`. */
  readonly generation?: string;
}

export interface UploadMetadata {
  readonly contentType: string;
  readonly contentEncoding?: string;
  readonly cacheControl?: string;
  readonly metadata?: Readonly<Record<string, string>>;
}

/** One request each; errors carry the HTTP status in `code`. */
export interface Transfer {
  /** Resolves to the new generation. */
  upload(upload: Upload): Promise<string>;
  /** The bytes as they are stored, with the generation and encoding of the same answer. */
  download(name: string, range?: InclusiveRange): Promise<StoredObject>;
  close(): void;
}

export const uploadMetadata = (options: PutOptions, custom?: Readonly<Record<string, string>>): UploadMetadata => ({
  contentType: options.contentType ?? "application/octet-stream",
  ...(options.contentEncoding && { contentEncoding: options.contentEncoding }),
  ...(options.cacheControl && { cacheControl: options.cacheControl }),
  ...(custom && { metadata: custom }),
});

/** What a media answer says about its object. */
export function storedObject(
  bytes: Uint8Array,
  headers: Readonly<Record<string, string | string[] | undefined>>,
): StoredObject {
  const contentEncoding = [headers["x-goog-stored-content-encoding"]].flat()[0];
  return {
    bytes,
    version: [headers["x-goog-generation"]].flat()[0] ?? "",
    ...(contentEncoding && contentEncoding !== "identity" && { contentEncoding }),
  };
}
