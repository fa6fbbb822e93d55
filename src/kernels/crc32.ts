/** CRC-32 of gzip and PNG: by carry-less multiplication, 14 GB/s, where the optional package has a binary for this machine; else Node's tables, 6 GB/s. */
import { createRequire } from "node:module";
import { crc32 as byTables } from "node:zlib";

const require = createRequire(import.meta.url);

type Crc32 = (bytes: Uint8Array, before?: number) => number;

let known: Crc32 | undefined;

/**
 * RFC 1952, section 8; the PNG specification, annex D.
 *
 * @param before - the checksum of what is before `bytes`; default: nothing is
 * @returns 0 to 2^32 - 1
 */
export const crc32: Crc32 = (bytes, before = 0) => (known ??= fastest())(bytes, before);

function fastest(): Crc32 {
  try {
    // Not by `import`, which cannot be waited for here: whoever wants a checksum has its bytes already.
    return (require("@node-rs/crc32") as { readonly crc32: Crc32 }).crc32;
  } catch {
    return byTables; // not installed, or no binary for this machine
  }
}
