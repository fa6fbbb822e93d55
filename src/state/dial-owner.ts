/** The connection to a store's owner, if one answers. */
import { dirname } from "node:path";
import { isPrivateFolder } from "./private-folder.js";
import { dial, OwnerGone, type StoreLink } from "./store-link.js";
import { readHolder } from "./store-lock.js";
import type { StorePaths } from "./store-paths.js";

/**
 * Undefined when nobody answers. A socket in a folder that others may write is not trusted.
 *
 * @throws CirrusError `E_STATE_VERSION` when the owner speaks another protocol, `E_STATE_UNAVAILABLE` when the socket's folder is
 *   another user's
 */
export async function dialOwner(paths: StorePaths): Promise<StoreLink | undefined> {
  const link = await tryDial(paths.socket, paths.folder);
  if (link) return link;
  // The owner may have been started with another runtime directory than ours (cron, ssh): it wrote down where it listens.
  const socket = readHolder(paths.lock)?.socket ?? paths.socket;
  return socket === paths.socket ? undefined : tryDial(socket, paths.folder);
}

async function tryDial(socket: string, folder: string): Promise<StoreLink | undefined> {
  if (!isPrivateFolder(dirname(socket))) return undefined;
  try {
    return await dial(socket, folder);
  } catch (error) {
    if (error instanceof OwnerGone) return undefined;
    throw error;
  }
}
