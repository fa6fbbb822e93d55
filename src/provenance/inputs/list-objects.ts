/** Which objects belong to an input, and the digests of as many of them as are quickly read. */
import pLimit from "p-limit";
import type { KeyValueStore, ListedObject } from "../../storage/store.js";
import { isWithin } from "../../storage/url.js";
import { wholeBytes, type InputList, type ListedInput } from "../model/input.js";
import { piecesDigest, wholeDigest } from "./digest-object.js";

/** Read once before a run begins, whatever the size of its inputs. */
export interface InputBudget {
  /** Objects that are listed; an input with more is not. */
  readonly objects: number;
  /** When all of an input is less than this, every object is digested whole. */
  readonly bytes: number;
  /** Else this many objects, evenly spread over the list, at most 256 KiB of each. */
  readonly sample: number;
}

export const localBudget: InputBudget = { objects: 100_000, bytes: 128 * 2 ** 20, sample: 512 };
/** Each read is a request, and bytes out of a bucket cost money. */
export const remoteBudget: InputBudget = { objects: 100_000, bytes: 16 * 2 ** 20, sample: 64 };

/** Digests of one look, by object and way: a declared folder often holds the very files that the run reads. */
export type KnownDigests = Map<string, Promise<string | undefined>>;

const readsAtOnce = 16;

/**
 * Objects below the store's root that make up the input, in order of key; undefined when there are more than `limit`.
 *
 * @param kind - of a volume its records do not count: documenting it does not change it
 * @param except - URLs of places that are no part of it, such as the volume that is written
 */
export async function objectsOf(
  store: KeyValueStore,
  {
    kind,
    limit,
    except = [],
  }: { readonly kind: "volume" | "folder"; readonly limit: number; readonly except?: readonly string[] },
): Promise<ListedObject[] | undefined> {
  const found: ListedObject[] = [];
  for await (const object of store.list("")) {
    if (!isPart(object.key, kind) || except.some((url) => isWithin(url, `${store.url}/${object.key}`))) continue;
    if (found.length === limit) return undefined;
    found.push(object);
  }
  return found.sort((a, b) => (a.key < b.key ? -1 : 1));
}

/** Files at a volume's root are records, but for its info; names that begin with a dot are of tools. */
function isPart(key: string, kind: "volume" | "folder"): boolean {
  if (/(?:^|\/)\./.test(key)) return false;
  if (kind === "folder") return true;
  return key.includes("/") ? !key.startsWith("provenance.d/") : /^info(?:\.gz)?$/.test(key);
}

/** @param scope - and the counts of what there is, of which `objects` may be a part */
export async function digestObjects(
  store: KeyValueStore,
  objects: readonly ListedObject[],
  {
    scope,
    budget,
    counts,
    known = new Map(),
  }: {
    readonly scope: InputList["scope"];
    readonly budget: InputBudget;
    readonly counts?: number;
    readonly known?: KnownDigests | undefined;
  },
): Promise<InputList> {
  const bytes = objects.reduce((sum, { sizeBytes }) => sum + sizeBytes, 0);
  const isWhole = bytes <= budget.bytes;
  const step = Math.max(1, objects.length / budget.sample);
  const sampled = new Set(Array.from({ length: budget.sample }, (_, i) => Math.floor(i * step)));
  const limit = pLimit(readsAtOnce);
  const digestBy = (way: typeof wholeDigest, { key, sizeBytes }: ListedObject): Promise<string | undefined> => {
    const name = `${way.name} ${sizeBytes} ${store.url}/${key}`;
    const found = known.get(name) ?? way(store, key, sizeBytes);
    known.set(name, found);
    return found;
  };
  const digest = async (object: ListedObject, i: number): Promise<ListedInput> => {
    const { key, sizeBytes } = object;
    const isInfo = key === "info"; // it says what all other objects mean
    if (!isWhole && !isInfo && !sampled.has(i)) return { key, bytes: sizeBytes };
    if (isWhole || sizeBytes <= wholeBytes) {
      const sha256 = await digestBy(wholeDigest, object);
      return sha256 === undefined ? { key, bytes: sizeBytes } : { key, bytes: sizeBytes, sha256 };
    }
    const pieces = await digestBy(piecesDigest, object);
    return pieces === undefined ? { key, bytes: sizeBytes } : { key, bytes: sizeBytes, pieces };
  };
  const entries = await Promise.all(objects.map((object, i) => limit(digest, object, i)));
  return { root: store.url, scope, objects: counts ?? objects.length, bytes, entries };
}

/** How much of a list is digested by content. */
export function digestedOf({ entries }: InputList): { readonly objects: number; readonly bytes: number } {
  const digested = entries.filter(({ sha256, pieces }) => sha256 !== undefined || pieces !== undefined);
  const bytes = digested.reduce((sum, entry) => sum + (entry.sha256 === undefined ? wholeBytes : entry.bytes), 0);
  return { objects: digested.length, bytes };
}
