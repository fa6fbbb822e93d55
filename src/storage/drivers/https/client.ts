/** Requests over kept connections, with the bytes as the server sends them: fetch would unpack them. */
import * as http from "node:http";
import * as https from "node:https";
import { authorizationOf, authorize } from "../../authorization.js";

export interface Reply {
  readonly status: number;
  readonly headers: http.IncomingHttpHeaders;
  readonly body: Uint8Array;
}

export interface WebRequest {
  readonly method: "GET" | "HEAD";
  readonly url: string;
  readonly headers: Readonly<Record<string, string>>;
}

export interface WebClient {
  /** Follows redirects, but for those that turn a name into a folder's: 404. Errors of the connection are Node's own. */
  send(request: WebRequest): Promise<Reply>;
  close(): void;
}

/** A socket that says nothing for so long is given up, and the request tried again. */
const requestTimeoutMs = 60_000;
const mostRedirects = 5;
const redirects: ReadonlySet<number> = new Set([301, 302, 303, 307, 308]);

export function webClient(): WebClient {
  const agents = {
    http: new http.Agent({ keepAlive: true, maxSockets: 64 }),
    https: new https.Agent({ keepAlive: true, maxSockets: 64 }),
  };

  /** A token is for one host: a redirect to another goes without. */
  const authorized = async (request: WebRequest): Promise<Reply> => {
    const authorization = authorizationOf(request.url);
    const given = { ...request, headers: { ...request.headers, ...(authorization && { authorization }) } };
    const reply = await once(given);
    if (reply.status !== 401) return reply;
    const token = await authorize(request.url, { sent: authorization, challenge: reply.headers["www-authenticate"] });
    return token ? once({ ...request, headers: { ...request.headers, authorization: token } }) : reply;
  };

  const once = ({ method, url, headers }: WebRequest): Promise<Reply> =>
    new Promise((resolve, reject) => {
      const isPlain = url.startsWith("http:");
      const request = (isPlain ? http : https).request(
        url,
        {
          method,
          agent: isPlain ? agents.http : agents.https,
          headers: { ...headers, "accept-encoding": acceptedCoding(url), "user-agent": "cirrus" },
        },
        (response) => {
          const parts: Buffer[] = [];
          response.on("data", (part: Buffer) => parts.push(part));
          response.on("error", reject);
          response.on("end", () =>
            resolve({ status: response.statusCode ?? 0, headers: response.headers, body: Buffer.concat(parts) }),
          );
        },
      );
      request.setTimeout(requestTimeoutMs, () => request.destroy(timedOut()));
      request.on("error", reject);
      request.end();
    });

  return {
    send: async (request) => {
      let reply = await authorized(request);
      let { url } = request;
      for (let left = mostRedirects; left > 0 && redirects.has(reply.status); left--) {
        const { location } = reply.headers;
        if (location === undefined || !URL.canParse(location, url)) break;
        const next = new URL(location, url).href;
        if (next === `${url}/`) return { ...reply, status: 404 }; // a folder, which is no object
        if (!/^https?:/.test(next)) break;
        url = next;
        reply = await authorized({ ...request, url });
      }
      return reply;
    },
    close: () => {
      agents.http.destroy();
      agents.https.destroy();
    },
  };
}

/**
 * The stored bytes are wanted, whose digests are known. Servers that compress on the way do not when asked for `identity`; Google's
 * buckets then unpack what is stored with an encoding, and leave it alone when asked for gzip.
 */
const acceptedCoding = (url: string): string =>
  /(?:^|\.)googleapis\.com$/.test(new URL(url).hostname) ? "gzip" : "identity";

const timedOut = (): Error =>
  Object.assign(new Error(`no answer within ${requestTimeoutMs / 1000} s`), { code: "ETIMEDOUT" });
