/** Requests to web servers: redirects are followed, and tokens shown where one is kept for the host. */
import { authorizationOf, authorize } from "../../authorization.js";
import { keptConnections, type Reply } from "../../connections.js";

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

const mostRedirects = 5;
const redirects: ReadonlySet<number> = new Set([301, 302, 303, 307, 308]);

export function webClient(): WebClient {
  const connections = keptConnections();

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
    connections.send({
      method,
      url,
      headers: { ...headers, "accept-encoding": acceptedCoding(url), "user-agent": "cirrus" },
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
    close: () => connections.close(),
  };
}

/**
 * The stored bytes are wanted, whose digests are known. Servers that compress on the way do not when asked for `identity`; Google's
 * buckets then unpack what is stored with an encoding, and leave it alone when asked for gzip.
 */
const acceptedCoding = (url: string): string =>
  /(?:^|\.)googleapis\.com$/.test(new URL(url).hostname) ? "gzip" : "identity";
