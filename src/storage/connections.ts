/**
 * Requests over our own kept connections: bytes as the server sends them (fetch would unpack them), for a fraction of the CPU time
 * that the clients of the clouds take. Whoever sends signs, follows and judges; nothing is tried again here.
 */
import * as http from "node:http";
import * as https from "node:https";

/** A socket that says nothing for so long is given up, and the request tried again. */
export const requestTimeoutMs = 60_000;

/** Kept to one server, also by the clouds' clients. */
export const mostConnections = 64;

export interface Request {
  readonly method: "GET" | "HEAD" | "POST" | "PUT";
  /** `http://` or `https://`. */
  readonly url: string;
  readonly headers: Readonly<http.OutgoingHttpHeaders>;
  /** The body, sent one after the other; its length must stand in the headers. */
  readonly parts?: readonly Uint8Array[];
}

/** First and last byte, both included, as HTTP counts. */
export interface InclusiveRange {
  readonly start: number;
  readonly end: number;
}

/** Of any status, whole. */
export interface Reply {
  readonly status: number;
  readonly headers: http.IncomingHttpHeaders;
  readonly body: Buffer;
}

export interface Connections {
  /** @throws Node's own errors of connections, `ETIMEDOUT` after a minute of silence */
  send(request: Request): Promise<Reply>;
  close(): void;
}

export function keptConnections(): Connections {
  const agents = {
    http: new http.Agent({ keepAlive: true, maxSockets: mostConnections }),
    https: new https.Agent({ keepAlive: true, maxSockets: mostConnections }),
  };
  return {
    send: ({ method, url, headers, parts = [] }) =>
      new Promise((resolve, reject) => {
        const isPlain = url.startsWith("http:");
        const agent = isPlain ? agents.http : agents.https;
        const request = (isPlain ? http : https).request(url, { method, agent, headers }, (response) => {
          const body: Buffer[] = [];
          response.on("data", (part: Buffer) => body.push(part));
          response.on("error", reject);
          response.on("end", () =>
            resolve({ status: response.statusCode ?? 0, headers: response.headers, body: Buffer.concat(body) }),
          );
        });
        request.setTimeout(requestTimeoutMs, () => request.destroy(timedOut()));
        request.on("error", reject);
        for (const part of parts) request.write(part);
        request.end();
      }),
    close: () => {
      agents.http.destroy();
      agents.https.destroy();
    },
  };
}

const timedOut = (): Error =>
  Object.assign(new Error(`no answer within ${requestTimeoutMs / 1000} s`), { code: "ETIMEDOUT" });
