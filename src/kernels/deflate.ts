/** Deflate by our own kernels, several times as fast as zlib's level 6 for the two kinds of bytes that chunks are made of most. */
import { addressOf, keepBytes, takeBytes } from "./arena.js";
import { loadKernels } from "./kernels.js";

/**
 * - `literals`: Huffman codes alone, for bytes that do not repeat; as small as level 6 there
 * - `matches`: for bytes of which most repeat; 5 % larger than level 6 on compressed_segmentation
 */
export type DeflateKind = "literals" | "matches";

/** More than this is packed elsewhere, so that the kernels' memory stays small. */
const mostBytes = 16 * 2 ** 20;

/**
 * A deflate stream (RFC 1951) between room for a header and a trailer.
 *
 * @param room - bytes to leave free before and after the stream
 * @returns memory of the arena, to be given back, or of its own; undefined where the kernels are not there, or the bytes are too many for them
 */
export function deflate(
  kind: DeflateKind,
  bytes: Uint8Array,
  room: { readonly before: number; readonly after: number },
): Uint8Array | undefined {
  const kernels = bytes.length > 0 && bytes.length <= mostBytes ? loadKernels() : undefined;
  if (!kernels) return undefined;
  const mostPacked = bytes.length + (bytes.length >> 2) + 4096;
  const own = takeBytes(room.before + mostPacked + room.after);
  const memory = kernels.reserve(bytes.length + 64 + (own ? 0 : room.before + mostPacked + room.after));
  let from = addressOf(bytes);
  if (from === undefined) memory.set(bytes, (from = kernels.start));
  const to = (own ? own.byteOffset : kernels.start + bytes.length + 64) + room.before;
  const pack = kind === "literals" ? kernels.deflateLiterals : kernels.deflateMatches;
  const length = pack(from, bytes.length, to);
  if (own) return keepBytes(own, room.before + length + room.after);
  return memory.slice(to - room.before, to + length + room.after);
}
