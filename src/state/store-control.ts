/** Looking at the embedded store and stopping it, without starting one. */
import { existsSync } from "node:fs";
import { readdir, stat } from "node:fs/promises";
import { hostname } from "node:os";
import { join } from "node:path";
import { setTimeout as sleep } from "node:timers/promises";
import { CirrusError, codeOf } from "../core/errors.js";
import { dialOwner } from "./dial-owner.js";
import type { OwnerStatus } from "./store-frames.js";
import { OwnerGone } from "./store-link.js";
import { isLockFree, readHolder } from "./store-lock.js";
import { storePaths, type StorePaths } from "./store-paths.js";

export interface StoreStatus {
  /** `starting` also means: it does not answer. */
  readonly state: "running" | "starting" | "stopped";
  readonly folder: string;
  readonly socket: string;
  /** Bytes of all files in the folder. */
  readonly sizeBytes: number;
  /** Null when it is stopped. */
  readonly pid: number | null;
  readonly host: string | null;
  /** ISO 8601, when this owner started. */
  readonly since: string | null;
  /** Clients that are connected and have asked for something; null when it does not answer. */
  readonly connections: number | null;
}

/** @param stateFolder - as in StateOptions; may not exist */
export async function storeStatus(stateFolder: string): Promise<StoreStatus> {
  const paths = storePaths(stateFolder);
  const sizeBytes = await sizeOf(paths.folder);
  const common = { folder: paths.folder, socket: paths.socket, sizeBytes };
  const owner = await askOwner(paths);
  if (owner) return { ...common, state: "running", ...owner };
  if (isStopped(paths)) return { ...common, state: "stopped", pid: null, host: null, since: null, connections: null };
  const holder = readHolder(paths.lock);
  return {
    ...common,
    state: "starting",
    pid: holder?.pid ?? null,
    host: holder?.host ?? null,
    since: holder?.since ?? null,
    connections: null,
  };
}

/**
 * Lets the owner finish what it was asked, close the database and end. Processes that are still connected start another one with their
 * next statement.
 *
 * @returns how it was found
 * @throws CirrusError `E_STATE_UNAVAILABLE` when it has not ended after 30 s, `E_STATE_ELSEWHERE` when it runs on another host
 */
export async function stopStore(stateFolder: string): Promise<"stopped" | "was-not-running"> {
  const paths = storePaths(stateFolder);
  if (isStopped(paths)) return "was-not-running";
  const holder = readHolder(paths.lock);
  const link = await dialOwner(paths);
  if (link) await link.call({ type: "stop" }).catch((error: unknown) => requireGone(error));
  else if (holder?.host === hostname()) terminate(holder.pid);
  else if (holder)
    throw new CirrusError(
      "E_STATE_ELSEWHERE",
      `the store in ${paths.folder} is owned by ${holder.user}@${holder.host}`,
      {
        hint: "stop it on that machine",
      },
    );
  // Another owner may have been started meanwhile by a process that is connected: then this one has ended as well.
  for (let waitedMs = 0; waitedMs < 30_000; waitedMs += 20) {
    if (isStopped(paths) || readHolder(paths.lock)?.pid !== holder?.pid) return "stopped";
    await sleep(20);
  }
  throw new CirrusError("E_STATE_UNAVAILABLE", `the store's process ${holder?.pid} in ${paths.folder} does not end`);
}

const isStopped = (paths: StorePaths): boolean => !existsSync(paths.lock) || isLockFree(paths.lock);

/** Undefined when it does not answer, or leaves before it does. */
async function askOwner(paths: StorePaths): Promise<OwnerStatus | undefined> {
  const link = await dialOwner(paths);
  if (!link) return undefined;
  const status = await link.call({ type: "status" }).catch((error: unknown) => requireGone(error));
  link.close();
  return status as OwnerStatus | undefined;
}

function requireGone(error: unknown): undefined {
  if (!(error instanceof OwnerGone)) throw error;
}

/** The lock was held a moment ago, so the process that its file names lives, but for a moment at its start. */
function terminate(pid: number): void {
  try {
    process.kill(pid, "SIGTERM");
  } catch {
    // it ended by itself
  }
}

/** Files and folders may go meanwhile: of the WAL, and while a store is made. */
async function sizeOf(folder: string): Promise<number> {
  const entries = await unlessGone(readdir(folder, { withFileTypes: true }), []);
  const sizes = entries.map(async (entry) => {
    const path = join(folder, entry.name);
    if (entry.isDirectory()) return sizeOf(path);
    return entry.isFile() ? unlessGone(stat(path).then(({ size }) => size), 0) : 0; // prettier-ignore
  });
  return (await Promise.all(sizes)).reduce((sum, size) => sum + size, 0);
}

const unlessGone = <Value>(reading: Promise<Value>, otherwise: Value): Promise<Value> =>
  reading.catch((error: unknown) => (codeOf(error) === "ENOENT" ? otherwise : Promise.reject(error)));
