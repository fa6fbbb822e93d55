/** The owner of one store: lock, open, serve, look after the database, leave when nobody is connected. */
import { chmodSync, rmSync } from "node:fs";
import { hostname } from "node:os";
import net, { type Socket } from "node:net";
import { setTimeout as sleep } from "node:timers/promises";
import { refuseNetworkFileSystem } from "./network-file-system.js";
import { makePrivateFolder } from "./private-folder.js";
import { lookAfter } from "./store-care.js";
import { engineOn } from "./store-engine.js";
import { flattenError, onFrames, sendFrame, storeProtocol, type Hello, type StoreRequest } from "./store-frames.js";
import { takeLock } from "./store-lock.js";
import { socketFolder, storePaths, type StorePaths } from "./store-paths.js";

export interface OwnerOptions {
  readonly stateFolder: string;
  /** Leaves when nobody has been connected for so long. */
  readonly idleMs: number;
  /** Told of errors that no client hears of. */
  readonly log: (error: unknown) => void;
}

const careEveryMs = 2000;

/** Whoever started this process is on its way: on a loaded machine it may need seconds, and must not find it gone again. */
const firstClientMs = 10_000;

/**
 * Runs until it is idle, told to stop, or broken; ends the process by itself.
 *
 * @returns "elsewhere" at once when another process owns the store; else "serving"
 */
export async function ownStore(options: OwnerOptions): Promise<"serving" | "elsewhere"> {
  const paths = storePaths(options.stateFolder);
  process.umask(0o077);
  makePrivateFolder(paths.folder);
  refuseNetworkFileSystem(paths.folder);
  makePrivateFolder(socketFolder(paths));
  if (!(await takeLock(paths.lock, paths.socket))) return "elsewhere";

  const { openStoreData } = await import("./store-data.js"); // after the lock: who loses the race has not loaded PGlite
  const pg = await openStoreData(paths);
  const engine = engineOn(pg);
  const since = new Date().toISOString();
  /** Connections that have asked for something: one that only looks at the status must not keep the store. */
  const clients = new Set<Socket>();
  const connections = new Set<Socket>();
  let isLeaving = false;
  let hasChanged = true;
  let idle: NodeJS.Timeout;

  async function leave(): Promise<void> {
    if (isLeaving) return;
    isLeaving = true;
    clearInterval(carer);
    server.close(); // removes the socket: who dials now finds the lock held, and waits
    await engine.alone(() => pg.close());
    // Answers on their way out arrive; what came in meanwhile is not answered, and is sent again to the next owner.
    for (const socket of connections) socket.end();
    if (connections.size) await sleep(50);
    process.exit(0);
  }
  const waitForClients = (waitMs: number) => {
    idle = setTimeout(leave, waitMs);
  };

  async function answer(socket: Socket, request: StoreRequest): Promise<unknown> {
    if (request.type === "status") return { pid: process.pid, host: hostname(), since, connections: clients.size };
    if (request.type === "stop") return void setImmediate(leave);
    clients.add(socket);
    clearTimeout(idle);
    hasChanged = true;
    return request.type === "batch"
      ? engine.batch(request.statements)
      : { rows: await engine.execute(request.text, request.values) };
  }

  async function serve(socket: Socket, id: number, request: StoreRequest): Promise<void> {
    const reply = await answer(socket, request).then(
      (ok) => ({ id, ok }),
      (error: unknown) => {
        if (isBroken(error)) endBroken(error);
        return { id, error: flattenError(error) };
      },
    );
    if (!socket.destroyed) sendFrame(socket, reply);
  }

  /** The database's memory is not to be trusted any more. The WAL is: whoever asks next starts an owner that reads it. */
  function endBroken(error: unknown): never {
    options.log(error);
    process.exit(1);
  }

  const carer = setInterval(() => {
    if (!hasChanged) return;
    hasChanged = false;
    engine
      .alone(() => lookAfter(pg))
      .catch((error: unknown) => (isBroken(error) ? endBroken(error) : options.log(error)));
  }, careEveryMs);

  const server = net.createServer((socket) => {
    connections.add(socket);
    socket.on("error", () => {}); // "close" follows
    socket.on("close", () => {
      connections.delete(socket);
      if (clients.delete(socket) && clients.size === 0) waitForClients(options.idleMs);
    });
    const hello: Hello = { protocol: storeProtocol, folder: paths.folder };
    sendFrame(socket, hello);
    onFrames(socket, (message) => {
      if (isLeaving) return;
      const { id, request } = message as { id: number; request: StoreRequest };
      void serve(socket, id, request);
    });
  });
  await listen(server, paths);
  waitForClients(Math.max(options.idleMs, firstClientMs));
  process.on("SIGTERM", leave);
  process.on("uncaughtException", endBroken);
  return "serving";
}

/** The socket of a dead owner is no obstacle: the lock, not the file, says who owns the store. */
function listen(server: net.Server, paths: StorePaths): Promise<void> {
  rmSync(paths.socket, { force: true });
  return new Promise((resolve, reject) => {
    server.once("error", reject);
    server.listen(paths.socket, () => {
      chmodSync(paths.socket, 0o600);
      resolve();
    });
  });
}

/** A trap or exit inside of PGlite's WebAssembly, as opposed to an error that the database reports. */
const isBroken = (error: unknown): boolean =>
  error instanceof Error && ["RuntimeError", "ExitStatus"].includes(error.name);
