/** Where the embedded store of a state folder keeps its files. */
import { createHash } from "node:crypto";
import { tmpdir } from "node:os";
import { dirname, join, resolve } from "node:path";

export interface StorePaths {
  /** Private folder of the store, `<state folder>/store`. */
  readonly folder: string;
  /** PostgreSQL's data folder. */
  readonly data: string;
  /** A data folder that is being made; renamed to `data` when it is whole. */
  readonly unfinished: string;
  readonly lock: string;
  /** Errors of the owner. */
  readonly log: string;
  readonly socket: string;
}

/** Bytes of a unix socket's path without the closing NUL: 104 in all on macOS and BSD, 108 on Linux. */
const longestSocketPath = process.platform === "linux" ? 107 : 103;

export function storePaths(stateFolder: string): StorePaths {
  const folder = join(resolve(stateFolder), "store");
  return {
    folder,
    data: join(folder, "pgdata"),
    unfinished: join(folder, "pgdata.new"),
    lock: join(folder, "store.lock"),
    log: join(folder, "store.log"),
    socket: socketPath(folder),
  };
}

/** In the store's folder, or, where that path is too long for a socket, in a private folder named by the folder's digest. */
function socketPath(folder: string): string {
  const beside = join(folder, "store.sock");
  if (Buffer.byteLength(beside) <= longestSocketPath) return beside;
  const digest = createHash("sha256").update(folder).digest("hex").slice(0, 16);
  return join(process.env["XDG_RUNTIME_DIR"] || tmpdir(), `cirrus-${process.getuid?.() ?? 0}-${digest}`, "s");
}

/** The folder that must be private for the socket to be so. */
export const socketFolder = (paths: StorePaths): string => dirname(paths.socket);
