/**
 * Looks at what a run is made from before it begins: digests of all of a small input, of an even sample of a large one. What cannot be
 * looked at is recorded with the reason; no input ever stops a run.
 */
import { stat } from "node:fs/promises";
import { basename, dirname } from "node:path";
import { gzipSync } from "node:zlib";
import { isCirrusError, messageOf } from "../../core/errors.js";
import { redactTokens } from "../../core/redact.js";
import { openStore } from "../../storage/open.js";
import type { KeyValueStore, StoreOptions } from "../../storage/store.js";
import { locate, type StoreLocation } from "../../storage/url.js";
import { readEventsIfListed } from "../events.js";
import { inputListKey, inputListText, type Input, type InputList } from "../model/input.js";
import { heads } from "../model/order.js";
import { sha256Hex } from "../objects.js";
import {
  digestObjects,
  digestedOf,
  localBudget,
  objectsOf,
  remoteBudget,
  type InputBudget,
  type KnownDigests,
} from "./list-objects.js";

export interface CapturedInput {
  readonly input: Input;
  /** Content of the object `input.listKey`, to be written beside the volume. */
  readonly list?: Uint8Array;
}

export interface CaptureInputsOptions {
  /** URL of the volume that is written: none of it is an input, but for the volume as its own source. */
  readonly destination: string;
  readonly store?: StoreOptions;
  /** What relative paths are relative to; default the current folder. */
  readonly baseFolder?: string;
  /** `near`: local places, and remote ones of the destination's kind (whose credentials are there). */
  readonly reach: "near" | "all";
  readonly known?: KnownDigests | undefined;
}

/** A remote place that does not answer must not hold up the run. */
const reachDeadlineMs = 5000;

/** One record per source, in their order. Never throws. */
export const captureInputs = (sources: readonly string[], options: CaptureInputsOptions): Promise<CapturedInput[]> =>
  Promise.all(
    sources.map(async (source): Promise<CapturedInput> => {
      const uri = redactTokens(source);
      try {
        return await captureInput(uri, source, options);
      } catch (error) {
        return { input: { uri, note: `not looked at: ${messageOf(error)}` } };
      }
    }),
  );

async function captureInput(uri: string, source: string, options: CaptureInputsOptions): Promise<CapturedInput> {
  const place = placeOf(source, options);
  if (!place) return { input: { uri, kind: "other", note: "no place that cirrus reads" } };
  const own = locate(options.destination);
  if (place.url === own.url) return { input: { uri, kind: "volume", url: place.url, note: "the volume itself" } };
  if (!isReachable(place, own, options.reach)) return { input: { uri, url: place.url, note: "not looked at: remote" } };
  const storeOptions = { ...options.store, retryDeadlineMs: reachDeadlineMs };
  const file = await fileAt(place, storeOptions, options.known);
  if (file) return { input: { uri, url: place.url, kind: "file", ...file } };
  const store = await openStore(place.url, storeOptions);
  try {
    return await captureTree(uri, store, { budget: budgetOf(place), except: own.url, digests: options.known });
  } finally {
    await store.close();
  }
}

/** A DOI or an accession number is no place. A web address may be a page; written as a volume, or asked for, it is one. */
function placeOf(source: string, { baseFolder, reach }: CaptureInputsOptions): StoreLocation | undefined {
  if (/^doi:/i.test(source.trim()) || (reach === "near" && /^https?:/i.test(source.trim()))) return undefined;
  try {
    return locate(source, baseFolder);
  } catch (error) {
    if (isCirrusError(error, "E_STORE_URL")) return undefined;
    throw error;
  }
}

const isReachable = (place: StoreLocation, own: StoreLocation, reach: "near" | "all"): boolean =>
  reach === "all" || place.scheme === "file" || place.scheme === own.scheme;

const budgetOf = ({ scheme }: StoreLocation): InputBudget => (scheme === "file" ? localBudget : remoteBudget);

