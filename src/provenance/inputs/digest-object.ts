/** Digests of input objects: whole, or pieces of large ones. */
import { createHash } from "node:crypto";
import type { KeyValueStore } from "../../storage/store.js";
import { pieceBytes, pieceOffsets, type ListedInput } from "../model/input.js";

/** Read at once: a whole file of any size would not fit into memory. */
const streamBytes = 8 * 2 ** 20;

/** undefined when there is no such object any more. */
export async function wholeDigest(store: KeyValueStore, key: string, sizeBytes: number): Promise<string | undefined> {
  const hash = createHash("sha256");
  for (let offset = 0; offset === 0 || offset < sizeBytes; offset += streamBytes) {
    const bytes = await store.getRange(key, { offset, length: Math.min(streamBytes, Math.max(1, sizeBytes - offset)) });
    if (!bytes) return undefined;
    hash.update(bytes);
  }
  return hash.digest("hex");
}

/** Pieces of an object up to this size are read at once: a file or a request is opened once, and not for each. */
const readWholeBytes = 2 ** 20;
/** Rooms for such objects, to be used again: hundreds of them one after another are garbage faster than it is collected. */
const freeRooms: Uint8Array[] = [];

/** Cheap, and blind to a change between the pieces that keeps the size. undefined when the object is gone. */
export async function piecesDigest(store: KeyValueStore, key: string, sizeBytes: number): Promise<string | undefined> {
  if (sizeBytes > readWholeBytes)
    return digestPieces(sizeBytes, (offset) => store.getRange(key, { offset, length: pieceBytes }));
  const room = freeRooms.pop() ?? new Uint8Array(readWholeBytes);
  try {
    const whole = await store.getRange(key, { offset: 0, length: sizeBytes, room });
    return await digestPieces(sizeBytes, (offset) => whole?.subarray(offset, offset + pieceBytes));
  } finally {
    freeRooms.push(room);
  }
}

async function digestPieces(
  sizeBytes: number,
  read: (offset: number) => Promise<Uint8Array | undefined> | Uint8Array | undefined,
): Promise<string | undefined> {
  const hash = createHash("sha256");
  for (const offset of pieceOffsets(sizeBytes)) {
    const bytes = await read(offset);
    if (!bytes) return undefined;
    hash.update(bytes);
  }
  return hash.digest("hex");
}

/** The digest that `entry` has, of what is there now. */
export const digestAgain = (store: KeyValueStore, { key, bytes, pieces }: ListedInput): Promise<string | undefined> =>
  pieces === undefined ? wholeDigest(store, key, bytes) : piecesDigest(store, key, bytes);
