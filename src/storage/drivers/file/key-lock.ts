/**
 * One lock per key, held by the kernel, so that a killed holder frees it: an empty file `.cirrus-tmp.lock.<digest>` in the root,
 * removed by its holder. Whoever gets the lock checks that the name still means the file that it locked, else starts again.
 */
import { createHash } from "node:crypto";
import { closeSync, fstatSync, openSync, statSync, unlinkSync } from "node:fs";
import { createRequire } from "node:module";
import { setTimeout as sleep } from "node:timers/promises";
import { CirrusError } from "../../../core/errors.js";
import { tempPrefix } from "../../keys.js";
import { attempt } from "./errors.js";
import { namesIn } from "./unfinished.js";

/** The part of fs-native-extensions used here; it has no types. Prebuilt, loaded at the first conditional put. */
interface Locks {
  tryLock(fd: number): boolean;
}
const require = createRequire(import.meta.url);

/** Far longer than any holder needs; a stopped process or a dead file server may use it up. */
const deadlineMs = 30_000;

const lockPrefix = `${tempPrefix}.lock.`;

/**
 * Runs `act` while no other process or thread runs one for the same key. `act` must not wait: a holder never yields.
 * @param root - folder of the store; there
 * @throws CirrusError `E_STORE_TEMPORARY` when the lock is not to be had within half a minute
 */
export async function withKeyLock<Result>(root: string, key: string, act: () => Result): Promise<Result> {
  const path = `${root}/${lockPrefix}${createHash("sha256").update(key).digest("hex").slice(0, 32)}`;
  const giveUpAt = performance.now() + deadlineMs;
  for (;;) {
    const fd = tryAcquire(path);
    if (fd !== undefined) {
      try {
        return act();
      } finally {
        release(path, fd);
      }
    }
    if (performance.now() > giveUpAt) {
      throw new CirrusError("E_STORE_TEMPORARY", `another process holds the lock of ${key} in ${root}`, {
        context: { path },
      });
    }
    await sleep(1 + Math.random() * 7); // a holder needs a fraction of a millisecond; random, so that many waiters spread
  }
}

/** Removes the lock files that killed holders left. Returns how many. */
export function sweepLocks(root: string): number {
  const left = namesIn(root).filter((name) => name.startsWith(lockPrefix));
  return left.filter((name) => {
    const fd = tryAcquire(`${root}/${name}`);
    if (fd !== undefined) release(`${root}/${name}`, fd);
    return fd !== undefined;
  }).length;
}

/** The locked file, or undefined when somebody else has it. */
function tryAcquire(path: string): number | undefined {
  const { tryLock } = require("fs-native-extensions") as Locks; // the shape is stated above, from its README
  const fd = openSync(path, "a");
  let isOurs = false;
  try {
    isOurs = tryLock(fd) && isStillNamed(path, fd);
    return isOurs ? fd : undefined;
  } finally {
    if (!isOurs) closeSync(fd);
  }
}

/** False when the last holder removed the file while we waited for it. */
function isStillNamed(path: string, fd: number): boolean {
  const named = statSync(path, { bigint: true, throwIfNoEntry: false });
  return named !== undefined && named.ino === fstatSync(fd, { bigint: true }).ino;
}

/** Unlinks before it unlocks: the next holder of the lock then sees that the name is gone. */
function release(path: string, fd: number): void {
  try {
    attempt(() => unlinkSync(path), "ENOENT");
  } finally {
    closeSync(fd);
  }
}