/** A source that is one object, by its whole content where that is quick. */
async function fileAt(
  { scheme, path, url }: StoreLocation,
  options: StoreOptions,
  known: KnownDigests | undefined,
): Promise<Partial<Input> | undefined> {
  if (scheme === "file") {
    const found = await stat(path).catch(() => undefined);
    if (!found?.isFile()) return undefined;
    return digestFile(dirname(path), basename(path), { options, budget: localBudget, known });
  }
  const slash = url.lastIndexOf("/");
  if (!path) return undefined;
  return digestFile(url.slice(0, slash), url.slice(slash + 1), { options, budget: remoteBudget, known });
}

async function digestFile(
  parent: string,
  name: string,
  {
    options,
    budget,
    known,
  }: { readonly options: StoreOptions; readonly budget: InputBudget; readonly known: KnownDigests | undefined },
): Promise<Partial<Input> | undefined> {
  const store = await openStore(parent, options);
  try {
    const found = await store.stat(name);
    if (!found) return undefined;
    const objects = [{ key: name, sizeBytes: found.sizeBytes }];
    const list = await digestObjects(store, objects, { scope: "named", budget, known });
    const [entry] = list.entries;
    const digest = entry?.sha256 ?? entry?.pieces;
    return {
      // A local file's is made of times and its place on this disk: it means nothing anywhere else.
      ...(store.url.startsWith("file:") ? {} : { version: found.version }),
      bytes: found.sizeBytes,
      digested: digestedOf(list),
      ...(digest === undefined ? {} : { digest: `sha256:${digest}` }),
      ...(entry?.pieces === undefined ? {} : { note: "digest of 16 pieces" }),
    };
  } finally {
    await store.close();
  }
}

interface Tree {
  readonly budget: InputBudget;
  readonly except: string;
  readonly digests: KnownDigests | undefined;
}

async function captureTree(
  uri: string,
  store: KeyValueStore,
  { budget, except, digests }: Tree,
): Promise<CapturedInput> {
  const isVolume = (await store.stat("info")) !== undefined;
  const kind = isVolume ? "volume" : "folder";
  const { events } = isVolume ? await readEventsIfListed(store) : { events: [] };
  const known = { uri, url: store.url, kind, ...(events.length ? { events: heads(events) } : {}) } as const;
  const objects = await objectsIfListed(store, { kind, limit: budget.objects, except: [except] });
  if (objects === "unlistable") {
    const info = await store.stat("info");
    if (!info) return { input: { uri, url: store.url, kind: "other", note: "no volume, and it cannot be listed" } };
    const only = [{ key: "info", sizeBytes: info.sizeBytes }];
    const list = await digestObjects(store, only, { scope: "named", budget });
    return withList({ ...known, note: "it cannot be listed: its info only" }, list);
  }
  if (!objects) return { input: { ...known, note: `over ${budget.objects} objects: not listed, not digested` } };
  if (!objects.length) return { input: { uri, url: store.url, kind: "other", note: "nothing is there" } };
  return withList(known, await digestObjects(store, objects, { scope: "all", budget, known: digests }));
}

async function objectsIfListed(store: KeyValueStore, of: Parameters<typeof objectsOf>[1]) {
  try {
    return await objectsOf(store, of);
  } catch (error) {
    if (isCirrusError(error, "E_STORE_UNLISTABLE")) return "unlistable";
    throw error;
  }
}

/** The record of an input that has a list; the same content gives the same list, and its name. */
export function withList(input: Input, list: InputList): CapturedInput {
  const text = inputListText(list);
  const sha256 = sha256Hex(Buffer.from(text));
  const packed = gzipSync(text, { level: 6 });
  packed[9] = 0xff; // the header's operating system: "unknown", whatever machine wrote it
  const { objects, bytes } = list;
  const digested = digestedOf(list);
  const facts = { objects, bytes, digested, digest: `sha256:${sha256}`, listKey: inputListKey(sha256) };
  return { input: { ...input, ...facts }, list: packed };
}
