/** Chunks of a box, a few ahead of the one that is worked on. */
import { CirrusError, isCirrusError, messageOf, type BadPiece, type BoundingBox, type VoxelPiece } from "cirrus/plugin";
import type { VolumeArray } from "./array.js";

/** Chunks that are in memory or on their way at the same time. */
const readsAhead = 4;

export async function* readPieces(
  array: VolumeArray,
  box: BoundingBox,
  t: number,
): AsyncGenerator<VoxelPiece | BadPiece> {
  const waiting: Promise<VoxelPiece | BadPiece>[] = [];
  for (const chunk of array.chunksIn(box)) {
    waiting.push(readPiece(array, chunk, t));
    if (waiting.length > readsAhead) yield await waiting.shift()!;
  }
  while (waiting.length) yield await waiting.shift()!;
}

/** Never rejects: what is wrong with a chunk is a piece too. */
async function readPiece(array: VolumeArray, box: BoundingBox, t: number): Promise<VoxelPiece | BadPiece> {
  const location = { url: array.nameOf(box) };
  try {
    const data = await array.read(box, t);
    if (data) return { box, data };
    return { box, location, error: new CirrusError("E_TILE_MISSING", `no chunk at ${location.url}`) };
  } catch (cause) {
    if (isCirrusError(cause) && cause.code !== "E_CHUNK_CORRUPT") return { box, location, error: cause };
    const problem = messageOf(cause).split("\n")[0]!;
    const message = isCirrusError(cause) ? problem : `chunk ${location.url} is damaged: ${problem}`;
    return { box, location, error: new CirrusError("E_TILE_CORRUPT", message, { cause }) };
  }
}
