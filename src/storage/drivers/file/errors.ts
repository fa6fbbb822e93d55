/** Errors of the file system, as errors of a store that say what to do. */
import { mkdirSync, statSync } from "node:fs";
import { dirname } from "node:path";
import { codeOf, CirrusError, isCirrusError, messageOf } from "../../../core/errors.js";

/** True for the codes given. */
export const hasCode = (error: unknown, ...codes: readonly string[]): boolean => codes.includes(codeOf(error) ?? "");

/** No such object: nothing there, a part of its path is a file, or it is a folder. */
export const isMissing = (error: unknown): boolean => hasCode(error, "ENOENT", "ENOTDIR", "EISDIR");

/**
 * @param path - file that was to be written, read or removed
 * @returns what to throw: a CirrusError where the cause can be named, else the error itself
 */
export function storeError(error: unknown, verb: "write" | "read" | "delete", path: string): unknown {
  if (isCirrusError(error)) return error;
  const code = codeOf(error) ?? "";
  const details = { cause: error, context: { path, code } };
  if (code === "ENOSPC") return new CirrusError("E_STORE_FULL", `cannot write ${path}: the disk is full`, details);
  if (code === "EDQUOT")
    return new CirrusError("E_STORE_FULL", `cannot write ${path}: the disk quota is used up`, details);
  if (code === "EACCES" || code === "EPERM") {
    return new CirrusError(
      "E_STORE_DENIED",
      `may not ${verb} ${path}: permission denied${deniedAt(path)} (${code})`,
      details,
    );
  }
  const reason = reasons[code]?.(path);
  if (!reason) return error;
  return verb === "read"
    ? new CirrusError("E_STORE_DENIED", `cannot read ${path}: ${reason}`, details)
    : new CirrusError("E_DESTINATION_UNWRITABLE", `cannot ${verb} ${path}: ${reason}`, details);
}

const reasons: Readonly<Record<string, (path: string) => string>> = {
  ENOENT: (path) => `the file system makes no folder in ${firstExisting(path) ?? "any folder above it"}`,
  EROFS: () => "the file system is read-only",
  ENOTDIR: (path) => fileInTheWay(path),
  EEXIST: (path) => fileInTheWay(path),
  EISDIR: () => "there is a folder of that name",
  ENOTEMPTY: () => "there is a folder of that name",
  ENAMETOOLONG: () => "the name is too long for the file system",
  ELOOP: () => "its symbolic links go round in a circle",
  EXDEV: () => "its folder is on another disk than the volume's root, so that a file cannot be put in place atomically",
  ENOLCK: () => "the file system keeps no locks",
  EFBIG: () => "it is larger than the file system takes",
  ENXIO: () => "it is no regular file",
};

function fileInTheWay(path: string): string {
  const ancestor = firstExisting(path);
  return ancestor ? `${ancestor} is a file, not a folder` : "a part of the path is a file, not a folder";
}

const deniedAt = (path: string): string => {
  const ancestor = firstExisting(dirname(path));
  return ancestor ? ` in ${ancestor}` : "";
};

/** The nearest of `path` and the folders above it that exists. */
function firstExisting(path: string): string | undefined {
  for (let at = path; ; at = dirname(at)) {
    if (exists(at)) return at;
    if (dirname(at) === at) return undefined;
  }
}

/** False also for what may not be looked at. */
export function exists(path: string): boolean {
  try {
    return statSync(path, { throwIfNoEntry: false }) !== undefined;
  } catch (error) {
    if (isMissing(error) || hasCode(error, "EACCES", "EPERM", "ELOOP", "ENAMETOOLONG")) return false;
    throw error;
  }
}

/** Does `act`; an error with one of these codes is the expected other outcome, and gives false. */
export function attempt(act: () => void, ...codes: readonly string[]): boolean {
  try {
    act();
    return true;
  } catch (error) {
    if (!hasCode(error, ...codes)) throw error;
    return false;
  }
}

/**
 * Makes a folder and those above it. Node's own `recursive` never returns where the file system answers ENOENT to a mkdir in a
 * folder that is there (/proc, automounters), on Node 20.20.
 *
 * @throws what the file system says
 */
export function makeFolders(path: string): void {
  for (let triesLeft = 100; ; triesLeft--) {
    try {
      mkdirSync(path);
      return;
    } catch (error) {
      if (hasCode(error, "EEXIST") && statSync(path, { throwIfNoEntry: false })?.isDirectory()) return;
      // Again, because another process may remove an empty parent before the folder is in it.
      if (!hasCode(error, "ENOENT") || triesLeft === 0 || dirname(path) === path) throw error;
    }
    makeFolders(dirname(path));
  }
}

/** For clean-up on a path that already fails with a better error: what goes wrong here is not told. */
export function quietly(act: () => void): void {
  try {
    act();
  } catch (error) {
    if (!codeOf(error)) throw new Error(`clean-up: ${messageOf(error)}`, { cause: error });
  }
}
