/** Stored bytes to content: what `Content-Encoding`, or the suffix of a local name, says was done to it. */
import { CirrusError } from "../core/errors.js";
import { gunzipChunk, unbrotliChunk } from "../formats/precomputed/encodings/compression.js";
import type { StoredObject } from "../storage/store.js";

export interface UnpackLimits {
  readonly mostBytes: number;
  /** For messages. */
  readonly key: string;
}

/**
 * @throws CirrusError `E_CHUNK_CORRUPT` when the stream is damaged or holds more than expected, `E_ENCODING_UNSUPPORTED` for
 * a coding that cirrus does not know
 */
export async function unpackObject(object: StoredObject, limits: UnpackLimits): Promise<Uint8Array> {
  let { bytes } = object;
  // The last coding named was done last (RFC 9110, 8.4).
  for (const coding of codingsOf(object.contentEncoding).reverse()) bytes = await unpack(coding, bytes, limits);
  return bytes;
}

/** Some S3-compatible stores keep `aws-chunked`, which was only the upload's (google/neuroglancer#795). */
export const codingsOf = (contentEncoding = ""): string[] =>
  contentEncoding
    .split(",")
    .map((coding) => coding.trim().toLowerCase())
    .filter((coding) => coding !== "" && coding !== "identity" && coding !== "aws-chunked");

async function unpack(coding: string, bytes: Uint8Array, { mostBytes, key }: UnpackLimits): Promise<Uint8Array> {
  if (coding === "gzip" || coding === "x-gzip") return gunzipChunk(bytes, mostBytes);
  if (coding === "br") return unbrotliChunk(bytes, mostBytes);
  throw new CirrusError(
    "E_ENCODING_UNSUPPORTED",
    `${key} is stored with Content-Encoding ${coding}, which cirrus cannot read`,
  );
}
