/** Starts the HTTP server on the port that was asked for, or on the next one that is free. */
import { createServer, type AddressInfo } from "node:net";
import { createAdaptorServer } from "@hono/node-server";
import { CirrusError, codeOf } from "../core/errors.js";
import { createApp, type AppOptions } from "./app.js";
import { isLoopback } from "./guard.js";

export const defaultPort = 8000;
/** How many ports after the default are tried. */
const portsTried = 100;

export interface ListenOptions extends Omit<AppOptions, "host"> {
  /** Default 127.0.0.1. */
  readonly host?: string;
  /** Default: 8000, or the next free one. 0: any free one. */
  readonly port?: number;
}

export interface RunningServer {
  /** `http://127.0.0.1:8000`, with an address that a browser of this machine can open. */
  readonly url: string;
  readonly port: number;
  /** Ends every connection. The volumes stay open: whoever opened them closes them. */
  close(): Promise<void>;
}

/** @throws CirrusError `E_PORT_UNUSABLE` when the port is in use, or may not be used, or the host is none of this machine's */
export async function listen({ host = "127.0.0.1", port, ...options }: ListenOptions): Promise<RunningServer> {
  const { fetch } = createApp({ ...options, host });
  const last = port === undefined ? defaultPort + portsTried - 1 : port;
  for (let tried = port ?? defaultPort; ; tried++) {
    const server = createAdaptorServer({ fetch, hostname: host });
    try {
      await new Promise<void>((resolve, reject) => {
        server.once("error", reject);
        server.listen(tried, host.replace(/^\[|\]$/g, ""), resolve);
      });
    } catch (error) {
      if (codeOf(error) === "EADDRINUSE" && tried < last) continue;
      throw unusable(error, { host, port: tried, isOnly: port !== undefined });
    }
    const { port: given } = server.address() as AddressInfo; // listening on TCP
    const name = isLoopback(host) ? host : host === "::" || host === "0.0.0.0" ? "127.0.0.1" : host;
    return {
      url: `http://${name.includes(":") && !name.startsWith("[") ? `[${name}]` : name}:${given}`,
      port: given,
      close: () =>
        new Promise((resolve) => {
          server.close(() => resolve());
          if ("closeAllConnections" in server) server.closeAllConnections();
        }),
    };
  }
}

/** The first port of this machine from `first` on that nobody listens on; `first` when none of the next hundred is free. */
export async function nextFreePort(first: number): Promise<number> {
  for (let port = first; port < first + portsTried; port++) if (await isFree(port)) return port;
  return first;
}

const isFree = (port: number): Promise<boolean> =>
  new Promise((resolve) => {
    const server = createServer();
    server.once("error", () => resolve(false));
    server.listen(port, "127.0.0.1", () => server.close(() => resolve(true)));
  });

function unusable(error: unknown, { host, port, isOnly }: { host: string; port: number; isOnly: boolean }): unknown {
  const code = codeOf(error);
  const reasons: Readonly<Record<string, string>> = {
    EADDRINUSE: isOnly ? "it is in use" : `and the ${portsTried - 1} before it are in use`,
    EACCES: "this account may not use it",
    EADDRNOTAVAIL: `${host} is no address of this machine`,
    ENOTFOUND: `${host} is no address of this machine`,
    EAI_AGAIN: `${host} cannot be looked up`,
  };
  const reason = code === undefined ? undefined : reasons[code];
  if (reason === undefined) return error;
  return new CirrusError("E_PORT_UNUSABLE", `cannot listen on ${host} port ${port}: ${reason}`, {
    cause: error,
    context: { host, port },
  });
}
