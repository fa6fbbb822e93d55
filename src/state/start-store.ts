/** Finds the owner of a store, or starts one: probes the lock first, because blind starting makes a stampede of processes that lose it. */
import { spawn, type ChildProcess } from "node:child_process";
import { closeSync, openSync, readFileSync, statfsSync, statSync } from "node:fs";
import { hostname } from "node:os";
import { setTimeout as sleep } from "node:timers/promises";
import { fileURLToPath } from "node:url";
import { CirrusError } from "../core/errors.js";
import { refuseNetworkFileSystem } from "./network-file-system.js";
import { makePrivateFolder } from "./private-folder.js";
import { dialOwner } from "./dial-owner.js";
import { refuseOtherMajor } from "./data-version.js";
import type { StoreLink } from "./store-link.js";
import { isLockFree, readHolder } from "./store-lock.js";
import { storePaths, type StorePaths } from "./store-paths.js";

export interface StartOptions {
  readonly stateFolder: string;
  /** For the owner, when this call starts it. */
  readonly idleMs: number;
  /** 60 s by default. */
  readonly deadlineMs?: number;
}

/** An owner on another machine that shares the folder may be just starting or leaving; after that long it is really there. */
const elsewhereAfterMs = 3000;
const logLimitBytes = 2 ** 20;

/**
 * @throws CirrusError `E_STATE_UNAVAILABLE` after the deadline or when the owner cannot start (with its last words),
 *   `E_STATE_ELSEWHERE` when another host's process holds the store, `E_STATE_FILESYSTEM`, `E_STATE_VERSION`
 */
export async function connectStore(options: StartOptions): Promise<StoreLink> {
  const { stateFolder, idleMs, deadlineMs = 60_000 } = options;
  const paths = storePaths(stateFolder);
  makePrivateFolder(paths.folder);
  const begun = Date.now();
  let owner: ChildProcess | undefined;
  let failures = 0;
  for (;;) {
    const link = await dialOwner(paths);
    if (link) return link;
    const waited = Date.now() - begun;
    if (waited > deadlineMs) throw unavailable(paths, `did not answer within ${Math.round(deadlineMs / 1000)} s`);
    if (isLockFree(paths.lock)) {
      if (hasFailed(owner) && ++failures === 2) throw unavailable(paths, "cannot start");
      if (!owner || hasEnded(owner)) {
        refuseNetworkFileSystem(paths.folder);
        refuseOtherMajor(paths);
        owner = startOwner(paths, stateFolder, idleMs);
      }
    } else if (waited > elsewhereAfterMs) refuseOtherHost(paths);
    await sleep(20 + Math.random() * 40);
  }
}

function startOwner(paths: StorePaths, stateFolder: string, idleMs: number): ChildProcess {
  const isLogLarge = (statSync(paths.log, { throwIfNoEntry: false })?.size ?? 0) > logLimitBytes;
  const log = openSync(paths.log, isLogLarge ? "w" : "a", 0o600);
  const script = fileURLToPath(new URL("./store-process.js", import.meta.url));
  // A session of its own: it outlives this process and its terminal. It gets no environment that it does not need (no credentials).
  const child = spawn(process.execPath, [script, stateFolder, String(idleMs)], {
    detached: true,
    stdio: ["ignore", "ignore", log],
    cwd: paths.folder,
    env: ownerEnvironment(),
  });
  closeSync(log);
  child.on("error", () => {}); // counted as an owner that failed
  child.unref();
  return child;
}

const ownerVariables = ["PATH", "HOME", "TMPDIR", "XDG_RUNTIME_DIR", "CIRRUS_ALLOW_NETWORK_STATE"];

const ownerEnvironment = (): NodeJS.ProcessEnv =>
  Object.fromEntries(
    ownerVariables.flatMap((name) => (process.env[name] === undefined ? [] : [[name, process.env[name]]])),
  );

const hasEnded = (owner: ChildProcess): boolean =>
  owner.exitCode !== null || owner.signalCode !== null || owner.pid === undefined;

/** Ended by itself with an error: 75 means that another one was faster, a signal that somebody killed it. */
const hasFailed = (owner: ChildProcess | undefined): boolean =>
  owner !== undefined && (owner.pid === undefined || (owner.exitCode !== null && ![0, 75].includes(owner.exitCode)));

function refuseOtherHost(paths: StorePaths): void {
  const holder = readHolder(paths.lock);
  if (!holder || holder.host === hostname()) return;
  throw new CirrusError(
    "E_STATE_ELSEWHERE",
    `the store in ${paths.folder} is owned by ${holder.user}@${holder.host} (process ${holder.pid})`,
    {
      context: { ...holder },
    },
  );
}

/** Without room for a WAL segment nothing starts, and the owner's log may not hold its last words either. */
const leastFreeBytes = 16 * 2 ** 20;

function unavailable(paths: StorePaths, what: string): CirrusError {
  const { bavail, bsize } = statfsSync(paths.folder);
  if (bavail * bsize < leastFreeBytes)
    return new CirrusError("E_STORE_FULL", `the store in ${paths.folder} ${what}: its disk is full`);
  const lastWords = lastLine(paths.log);
  return new CirrusError(
    "E_STATE_UNAVAILABLE",
    `the store in ${paths.folder} ${what}${lastWords && `: ${lastWords}`} (see ${paths.log})`,
  );
}

function lastLine(path: string): string {
  try {
    return readFileSync(path, "utf8").trim().split("\n").at(-1)!;
  } catch {
    return ""; // nothing was logged
  }
}
