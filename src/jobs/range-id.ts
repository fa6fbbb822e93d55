/** Row ids of ranges: the same for the same range, so that inserting a plan again adds only what is missing. */
import { createHash } from "node:crypto";

/** Version 4, made once for this purpose. */
const namespace = Buffer.from("5a0c1b9e4f3d4f0e9f6e2d1f7a6b8c94", "hex");

/** UUID version 5 (RFC 9562) of job, round and first task. */
export function rangeId(jobId: string, round: number, from: number): string {
  const hash = createHash("sha1").update(namespace).update(`${jobId}/${round}/${from}`).digest();
  hash[6] = (hash[6]! & 0x0f) | 0x50;
  hash[8] = (hash[8]! & 0x3f) | 0x80;
  const hex = hash.toString("hex", 0, 16);
  return [hex.slice(0, 8), hex.slice(8, 12), hex.slice(12, 16), hex.slice(16, 20), hex.slice(20)].join("-");
}
