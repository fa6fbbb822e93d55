/** Folders that nobody but their user may enter. */
import { chmodSync, lstatSync, mkdirSync, type Stats } from "node:fs";
import { dirname } from "node:path";
import { CirrusError, codeOf, messageOf } from "../core/errors.js";

/**
 * Makes `folder` (and what is above it) with mode 0700, or takes that away from others which an older one allows.
 *
 * @throws CirrusError `E_STATE_UNAVAILABLE` when it cannot be made, or is another user's: a socket in there would be theirs
 */
export function makePrivateFolder(folder: string): void {
  try {
    makeFolders(folder);
    requireOwn(folder, lstatSync(folder));
    if (lstatSync(folder).mode & 0o077) chmodSync(folder, 0o700);
  } catch (cause) {
    if (codeOf(cause) === "E_STATE_UNAVAILABLE") throw cause;
    throw new CirrusError("E_STATE_UNAVAILABLE", `the state folder ${folder} cannot be made: ${messageOf(cause)}`, {
      cause,
      hint: "choose a folder that you may write, by CIRRUS_HOME",
    });
  }
}

/** Node's own `recursive` never returns where a file system answers ENOENT to a mkdir in a folder that is there (/proc), on Node 20.20. */
function makeFolders(folder: string): void {
  if (lstatSync(folder, { throwIfNoEntry: false })) return;
  if (dirname(folder) !== folder) makeFolders(dirname(folder));
  try {
    mkdirSync(folder, { mode: 0o700 });
  } catch (error) {
    if (codeOf(error) !== "EEXIST") throw error; // another process was faster
  }
}

/** True when there is such a folder and it is private; false when there is none. */
export function isPrivateFolder(folder: string): boolean {
  const stats = lstatSync(folder, { throwIfNoEntry: false });
  if (!stats) return false;
  requireOwn(folder, stats);
  return (stats.mode & 0o077) === 0;
}

function requireOwn(folder: string, stats: Stats): void {
  const isOwn = stats.isDirectory() && (process.getuid === undefined || stats.uid === process.getuid());
  if (isOwn) return;
  throw new CirrusError(
    "E_STATE_UNAVAILABLE",
    `${folder} is no folder of this user, so the store's socket may not lie there`,
    {
      hint: "remove it, or choose another folder by CIRRUS_HOME",
    },
  );
}
