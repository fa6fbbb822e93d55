/**
 * The token for a web server that asks for one: sent only to the host that is named beside the token, only after that server answered 401,
 * and only over https or to this machine. Nothing of it is kept but in memory.
 */
import { CirrusError } from "../core/errors.js";
import { findToken } from "./token.js";

/** Header values by origin: a server that asked once is not asked again without. */
const known = new Map<string, string>();

/** What to send along without being asked: nothing, until this origin asked and got it. */
export const authorizationOf = (url: string): string | undefined => known.get(new URL(url).origin);

/**
 * @param sent - what the refused request brought
 * @param challenge - `WWW-Authenticate` of a 401: names `Token` where the server wants that word, as Boss servers do; else `Bearer` is used
 * @returns the header's value; undefined where no token is for this server, or it was sent and refused
 * @throws CirrusError `E_USAGE` for a place that holds an empty token
 */
export async function authorize(
  url: string,
  { sent, challenge }: { readonly sent: string | undefined; readonly challenge: string | undefined },
): Promise<string | undefined> {
  const { origin, host, protocol, hostname, port } = new URL(url);
  const asked = known.get(origin);
  if (asked !== undefined) return asked === sent ? undefined : asked; // another request was quicker
  const isHere = /^(localhost|127(\.\d{1,3}){3}|\[::1\])$/.test(hostname);
  if (protocol !== "https:" && !isHere) return undefined;
  const found = await findToken({ flag: undefined, cwd: process.cwd(), env: process.env });
  const wanted = found?.host
    ?.replace(/^https?:\/\//i, "")
    .replace(/\/+$/, "")
    .toLowerCase();
  if (!found || (wanted !== host && !(port === "" && wanted === hostname))) return undefined;
  const value = `${/\btoken\b/i.test(challenge ?? "") ? "Token" : "Bearer"} ${found.token}`;
  if (/[^\x21-\x7e ]/.test(value))
    throw new CirrusError("E_USAGE", `${found.from} holds a token with characters that no header may have`);
  known.set(origin, value);
  return value;
}

/** For the hint of a refusal. */
export const tokenAdvice =
  'a server that wants a token gets it from token.json ({"token": ..., "host": ...} in the current folder), INTERN_TOKEN with INTERN_HOST, or ~/.intern/intern.cfg, over https';
