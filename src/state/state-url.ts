/** The URL of a state database: what may be said about it, and what must not be in it on a command line. */
import { CirrusError } from "../core/errors.js";

/**
 * Refuses a URL that carries a password: a command line is seen by every user of the machine and kept in histories.
 *
 * @throws CirrusError `E_STATE_SECRET`; the message does not repeat the URL
 */
export function refuseSecretUrl(url: string): void {
  const parsed = parse(url);
  if (parsed.password === "" && !parsed.searchParams.has("password")) return;
  throw new CirrusError(
    "E_STATE_SECRET",
    `the state URL of ${stateLabel(url)} has a password in it on the command line`,
  );
}

/** Scheme, host, port and database: no user, no password, no parameter but the host of a socket. */
export function stateLabel(url: string): string {
  const { protocol, host, pathname, searchParams } = parse(url);
  return `${protocol}//${host === noHost ? (searchParams.get("host") ?? "") : host}${pathname}`;
}

/** PostgreSQL allows `user@/database` (a socket), which no URL may be. */
const noHost = "no-host";

function parse(url: string): URL {
  const whole = url.replace(/^(\w+:\/\/(?:[^/]*@)?)(?=\/)/, `$1${noHost}`);
  const parsed = URL.canParse(whole) ? new URL(whole) : undefined;
  if (parsed && ["postgres:", "postgresql:"].includes(parsed.protocol)) return parsed;
  // A percent sign in a password makes a URL unreadable: so its text stays out of the message.
  throw new CirrusError("E_USAGE", "the state URL is not of the form postgresql://host:port/database", {
    hint: "percent-encode odd letters of the password; leave --state and CIRRUS_STATE out for the embedded store",
  });
}
