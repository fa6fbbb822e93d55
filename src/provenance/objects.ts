/** Small objects beside a volume: their bytes, digests and headers. */
import { createHash } from "node:crypto";
import { promisify } from "node:util";
import { brotliDecompress, gunzip } from "node:zlib";
import { CirrusError } from "../core/errors.js";
import type { PutOptions, StoredObject, WritableStore } from "../storage/store.js";

/** As CloudVolume writes `info` and `provenance`: a cached copy would be taken for the truth. */
export const jsonHeaders: PutOptions = { contentType: "application/json", cacheControl: "no-cache" };

export const sha256Hex = (bytes: Uint8Array): string => createHash("sha256").update(bytes).digest("hex");

/**
 * Writes an object that nobody changes again. One that is there with the same bytes counts as written: a reply may have
 * been lost.
 *
 * @returns false when another object has that key
 */
export async function putOnce(store: WritableStore, key: string, bytes: Uint8Array): Promise<boolean> {
  const result = await store.put(key, bytes, { ...jsonHeaders, ifVersion: "absent" });
  if (result.kind === "written") return true;
  const stored = await store.get(key);
  return stored !== undefined && Buffer.compare(stored.bytes, bytes) === 0;
}

/**
 * Text of a stored object, unpacked when it is compressed; bytes that are no UTF-8 become U+FFFD.
 *
 * @throws CirrusError `E_PROVENANCE_INVALID` when it cannot be unpacked
 */
export const textOf = ({ bytes, contentEncoding }: StoredObject): Promise<string> =>
  textOfBytes(bytes, contentEncoding);

/** As `textOf`; gzip is known by its first bytes. */
export async function textOfBytes(bytes: Uint8Array, contentEncoding?: string): Promise<string> {
  try {
    const isGzip = contentEncoding === "gzip" || (bytes[0] === 0x1f && bytes[1] === 0x8b);
    if (isGzip) return new TextDecoder().decode(await promisify(gunzip)(bytes));
    if (contentEncoding === "br") return new TextDecoder().decode(await promisify(brotliDecompress)(bytes));
    return new TextDecoder().decode(bytes);
  } catch (cause) {
    throw new CirrusError("E_PROVENANCE_INVALID", "the object is not the gzip or brotli that it says it is", { cause });
  }
}
