/** A tile behind a URL of a web server: read whole (tile servers give no ranges), tried again while that may help. */
import { setTimeout as sleep } from "node:timers/promises";
import { CirrusError, isCirrusError, messageOf } from "../core/errors.js";
import { redact } from "../core/redact.js";
import { authorizationOf, authorize, tokenAdvice } from "../storage/authorization.js";

/** Nothing there; a bucket that nobody may list answers 403 for what it does not hold. */
const absent = new Set([403, 404, 410]);
/** Worth another try: too many requests, a server or a gateway in trouble. */
const temporary = new Set([408, 425, 429, 500, 502, 503, 504]);

const tries = 5;
const firstWaitMs = 250;
const patienceMs = 60_000;

/**
 * A ByteSource (whose module imports this one). The content is fetched once, by the first of its functions.
 *
 * @param url - http:// or https://
 */
export function webFile(url: string) {
  let content: Promise<Uint8Array | undefined> | undefined;
  const bytes = (): Promise<Uint8Array | undefined> => {
    content ??= fetchWhole(url);
    content.catch(() => (content = undefined)); // another try may succeed
    return content;
  };
  return {
    bytes,
    sizeBytes: async () => (await bytes())?.length,
    range: async (offset: number, length: number) => (await bytes())?.subarray(offset, offset + length),
  };
}

async function fetchWhole(url: string): Promise<Uint8Array | undefined> {
  for (let attempt = 1; ; attempt++) {
    const outcome = await tryOnce(url);
    if (!("problem" in outcome)) return outcome.bytes;
    if (!outcome.isTemporary)
      throw new CirrusError("E_SOURCE_UNREADABLE", `cannot read ${redact(url)}: ${outcome.problem}`, {
        context: { status: outcome.problem },
        hint: `check the URL and what the server says about it${outcome.problem === "HTTP 401" ? `; ${tokenAdvice}` : ""}`,
      });
    if (attempt === tries)
      throw new CirrusError("E_SOURCE_TEMPORARY", `cannot read ${redact(url)}: ${outcome.problem}, ${tries} times`, {
        context: { status: outcome.problem },
      });
    await sleep(firstWaitMs * 2 ** (attempt - 1));
  }
}

/** fetch takes the header away when it is sent to another origin. */
async function request(url: string): Promise<Response> {
  const ask = (authorization: string | undefined): Promise<Response> =>
    fetch(url, { signal: AbortSignal.timeout(patienceMs), headers: authorization ? { authorization } : {} });
  const sent = authorizationOf(url);
  const response = await ask(sent);
  // A redirect may have led elsewhere, whose question is not answered.
  if (response.status !== 401 || new URL(response.url).origin !== new URL(url).origin) return response;
  const authorization = await authorize(url, {
    sent,
    challenge: response.headers.get("www-authenticate") ?? undefined,
  });
  if (!authorization) return response;
  await response.body?.cancel();
  return ask(authorization);
}

type Outcome = { readonly bytes: Uint8Array | undefined } | { readonly problem: string; readonly isTemporary: boolean };

async function tryOnce(url: string): Promise<Outcome> {
  try {
    const response = await request(url);
    if (response.ok) return { bytes: new Uint8Array(await response.arrayBuffer()) };
    await response.body?.cancel();
    if (absent.has(response.status)) return { bytes: undefined };
    return { problem: `HTTP ${response.status}`, isTemporary: temporary.has(response.status) };
  } catch (error) {
    if (isCirrusError(error)) throw error;
    // Refused, reset, timed out, cut off in the middle: servers come back.
    const cause = typeof error === "object" && error !== null && "cause" in error ? error.cause : undefined;
    return { problem: messageOf(cause ?? error), isTemporary: true };
  }
}
