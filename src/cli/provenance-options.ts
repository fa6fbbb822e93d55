/** Options of the commands that document a volume. */
import { InvalidArgumentError, Option } from "@commander-js/extra-typings";
import type { BoundingBox } from "../core/bounding-box.js";

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
  return { min: [x0!, y0!, z0!], max: [x1!, y1!, z1!] };
}

/** For `argParser` of options that may be given several times. */
export const collect = (value: string, before: readonly string[] | undefined): readonly string[] => [
  ...(before ?? []),
  value,
];
