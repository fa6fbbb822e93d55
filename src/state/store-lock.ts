/**
 * Who owns a store: a lock of the kernel on an open file (OFD), freed however its holder dies. The file's text is for people and for
 * other hosts only.
 */
import { closeSync, ftruncateSync, openSync, readFileSync, writeSync } from "node:fs";
import { hostname, userInfo } from "node:os";
import { setTimeout as sleep } from "node:timers/promises";
import { tryLock } from "fs-native-extensions";

export interface StoreHolder {
  readonly pid: number;
  readonly host: string;
  readonly user: string;
  /** ISO 8601. */
  readonly since: string;
  /** Where it listens. */
  readonly socket: string;
}

/**
 * Takes the lock for the rest of this process. Tried for 100 ms, because a client's probe may hold it for a moment.
 *
 * @returns false when another process holds it
 */
export async function takeLock(path: string, socket: string): Promise<boolean> {
  const fd = openSync(path, "a+", 0o600);
  for (let tries = 0; !tryLock(fd); tries++) {
    if (tries === 5) return (closeSync(fd), false);
    await sleep(20);
  }
  const holder: StoreHolder = {
    pid: process.pid,
    host: hostname(),
    user: userName(),
    since: new Date().toISOString(),
    socket,
  };
  ftruncateSync(fd);
  writeSync(fd, `${JSON.stringify(holder)}\n`);
  return true;
}

/** Takes the lock and gives it back at once. */
export function isLockFree(path: string): boolean {
  const fd = openSync(path, "a+", 0o600);
  try {
    return tryLock(fd);
  } finally {
    closeSync(fd);
  }
}

/** The last holder, who may be gone; undefined when the file is not there or is just being written. */
export function readHolder(path: string): StoreHolder | undefined {
  try {
    return JSON.parse(readFileSync(path, "utf8")) as StoreHolder; // written by takeLock only
  } catch {
    return undefined;
  }
}

function userName(): string {
  try {
    return userInfo().username;
  } catch {
    return String(process.getuid?.() ?? ""); // a container's user may have no name
  }
}
