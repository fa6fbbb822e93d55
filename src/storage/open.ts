/**
 * The doors to a store. Reading needs nothing; writing needs a WriteTicket; only provenance has a door of its own, which takes
 * records and nothing else, because a record must be durable before a ticket can exist.
 */
import { randomBytes } from "node:crypto";
import { CirrusError, isCirrusError } from "../core/errors.js";
import { isMinted, type WriteTicket } from "../core/write-ticket.js";
import type { KeyValueStore, StoreDriver, StoreOptions, WritableStore } from "./store.js";
import { isWithin, locate, normaliseUrl, type Scheme } from "./url.js";

/** Loaded when first used: the Google client alone takes a third of a second, and Amazon's is an optional package. */
const drivers: Readonly<Record<Scheme, () => Promise<{ readonly driver: StoreDriver }>>> = {
  file: () => import("./drivers/file.js"),
  memory: () => import("./drivers/memory.js"),
  gs: () => import("./drivers/gcs.js"),
  s3: () => import("./drivers/s3.js"),
  https: () => import("./drivers/https.js"),
};

/** What `openStore` takes, in the order of the documentation. */
export const schemes = Object.keys(drivers) as readonly Scheme[];

const openDriver = async (url: string, options: StoreOptions): Promise<WritableStore> => {
  const location = locate(url);
  const { driver } = await drivers[location.scheme]();
  return driver.open(location, options);
};

/**
 * A store without writing methods, at run time too. Does not touch the backend.
 * @throws CirrusError `E_STORE_URL`
 */
export async function openStore(url: string, options: StoreOptions = {}): Promise<KeyValueStore> {
  return Object.freeze(readingOf(await openDriver(url, options)));
}

/**
 * @param url - the ticket's destination or a place below it
 * @throws CirrusError `E_PROVENANCE_MISSING` when the ticket was not minted by `provenance/admit.ts`, or is for another place
 */
export async function openWritable(
  url: string,
  ticket: WriteTicket,
  options: StoreOptions = {},
): Promise<WritableStore> {
  const wanted = normaliseUrl(url);
  if (!isMinted(ticket)) throw noTicket(`${wanted} opens for writing only with a ticket of the provenance gate`);
  if (!isWithin(normaliseUrl(ticket.destination), wanted)) {
    throw noTicket(`the provenance given is that of ${ticket.destination}, not of ${wanted}`);
  }
  return openDriver(wanted, options);
}

/**
 * The door of provenance: writes `provenance`, keys below `provenance.d/` except chunks kept in `scratch/` and `manifests/`,
 * and environment files and attributes of zarr and N5 at the root (any name without `/`, but not `info`).
 * @throws on writing another key: CirrusError `E_PROVENANCE_MISSING`
 */
export async function openRecordStore(url: string, options: StoreOptions = {}): Promise<WritableStore> {
  const store = await openDriver(url, options);
  const guard = (key: string): void => {
    if (!isRecordKey(key)) throw noTicket(`${key} of ${store.url} is no provenance record`);
  };
  return Object.freeze({
    ...readingOf(store),
    put: async (...[key, bytes, put]: Parameters<WritableStore["put"]>) => {
      guard(key);
      return store.put(key, bytes, put);
    },
    delete: async (key: string) => {
      guard(key);
      return store.delete(key);
    },
    sync: (keys: readonly string[]) => store.sync(keys),
    sweep: (jobId: string) => store.sweep(jobId),
  });
}

/** Compared without case: `INFO` is `info` on the disks of macOS and Windows. `info.gz` is what cloud-volume may read as `info`. */
function isRecordKey(key: string): boolean {
  const lower = key.toLowerCase();
  if (!lower.includes("/")) return !/^info(?:\.|$)/.test(lower);
  return lower.startsWith("provenance.d/") && !/^provenance\.d\/(?:scratch|manifests)(?:\/|$)/.test(lower);
}

/** Shorter than for the job itself: a person is waiting. */
const probeDeadlineMs = 20_000;

/**
 * Preflight: writes, overwrites, reads and deletes a probe object (overwriting needs the right to delete on buckets), and takes
 * away the folders that this made. No write in the sense of the gate: nothing stays.
 *
 * @throws CirrusError `E_DESTINATION_UNWRITABLE`, `E_STORE_DENIED` or `E_STORE_FULL`, naming the reason or the missing permission;
 * `E_STORE_TEMPORARY`; `E_STORE_URL`
 */
export async function probeWritable(url: string, options: StoreOptions = {}): Promise<void> {
  const location = locate(url);
  const { driver } = await drivers[location.scheme]();
  const store = await driver.open(location, { retryDeadlineMs: probeDeadlineMs, ...options });
  const removeNewFolders = await driver.noteFolders?.(location);
  try {
    await probe(store);
  } finally {
    await store.close();
    await removeNewFolders?.();
  }
}

async function probe(store: WritableStore): Promise<void> {
  const key = `.cirrus-probe-${randomBytes(8).toString("hex")}`;
  await store.put(key, Buffer.from("first"));
  const failures: unknown[] = [];
  try {
    await store.put(key, Buffer.from("second"));
    const back = await store.get(key);
    if (!back || Buffer.from(back.bytes).toString() !== "second") {
      throw new CirrusError("E_DESTINATION_UNWRITABLE", `${store.url} does not give back what was just written to it`);
    }
  } catch (error) {
    failures.push(error);
  }
  try {
    await store.delete(key);
  } catch (error) {
    failures.push(stayed(error, key));
  }
  // Where both fail it is for the same reason, and the later one also says what is left there.
  if (failures.length > 0) throw failures.at(-1);
}

function stayed(error: unknown, key: string): unknown {
  if (!isCirrusError(error)) return error;
  const { code, message, context, hint } = error;
  return new CirrusError(code, `${message}; the probe object ${key} stays there`, { context, hint, cause: error });
}

const readingOf = (store: KeyValueStore): KeyValueStore => ({
  url: store.url,
  get: (key) => store.get(key),
  getRange: (key, range) => store.getRange(key, range),
  stat: (key) => store.stat(key),
  list: (prefix) => store.list(prefix),
  listNames: (folder) => store.listNames(folder),
  close: () => store.close(),
});

const noTicket = (why: string): CirrusError =>
  new CirrusError(
    "E_PROVENANCE_MISSING",
    `Need to define sources, motivation and process in order to write to this volume: ${why}`,
  );
