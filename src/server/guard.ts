/** Who may ask, and what a page of ours may do: applied to every request before anything is looked up. */
import { createHash, timingSafeEqual } from "node:crypto";
import type { MiddlewareHandler } from "hono";
import { plainText } from "./surfaces/objects.js";

export interface GuardOptions {
  /** Address that the server listens on, as the user gave it. */
  readonly host: string;
  /** Origin whose pages may read the volumes, or `*`; undefined: no other page may. */
  readonly cors: string | undefined;
  /** Every request must bring it: as Bearer or Token, or as the password of a browser's question. */
  readonly token?: string | undefined;
}

export const isLoopback = (host: string): boolean => /^(localhost|127(\.\d{1,3}){3}|\[?::1\]?)$/i.test(host);

/** These listen on every address, so any name may be the right one. */
const isWildcard = (host: string): boolean => host === "0.0.0.0" || host === "::" || host === "[::]";

/**
 * - The `Host` must be this machine's own or the one of `--host`: a page of another site that points its own name to 127.0.0.1 is refused.
 * - GET and HEAD only.
 * - Other origins' pages may read nothing, unless `--cors` names them.
 */
export const guard =
  ({ host, cors, token }: GuardOptions): MiddlewareHandler =>
  async (context, next) => {
    const { method } = context.req;
    const asked = hostOf(context.req.header("host"));
    if (asked === undefined || !(isLoopback(asked) || isWildcard(host) || asked === host.toLowerCase()))
      return plainText(403, "this server answers to its own address only; `cirrus serve --host` gives it another name");
    const origin = context.req.header("origin");
    const corsHeaders = corsFor(origin, cors);
    if (method === "OPTIONS" && corsHeaders) return new Response(null, { status: 204, headers: corsHeaders });
    if (method !== "GET" && method !== "HEAD") {
      const refused = plainText(405, "volumes are read-only here");
      refused.headers.set("allow", "GET, HEAD");
      return refused;
    }
    if (token !== undefined && !brings(context.req.header("authorization"), token)) {
      const refused = plainText(401, "this server wants its token");
      refused.headers.set("www-authenticate", 'Bearer, Basic realm="cirrus"');
      return refused;
    }
    await next();
    const { headers } = context.res;
    headers.set("x-content-type-options", "nosniff");
    headers.set("referrer-policy", "no-referrer");
    if (cors !== undefined && cors !== "*") headers.append("vary", "origin");
    if (corsHeaders) for (const [name, value] of Object.entries(corsHeaders)) headers.set(name, value);
    // Without this another site's page could still show a chunk that is an image.
    else headers.set("cross-origin-resource-policy", "same-origin");
  };

function brings(header: string | undefined, token: string): boolean {
  const [, scheme = "", value = ""] = /^(\w+) +(\S+)$/.exec(header ?? "") ?? [];
  const given = /^basic$/i.test(scheme)
    ? Buffer.from(value, "base64")
        .toString("utf8")
        .replace(/^[^:]*:/, "")
    : /^(bearer|token)$/i.test(scheme)
      ? value
      : "";
  // Digests are equally long, which the comparison needs, and it takes the same time for every guess.
  const digest = (text: string): Buffer => createHash("sha256").update(text).digest();
  return timingSafeEqual(digest(given), digest(token));
}

/** Lower-case host without port; IPv6 in brackets. */
function hostOf(header: string | undefined): string | undefined {
  const found = /^(\[[0-9a-f:.]+\]|[^:/?#@\s]+)(?::\d+)?$/i.exec(header ?? "");
  return found?.[1]?.toLowerCase();
}

function corsFor(origin: string | undefined, cors: string | undefined): Record<string, string> | undefined {
  if (origin === undefined || cors === undefined || (cors !== "*" && cors !== origin)) return undefined;
  return {
    "access-control-allow-origin": cors,
    "access-control-allow-methods": "GET, HEAD",
    "access-control-allow-headers": "Range, If-None-Match, If-Range",
    "access-control-expose-headers": "Content-Encoding, Content-Length, Content-Range, ETag",
    "access-control-allow-private-network": "true",
    "access-control-max-age": "600",
  };
}
