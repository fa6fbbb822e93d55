/** What a key may be: the same rule on every backend, so that a volume can be copied from any to any. */
import { CirrusError } from "../core/errors.js";

/** How names of unfinished writes begin in a file store's root; no key may begin so. */
export const tempPrefix = ".cirrus-tmp";

const refusedKey = /^$|^\/|\/$|\/\/|[\\\0]|(?:^|\/)\.\.?(?:\/|$)|^\.cirrus-tmp/i;
const refusedPrefix = /^\/|\/\/|[\\\0]|(?:^|\/)\.\.?\/|(?:^|\/)\.\.$|^\.cirrus-tmp/i;

/**
 * @throws CirrusError `E_STORE_KEY` for an empty key, a leading or trailing `/`, an empty, `.` or `..` part, a backslash,
 * or a key that begins with `.cirrus-tmp`
 */
export function checkKey(key: string): void {
  if (refusedKey.test(key)) throw refused("key", key);
}

/** As `checkKey`, but a prefix may be empty, end with `/` or end within a name. */
export function checkPrefix(prefix: string): void {
  if (refusedPrefix.test(prefix)) throw refused("prefix", prefix);
}

const refused = (what: string, text: string): CirrusError =>
  new CirrusError("E_STORE_KEY", `${JSON.stringify(text)} is no legal ${what} of a store`, { context: { key: text } });
