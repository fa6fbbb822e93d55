/** Texts of flags, variables and config files -> values. Each throws a RangeError that says what is wrong and what is right. */
import { stateLabel } from "../state/state-url.js";

const units: Readonly<Record<string, number>> = {
  kb: 1e3,
  mb: 1e6,
  gb: 1e9,
  tb: 1e12,
  kib: 2 ** 10,
  mib: 2 ** 20,
  gib: 2 ** 30,
  tib: 2 ** 40,
};

/** `2GB`, `2 GiB`, `512MB` -> bytes. The unit is required: a bare number could be anything. @throws RangeError */
export function parseMemory(text: string): number {
  const match = /^(\d+(?:\.\d+)?)\s*([kmgt]i?b)$/i.exec(text.trim());
  const bytes = match ? Math.floor(Number(match[1]) * units[match[2]!.toLowerCase()]!) : 0;
  if (bytes < 1) throw new RangeError(`"${text}" is no amount of memory; write 512MB, 2GB or 2GiB`);
  return bytes;
}

/** A whole number from 1 to 1024. @throws RangeError */
export function parseProcesses(text: string): number {
  const count = /^\d{1,4}$/.test(text.trim()) ? Number(text) : 0;
  if (count < 1 || count > 1024)
    throw new RangeError(`"${text}" is no number of processes; write a whole number from 1 to 1024`);
  return count;
}

/** @throws RangeError; the message holds nothing of the text, which may hold a password */
export function parseStateUrl(text: string): string {
  try {
    stateLabel(text);
    return text;
  } catch {
    throw new RangeError(
      "state is a URL like postgresql://host/database, odd letters of a password percent-encoded; for the embedded store in another folder set CIRRUS_HOME",
    );
  }
}

/** An http or https URL, without a final slash. @throws RangeError */
export function parseWebUrl(text: string): string {
  if (!/^https?:\/\//.test(text) || !URL.canParse(text))
    throw new RangeError("an endpoint is a URL like http://127.0.0.1:4443");
  return text.replace(/\/+$/, "");
}
