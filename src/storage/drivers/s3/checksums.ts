/**
 * Checksums that S3 keeps beside objects.
 * @see https://docs.aws.amazon.com/AmazonS3/latest/userguide/checking-object-integrity.html
 */
import { createHash } from "node:crypto";
import { crc32 } from "../../../kernels/crc32.js";
import type { Reply } from "../../connections.js";

const kinds: Readonly<Record<string, (bytes: Uint8Array) => string>> = {
  "x-amz-checksum-crc32": crc32Of,
  "x-amz-checksum-sha1": (bytes) => createHash("sha1").update(bytes).digest("base64"),
  "x-amz-checksum-sha256": (bytes) => createHash("sha256").update(bytes).digest("base64"),
};

/** Of CRC-32, the most significant byte first, in base64. */
export function crc32Of(bytes: Uint8Array): string {
  const sum = Buffer.alloc(4);
  sum.writeUInt32BE(crc32(bytes));
  return sum.toString("base64");
}

/**
 * @param bytes - the whole object
 * @returns "fine" too where there is no checksum, or one of checksums of parts; "unknown-kind" where all are of kinds not known here
 * @throws Error that is tried again: the bytes were altered on the way
 */
export function checkBytes(bytes: Uint8Array, headers: Reply["headers"]): "fine" | "unknown-kind" {
  const told = Object.entries(headers).filter(
    ([name, value]) =>
      name.startsWith("x-amz-checksum-") &&
      name !== "x-amz-checksum-type" &&
      typeof value === "string" &&
      !/-\d+$/.test(value),
  );
  const known = told.filter(([name]) => kinds[name]);
  for (const [name, value] of known) {
    if (kinds[name]?.(bytes) === value) continue;
    throw Object.assign(new Error(`the bytes do not match ${name}`), { code: "CONTENT_DOWNLOAD_MISMATCH" });
  }
  return told.length > 0 && known.length === 0 ? "unknown-kind" : "fine";
}
