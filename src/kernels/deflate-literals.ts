/** Deflate by Huffman codes alone, for bytes that do not repeat: as small as zlib's level 6 there, at ten times its speed. */
import { loadKernels } from "./kernels.js";

/** More than this is packed elsewhere, so that the kernels' memory stays small. */
const mostBytes = 16 * 2 ** 20;

/**
 * A deflate stream (RFC 1951) between room for a header and a trailer.
 *
 * @param room - bytes to leave free before and after the stream
 * @returns memory of its own; undefined where the kernels are not there, or the bytes are too many for them
 */
export function deflateLiterals(
  bytes: Uint8Array,
  room: { readonly before: number; readonly after: number },
): Uint8Array | undefined {
  const kernels = bytes.length > 0 && bytes.length <= mostBytes ? loadKernels() : undefined;
  if (!kernels) return undefined;
  const from = kernels.start;
  const to = from + bytes.length + 64;
  const memory = kernels.reserve(2 * bytes.length + bytes.length / 8 + 4096);
  memory.set(bytes, from);
  const length = kernels.deflateLiterals(from, bytes.length, to);
  return memory.slice(to - room.before, to + length + room.after);
}
