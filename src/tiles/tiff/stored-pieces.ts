/** Reads a long range of a source in pieces, so that it never is in memory whole. */
import type { ByteSource } from "../byte-source.js";
import { corruptImage } from "../images/image-form.js";

const pieceBytes = 2 ** 20;

export interface StoredRange {
  readonly offset: number;
  readonly lengthBytes: number;
}

/** @throws CirrusError `E_TILE_CORRUPT` when the source ends before the range does */
export async function* storedPieces(source: ByteSource, range: StoredRange, name: string): AsyncGenerator<Uint8Array> {
  for (let at = 0; at < range.lengthBytes; at += pieceBytes) {
    const length = Math.min(pieceBytes, range.lengthBytes - at);
    const piece = await source.range(range.offset + at, length);
    if (piece?.length !== length) throw corruptImage(name, "the file ends before its pixels do");
    yield piece;
  }
}
