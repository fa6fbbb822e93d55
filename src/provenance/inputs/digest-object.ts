/** Digests of input objects: whole, or pieces of large ones. */
import { createHash } from "node:crypto";
import type { KeyValueStore } from "../../storage/store.js";
import { pieceBytes, pieceOffsets, type ListedInput } from "../model/input.js";

/** Read at once: a whole file of any size would not fit into memory. */
const streamBytes = 8 * 2 ** 20;

/** Pieces of an object up to this size are read at once: a file or a request is opened once, and not for each. */
const readWholeBytes = 2 ** 20;

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

/** Cheap, and blind to a change between the pieces that keeps the size. undefined when the object is gone. */
export async function piecesDigest(store: KeyValueStore, key: string, sizeBytes: number): Promise<string | undefined> {
  const whole = sizeBytes <= readWholeBytes ? await store.getRange(key, { offset: 0, length: sizeBytes }) : undefined;
  const hash = createHash("sha256");
  for (const offset of pieceOffsets(sizeBytes)) {
    const bytes =
      whole?.subarray(offset, offset + pieceBytes) ?? (await store.getRange(key, { offset, length: pieceBytes }));
    if (!bytes) return undefined;
    hash.update(bytes);
  }
  return hash.digest("hex");
}

/** The digest that `entry` has, of what is there now. */
export const digestAgain = (store: KeyValueStore, { key, bytes, pieces }: ListedInput): Promise<string | undefined> =>
  pieces === undefined ? wholeDigest(store, key, bytes) : piecesDigest(store, key, bytes);
