/** Options of the commands that document a volume. */
import { InvalidArgumentError, Option } from "@commander-js/extra-typings";
import { isEmpty, type BoundingBox } from "../core/bounding-box.js";
import { isCirrusError } from "../core/errors.js";
import { utcTime } from "../provenance/model/utc-time.js";

/** `Ann Lee <ann@lab.edu>`, a name or an e-mail address. */
export const byOption = () =>
  new Option("--by <person>", "who did it, if not you: a name, an e-mail, or 'Ann Lee <ann@lab.edu>'").argParser(
    parsePerson,
  );

export function parsePerson(text: string): { readonly name?: string; readonly email?: string } {
  const [, before = "", address = ""] = /^([^<]*)<([^>]*)>$/.exec(text) ?? [];
  if (address) return { email: address.trim(), ...(before.trim() && { name: before.trim() }) };
  const word = text.trim();
  if (!word) throw new InvalidArgumentError("Write a name, an e-mail address, or both: 'Ann Lee <ann@lab.edu>'.");
  return /^\S+@\S+$/.test(word) ? { email: word } : { name: word };
}

/** `0,0,0,64,64,64`, for `argParser`. */
export function parseBox(text: string): BoundingBox {
  const numbers = text.split(/[,x ]+/).map(Number);
  const [x0, y0, z0, x1, y1, z1] = numbers;
  const isBox = numbers.length === 6 && numbers.every(Number.isSafeInteger);
  if (!isBox) throw new InvalidArgumentError("Write six whole numbers: x0,y0,z0,x1,y1,z1.");
  // Six numbers, as checked.
  const box: BoundingBox = { min: [x0!, y0!, z0!], max: [x1!, y1!, z1!] };
  if (isEmpty(box)) throw new InvalidArgumentError("It holds no voxel: each of x1, y1, z1 must be above x0, y0, z0.");
  return box;
}

/** Decimal; for `argParser`. */
export function parseSegment(text: string): string {
  if (!/^\d+$/.test(text)) throw new InvalidArgumentError("Write a segment's id: a decimal number.");
  return text;
}

/** For `argParser` of texts that say something. */
export function parseText(text: string): string {
  if (text.trim() === "") throw new InvalidArgumentError("It is blank.");
  return text;
}

/** A date as it is, which stands for the whole day; a time in RFC 3339, UTC. For `argParser`. */
export function parseTime(text: string): string {
  try {
    const time = utcTime(text, "time");
    return /^\d{4}-\d\d-\d\d$/.test(text.trim()) ? text.trim() : time;
  } catch (error) {
    if (!isCirrusError(error)) throw error;
    throw new InvalidArgumentError("Write it like 2025-03-01, 2025-03-01 09:30 (UTC) or 2025-03-01T09:30:00+01:00.");
  }
}

/** For `argParser` of options that may be given several times. */
export const collect = (value: string, before: readonly string[] | undefined): readonly string[] => [
  ...(before ?? []),
  value,
];
