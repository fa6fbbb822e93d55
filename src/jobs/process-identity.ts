/** Tells a process from a later one with the same id. */
import { readFileSync, readlinkSync } from "node:fs";
import { hostname } from "node:os";
import { codeOf } from "../core/errors.js";

/**
 * When a process started, as an opaque text: on Linux field 22 of /proc/PID/stat with the PID namespace and the boot that it counts in;
 * "" elsewhere, and for a process that is gone or a zombie.
 */
export function processStartedAt(pid: number): string {
  if (process.platform !== "linux") return "";
  try {
    const stat = readFileSync(`/proc/${pid}/stat`, "latin1");
    const fields = stat.slice(stat.lastIndexOf(")") + 2).split(" "); // from field 3: the name before may hold anything
    return ["Z", "X"].includes(fields[0]!) ? "" : `${fields[19]}@${pidSpace()}`;
  } catch {
    return "";
  }
}

/**
 * True when the process certainly is gone: it was one of this host, boot and PID namespace, and its id is free or another process's.
 *
 * @param process - `pidStartedAt` as `processStartedAt` gave it while it ran
 */
export function isGone(process: {
  readonly host: string;
  readonly pid: number;
  readonly pidStartedAt: string;
}): boolean {
  if (process.host !== hostname()) return false;
  if (process.pidStartedAt === "") return !isPidUsed(process.pid);
  if (!process.pidStartedAt.endsWith(`@${pidSpace()}`)) return false; // another container of this name, or before a reboot
  return processStartedAt(process.pid) !== process.pidStartedAt;
}

function isPidUsed(pid: number): boolean {
  try {
    process.kill(pid, 0);
    return true;
  } catch (error) {
    return codeOf(error) !== "ESRCH";
  }
}

const pidSpace = (): string =>
  `${readlinkSync("/proc/self/ns/pid").replace(/\D/g, "")}.${readFileSync("/proc/sys/kernel/random/boot_id", "latin1").slice(0, 8)}`;
